//! Component constructors (`component-constructor.yaml`), from which component versions are made.
//!
//! Read by the rules of the official schema, with positions for messages and edits. The
//! spelling of the original sketch is accepted as well: `provider: text`, `references` for
//! `componentReferences`, `component` for `componentName`. Refused, although the schema allows it,
//! is what fails later (a provider without name, equal identities, cycles) and what cannot be
//! reproduced (see [`Input`]).

mod check;
mod component;
mod element;
mod input;
mod read;

use std::collections::BTreeMap;

use serde_json::Value;

use self::read::Reader;
use crate::component_name::ComponentName;
use crate::component_version_id::ComponentVersionId;
use crate::descriptor::{Access, ElementDigest, Label, Provider, Reference};
use crate::diagnostic::Diagnostic;
use crate::glob::Glob;
use crate::version::Version;
use crate::yaml::{self, Document, Limits, Node, Span};

/// A constructor: one component version, or a list of them.
#[derive(Clone, Debug)]
pub struct Constructor {
    /// Its form.
    pub form: Form,
    /// The components, at least one.
    pub components: Vec<ComponentConstructor>,
    /// Warnings about content that may not have the intended meaning.
    pub warnings: Vec<Diagnostic>,
    /// Each use of the original sketch's spelling, which the official tools reject.
    pub sketch_spellings: Vec<Diagnostic>,
    /// The YAML that it was read from.
    pub document: Document,
}

/// The warning about each `$`, to distinguish it from others.
pub const DOLLAR: &str = "`$` is taken literally here, the official CLI expands it";

/// The two forms of a constructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The component's members are at the top level.
    Single,
    /// The components are items of `components`.
    List,
}

/// Why a text is not a constructor: all problems, in the order of their locations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.summary())]
pub struct ConstructorError {
    /// The problems, at least one.
    pub diagnostics: Vec<Diagnostic>,
}

impl ConstructorError {
    fn summary(&self) -> String {
        match self.diagnostics.as_slice() {
            [] => "the constructor cannot be read".to_owned(),
            [only] => only.message.clone(),
            [first, rest @ ..] => format!("{}, and {} more", first.message, rest.len()),
        }
    }
}

/// A value and its location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its location.
    pub span: Span,
}

impl<T> Spanned<T> {
    fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// The definition of a component version.
#[derive(Clone, Debug)]
pub struct ComponentConstructor {
    /// The whole component.
    pub span: Span,
    /// Name of the component.
    pub name: Spanned<ComponentName>,
    /// Version of the component.
    pub version: Spanned<Version>,
    /// Name of the provider, with its labels.
    pub provider: Spanned<Provider>,
    /// Creation time, verbatim.
    pub creation_time: Option<Spanned<String>>,
    /// Labels.
    pub labels: Vec<Spanned<Label>>,
    /// Resources.
    pub resources: Vec<ResourceConstructor>,
    /// Sources.
    pub sources: Vec<SourceConstructor>,
    /// References to other components.
    pub references: Vec<ReferenceConstructor>,
}

/// A reference to another component version.
#[derive(Clone, Debug)]
pub struct ReferenceConstructor {
    /// The whole reference.
    pub span: Span,
    /// Name of the reference.
    pub name: Spanned<String>,
    /// Name of the component.
    pub component: Spanned<ComponentName>,
    /// Version of the component.
    pub version: Spanned<Version>,
    /// The component digest it is pinned to, complete but not validated.
    pub digest: Option<Spanned<ElementDigest>>,
    /// Labels.
    pub labels: Vec<Spanned<Label>>,
    /// Further identity attributes.
    pub extra_identity: BTreeMap<String, String>,
}

impl ComponentConstructor {
    /// The identifier of the component version.
    pub fn id(&self) -> ComponentVersionId {
        ComponentVersionId::new(self.name.value.clone(), self.version.value.clone())
    }
}

impl ReferenceConstructor {
    /// The identifier of the referenced component version.
    pub fn target(&self) -> ComponentVersionId {
        ComponentVersionId::new(self.component.value.clone(), self.version.value.clone())
    }

    /// Returns the reference as written to a descriptor; without a digest, the digest's members are
    /// empty.
    pub fn to_reference(&self) -> Reference {
        let labels: Vec<Label> = values(&self.labels);
        let digest = self.digest.as_ref().map(|digest| digest.value.clone());
        Reference {
            name: self.name.value.clone(),
            version: self.version.value.to_string(),
            component_name: self.component.value.to_string(),
            extra_identity: self.extra_identity.clone(),
            labels: (!labels.is_empty()).then_some(labels),
            digest: digest.unwrap_or_default(),
            rest: serde_json::Map::new(),
        }
    }
}

/// A resource of a component.
#[derive(Clone, Debug)]
pub struct ResourceConstructor {
    /// The whole resource.
    pub span: Span,
    /// Name.
    pub name: Spanned<String>,
    /// Version; defaults to that of the component.
    pub version: Version,
    /// Type, for example `ocmPlugin`.
    pub kind: Spanned<String>,
    /// Whether it is built together with the component.
    pub relation: Relation,
    /// Further identity attributes.
    pub extra_identity: BTreeMap<String, String>,
    /// Labels.
    pub labels: Vec<Spanned<Label>>,
    /// The sources it was built from, as in a descriptor.
    pub src_refs: Vec<Value>,
    /// Digest of the content; always present for an access.
    pub digest: Option<Spanned<ElementDigest>>,
    /// Where the content comes from.
    pub content: Spanned<Content>,
}

/// A source of a component.
#[derive(Clone, Debug)]
pub struct SourceConstructor {
    /// The whole source.
    pub span: Span,
    /// Name.
    pub name: Spanned<String>,
    /// Version; defaults to that of the component.
    pub version: Version,
    /// Type.
    pub kind: Spanned<String>,
    /// Further identity attributes.
    pub extra_identity: BTreeMap<String, String>,
    /// Labels.
    pub labels: Vec<Spanned<Label>>,
    /// Where the content comes from.
    pub content: Spanned<Content>,
}

/// Whether a resource was built together with its component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Built together with it.
    Local,
    /// Provided by a third party.
    External,
}

impl Relation {
    /// The value written to descriptors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::External => "external",
        }
    }
}

/// Where content comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A local input, which is stored with the descriptor.
    Input(Input),
    /// Content stored elsewhere; copied verbatim.
    Access(Access),
}

/// Content in a local file or in the constructor itself.
///
/// Paths are relative to the constructor's directory, and their text does not lead out of it; the
/// reader of the content must check symbolic links. Two features are not supported: compression,
/// whose bytes differ between compressors, and OCI layouts, which the official tools unpack.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The bytes of a file.
    File {
        /// Path of the file.
        path: Spanned<String>,
        /// Media type; guessed from the content if absent.
        media_type: Option<String>,
    },
    /// A reproducible tar archive of a directory.
    Dir {
        /// Path of the directory.
        path: Spanned<String>,
        /// Media type; `application/x-tar` if absent.
        media_type: Option<String>,
        /// Whether the directory itself is in the archive.
        preserve_dir: bool,
        /// Whether symbolic links are followed rather than refused.
        follow_symlinks: bool,
        /// Patterns of files to include, matched against paths relative to the directory; if empty,
        /// all files are included.
        include_files: Vec<Glob>,
        /// Patterns of files to exclude; they take precedence over those to include.
        exclude_files: Vec<Glob>,
    },
    /// Inline content.
    Utf8(Utf8),
}

/// Content in the constructor itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Utf8 {
    /// Verbatim text.
    Text(String),
    /// Compact JSON.
    Json(Value),
    /// Indented JSON.
    FormattedJson(Value),
    /// YAML.
    Yaml(Value),
}

impl Constructor {
    /// Drops the YAML that it was read from, which needs more memory than everything else, for
    /// callers that need only the components.
    #[must_use]
    pub fn without_document(mut self) -> Self {
        self.document = Document::default();
        self
    }

    /// The YAML node of a component.
    pub fn node(&self, index: usize) -> Option<&Node> {
        match self.form {
            Form::Single => (index == 0).then_some(&self.document.root),
            Form::List => {
                let components = self.document.root.get("components")?;
                components.as_sequence()?.get(index)
            }
        }
    }
}

/// The values without their locations.
pub fn values<T: Clone>(spanned: &[Spanned<T>]) -> Vec<T> {
    spanned.iter().map(|item| item.value.clone()).collect()
}

/// Parses a constructor; see [`Limits::constructor`] for its maximum size.
///
/// Reports all problems, except that invalid YAML is reported alone. Opens no file: it does not
/// check whether inputs exist.
pub fn parse(text: &str) -> Result<Constructor, ConstructorError> {
    let document = yaml::parse(text, Limits::constructor()).map_err(|error| ConstructorError {
        diagnostics: vec![error.diagnostic],
    })?;
    let mut reader = Reader::default();
    if let Some(span) = document.second_document {
        let message = "a second document starts here, which nobody reads";
        reader.warn(span, message, "put all components under `components`");
    }
    read::warn_of_dollars(&document.root, text, &mut reader);
    let (form, components) = component::read_all(&document.root, &mut reader);
    check::duplicate_components(&components, &mut reader);
    check::cycles(&components, &mut reader);
    let Reader {
        mut errors,
        mut warnings,
        mut sketch_spellings,
    } = reader;
    for list in [&mut errors, &mut warnings, &mut sketch_spellings] {
        list.sort_by_key(|diagnostic| diagnostic.span.start);
    }
    if !errors.is_empty() {
        return Err(ConstructorError {
            diagnostics: errors,
        });
    }
    Ok(Constructor {
        form,
        components,
        warnings,
        sketch_spellings,
        document,
    })
}
