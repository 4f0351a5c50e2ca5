//! The content of inputs.

use std::io::Read;
use std::path::{Path, PathBuf};

use oci::{Content, go_json};
use serde_json::Value;

use super::folder;
use crate::canonical_json;
use crate::constructor::{Input, Utf8};
use crate::yaml;

/// Number of bytes of a file used to guess its media type.
const SNIFFED: u64 = 3072;

/// Content of an input, ready to be hashed and stored.
#[derive(Debug)]
pub struct LocalContent {
    /// The bytes.
    pub content: Content,
    /// Media type of the bytes.
    pub media_type: String,
    /// A temporary file with the content, deleted when dropped.
    _made: Option<tempfile::TempPath>,
}

/// Why the content of an input is not available.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It cannot be read.
    #[error("input `{path}` cannot be read: {}", oci::fault::system_error(.source))]
    Unreadable {
        /// The path as written.
        path: String,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// A link leads outside the constructor's directory.
    #[error("input `{path}` leads out of the constructor's folder, to {target}")]
    Outside {
        /// The path as written.
        path: String,
        /// The target.
        target: String,
    },
    /// It is not the kind of file that the input requires.
    #[error("input `{path}` is not a {expected}")]
    Kind {
        /// The path as written.
        path: String,
        /// The required kind.
        expected: &'static str,
    },
}

impl InputError {
    /// How the user can fix it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "paths are relative to the constructor's folder",
            Self::Outside { .. } => "put a copy of it beside the constructor",
            Self::Kind { .. } => "`file` takes a regular file, `dir` a folder of files",
        }
    }
}

pub(super) fn of(input: &Input, folder: &Path) -> Result<LocalContent, InputError> {
    match input {
        Input::File { path, media_type } => {
            let file = inside(folder, &path.value)?;
            if !file.is_file() {
                return Err(InputError::Kind {
                    path: path.value.clone(),
                    expected: "regular file",
                });
            }
            let media_type = match media_type {
                Some(media_type) => media_type.clone(),
                None => sniff(&file).map_err(|source| InputError::Unreadable {
                    path: path.value.clone(),
                    source,
                })?,
            };
            Ok(plain(Content::File(file), &media_type))
        }
        Input::Dir {
            path,
            media_type,
            preserve_dir,
            follow_symlinks,
            include_files,
            exclude_files,
        } => {
            let root = inside(folder, &path.value)?;
            let boundary = inside(folder, ".")?;
            let archive = folder::Archive {
                root: &root,
                spelled: &path.value,
                boundary: &boundary,
                preserve_dir: *preserve_dir,
                follow_symlinks: *follow_symlinks,
                include: include_files,
                exclude: exclude_files,
            };
            let made = archive.write()?;
            Ok(LocalContent {
                content: Content::File(made.to_path_buf()),
                media_type: media_type
                    .clone()
                    .unwrap_or_else(|| "application/x-tar".to_owned()),
                _made: Some(made),
            })
        }
        Input::Utf8(utf8) => Ok(of_text(utf8)),
    }
}

fn plain(content: Content, media_type: &str) -> LocalContent {
    LocalContent {
        content,
        media_type: media_type.to_owned(),
        _made: None,
    }
}

fn of_text(utf8: &Utf8) -> LocalContent {
    match utf8 {
        Utf8::Text(text) => plain(Content::Bytes(text.clone().into_bytes()), "text/plain"),
        // Canonical numbers and member order, with the escapes of Go's encoder.
        Utf8::Json(value) => plain(
            Content::Bytes(go_json::to_vec(&canonical(value))),
            "application/json",
        ),
        Utf8::FormattedJson(value) => plain(
            Content::Bytes(go_json::to_vec_pretty(value)),
            "application/json",
        ),
        Utf8::Yaml(value) => plain(
            Content::Bytes(yaml::write(value).into_bytes()),
            "application/x-yaml",
        ),
    }
}

fn canonical(value: &Value) -> Value {
    serde_json::from_slice(&canonical_json::to_vec(value)).unwrap_or_else(|_| value.clone())
}

/// Resolves the links in a path; returns the path if it is inside `folder`.
fn inside(folder: &Path, path: &str) -> Result<PathBuf, InputError> {
    let unreadable = |source| InputError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let folder = if folder == Path::new("") {
        Path::new(".")
    } else {
        folder
    };
    let folder = fs_err::canonicalize(folder).map_err(unreadable)?;
    let target = fs_err::canonicalize(folder.join(path)).map_err(unreadable)?;
    if !target.starts_with(&folder) {
        return Err(InputError::Outside {
            path: path.to_owned(),
            target: target.display().to_string(),
        });
    }
    Ok(target)
}

/// Guesses a media type as the official tools do for JSON and text; anything else is binary.
fn sniff(path: &Path) -> std::io::Result<String> {
    let file = fs_err::File::open(path)?;
    let whole = file.metadata()?.len() <= SNIFFED;
    let mut bytes = Vec::new();
    file.take(SNIFFED).read_to_end(&mut bytes)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // Only a truncated character at the end is allowed.
        Err(error) if !whole && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Ok("application/octet-stream".to_owned()),
    };
    let binary =
        |character: char| character.is_control() && !"\t\n\r\u{c}\u{1b}".contains(character);
    Ok(if bytes.is_empty() {
        "text/plain"
    } else if text.chars().any(binary) {
        "application/octet-stream"
    } else if text.trim_start().starts_with(['{', '['])
        && whole
        && serde_json::from_str::<Value>(text).is_ok()
    {
        "application/json"
    } else {
        "text/plain; charset=utf-8"
    }
    .to_owned())
}

impl LocalContent {
    /// Hashes the content: its digest and its length in bytes.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn hash(&self) -> Result<(oci::Digest, u64), InputError> {
        self.content
            .open()
            .and_then(oci::digest::of_reader)
            .map_err(|source| InputError::Unreadable {
                path: match &self.content {
                    Content::File(path) => path.display().to_string(),
                    Content::Bytes(_) => String::new(),
                },
                source,
            })
    }
}
