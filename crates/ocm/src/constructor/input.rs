//! Inputs: content in the constructor's directory, or in the constructor.

use super::element::json;
use super::read::{Reader, Unknown, start_of};
use super::{Input, Spanned, Utf8};
use crate::glob::Glob;
use crate::path::leaves_folder;
use crate::yaml::Node;

const OCI_LAYOUT: &str = "application/vnd.ocm.software.oci.layout.v1";

const FILE_KEYS: &[&str] = &["type", "path", "mediaType", "compress"];

const DIR_KEYS: &[&str] = &[
    "type",
    "path",
    "mediaType",
    "preserveDir",
    "followSymlinks",
    "includeFiles",
    "excludeFiles",
    "reproducible",
    "compress",
];

const UTF8_KEYS: &[&str] = &["type", "text", "json", "formattedJson", "yaml", "compress"];

/// Reads an input; `None` if it is not valid.
pub(super) fn read(node: &Node, what: &str, reader: &mut Reader) -> Option<Input> {
    let title = format!("`input` of {what}");
    if node.as_mapping().is_none() {
        let message = format!("{title} is {}, not an object", node.shape());
        reader.refuse(node.span, message, "write `input: { type: file, path: … }`");
        return None;
    }
    let kind = reader.required(node, &title, "type", "known are `file`, `dir` and `utf8`")?;
    let kind = reader.text(kind, &format!("`type` of the input of {what}"))?;
    let name = kind.value.strip_suffix("/v1").unwrap_or(&kind.value);
    match name {
        "file" | "File" => file(node, &title, reader),
        "dir" | "Dir" => dir(node, &title, reader),
        "utf8" | "UTF8" => utf8(node, &title, reader),
        _ => {
            let message = format!("{title} has the unknown type `{}`", kind.value);
            reader.refuse(kind.span, message, "known are `file`, `dir` and `utf8`");
            None
        }
    }
}

fn file(node: &Node, title: &str, reader: &mut Reader) -> Option<Input> {
    reader.object(node, title, FILE_KEYS, Unknown::Ignored);
    let uncompressed = uncompressed(node, title, reader);
    let path = path(node, title, reader);
    let media_type = media_type(node, title, reader);
    uncompressed.then_some(())?;
    Some(Input::File {
        path: path?,
        media_type: media_type?,
    })
}

fn dir(node: &Node, title: &str, reader: &mut Reader) -> Option<Input> {
    reader.object(node, title, DIR_KEYS, Unknown::Ignored);
    let uncompressed = uncompressed(node, title, reader);
    let path = path(node, title, reader);
    let media_type = media_type(node, title, reader);
    let preserve_dir = reader.flag(node, "preserveDir", title);
    let follow_symlinks = reader.flag(node, "followSymlinks", title);
    let include_files = patterns(node, "includeFiles", title, reader);
    let exclude_files = patterns(node, "excludeFiles", title, reader);
    let reproducible = reader.flag(node, "reproducible", title);
    if !reproducible {
        let message = format!("{title} is a folder without `reproducible: true`");
        let help = "add `reproducible: true`; times and owners would get into the digest";
        reader.refuse(start_of(node), message, help);
    }
    (uncompressed && reproducible).then_some(())?;
    Some(Input::Dir {
        path: path?,
        media_type: media_type?,
        preserve_dir,
        follow_symlinks,
        include_files,
        exclude_files,
    })
}

fn utf8(node: &Node, title: &str, reader: &mut Reader) -> Option<Input> {
    reader.object(node, title, UTF8_KEYS, Unknown::Ignored);
    let uncompressed = uncompressed(node, title, reader);
    let forms = ["text", "json", "formattedJson", "yaml"];
    let mut written = forms
        .iter()
        .filter_map(|form| Some((*form, node.get(form)?)));
    let (Some((form, value)), None) = (written.next(), written.next()) else {
        let message = format!("{title} needs one of `text`, `json`, `formattedJson` and `yaml`");
        reader.refuse(start_of(node), message, "write exactly one of them");
        return None;
    };
    let content = if form == "text" {
        Utf8::Text(reader.text(value, &format!("`text` of {title}"))?.value)
    } else {
        let value = json(value, reader)?;
        match form {
            "json" => Utf8::Json(value),
            "yaml" => Utf8::Yaml(value),
            _ => Utf8::FormattedJson(value),
        }
    };
    uncompressed.then_some(Input::Utf8(content))
}

fn uncompressed(node: &Node, title: &str, reader: &mut Reader) -> bool {
    let compress = reader.flag(node, "compress", title);
    if compress {
        let span = node
            .entry("compress")
            .map_or(node.span, |(key, _)| key.span);
        let message = format!("{title} is to be compressed");
        let help = "leave `compress` out; other tools get other bytes, and so another digest";
        reader.refuse(span, message, help);
    }
    !compress
}

/// A path that does not leave the directory.
fn path(node: &Node, title: &str, reader: &mut Reader) -> Option<Spanned<String>> {
    let value = reader.required(node, title, "path", "")?;
    let path = reader.text(value, &format!("`path` of {title}"))?;
    let message = if is_absolute(&path.value) {
        format!("path `{}` is absolute", path.value)
    } else if leaves_folder(path.value.replace('\\', "/").as_ref()) {
        format!("path `{}` leaves the constructor's folder", path.value)
    } else {
        return Some(path);
    };
    let help = "write a path relative to the constructor, within its folder";
    reader.refuse(path.span, message, help);
    None
}

fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':')
        && path.starts_with(|first: char| first.is_ascii_alphabetic());
    path.starts_with(['/', '\\']) || drive
}

/// The media type if given; the outer `None` means that it is invalid.
#[expect(clippy::option_option, reason = "wrong and absent differ")]
fn media_type(node: &Node, title: &str, reader: &mut Reader) -> Option<Option<String>> {
    let Some(value) = node.get("mediaType").filter(|value| !value.is_null()) else {
        return Some(None);
    };
    if value.as_str() == Some("") {
        return Some(None);
    }
    let media_type = reader.text(value, &format!("`mediaType` of {title}"))?;
    if media_type.value.starts_with(OCI_LAYOUT) {
        let message = format!("{title} is an OCI layout");
        let help = "push it to a registry, and write `access` with `digest`; \
                    layouts are unpacked by the official tools, which is not done here";
        reader.refuse(media_type.span, message, help);
        return None;
    }
    Some(Some(media_type.value))
}

fn patterns(node: &Node, key: &str, title: &str, reader: &mut Reader) -> Vec<Glob> {
    let what = format!("an item of `{key}` of {title}");
    let items = reader.list(node, key, title, true);
    let mut patterns = Vec::new();
    for item in items {
        let Some(text) = reader.text(item, &what) else {
            continue;
        };
        match Glob::path(&text.value) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                let help = "write `\\[` for a bracket that means itself";
                reader.refuse(text.span, format!("{what}: {error}"), help);
            }
        }
    }
    patterns
}
