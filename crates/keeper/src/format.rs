//! Formats a constructor (`plugyard fmt`).
//!
//! Official spelling, key order within an entry, and explicit plain scalars:
//!
//! ```yaml
//! references: [{ version: 1.0.0, name: demo, component: acme.org/demo }]
//! componentReferences: [{ name: demo, version: 1.0.0, componentName: acme.org/demo }]
//! ```
//!
//! The order of entries, comments and everything else are kept, and so is the component digest:
//! the content is compared before and after.

mod guard;
mod key_order;
mod plain;
mod spelling;

use ocm::constructor::{self, Constructor, ConstructorError, ReferenceConstructor};
use ocm::yaml::Span;
use ocm::{ComponentDigest, Diagnostic};

use crate::edit::{Source, Splice};

use self::guard::{Checked, Content};
use self::key_order::{Level, Outcome};

/// A formatted text, and the changes made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The text; the given one if it was already formatted.
    pub text: String,
    /// What was changed, in the order of the text before.
    pub changes: Vec<Diagnostic>,
    /// What would have to change but cannot be changed here, in the order of the text before.
    pub notes: Vec<Diagnostic>,
}

/// Why a text is not formatted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The text is not a valid constructor.
    #[error(transparent)]
    Constructor(#[from] ConstructorError),

    /// The check of the formatted text failed.
    #[error("formatting would change something else in this layout: {reason}")]
    Unsafe {
        /// What would go wrong.
        reason: String,
    },
}

/// Formats a constructor. Formatting the result again changes nothing.
///
/// # Errors
/// See [`FormatError`].
pub fn format(text: &str) -> Result<Formatted, FormatError> {
    of_constructor(text, &constructor::parse(text)?)
}

/// Formats a constructor that was read from a text. Nothing is read again unless it changes: then
/// once for the spelling, and once for each level at which keys are put in order.
///
/// # Errors
/// See [`FormatError`].
pub fn of_constructor(text: &str, before: &Constructor) -> Result<Formatted, FormatError> {
    let mut notes = digest_notes(before);
    let source = Source::of(text, &before.document);
    let content = Content::of(before, text);
    let mut rewrites = Rewrites::default();
    spelling::rewrite(&source, &mut rewrites);
    plain::rewrite(&source, &mut rewrites);
    let Rewrites {
        splices,
        mut changes,
        shared,
    } = rewrites;
    let mut after: Option<Checked> = None;
    if !splices.is_empty() {
        let overlap = "two changes touch the same position";
        let text = source
            .spliced(splices)
            .ok_or_else(|| unsafe_format(overlap))?;
        let checked = content.check(text);
        after = Some(checked.map_err(|reason| unsafe_format(&reason))?);
    }
    for level in [Level::Parts, Level::Entries] {
        let now = after.as_ref().map_or_else(
            || Source::of(text, &before.document),
            |checked| Source::of(&checked.text, &checked.constructor.document),
        );
        let (checked, outcomes) =
            key_order::rewrite(&now, level, &content).map_err(|reason| unsafe_format(&reason))?;
        let objects = key_order::unsorted_objects(&source, level);
        for (object, outcome) in objects.into_iter().zip(outcomes) {
            let name = object.name;
            match outcome {
                Outcome::Done => {
                    let message = format!("keys of {name} are reordered");
                    changes.push(Diagnostic::new(object.span, message));
                }
                Outcome::Left(reason) => {
                    let message = format!("keys of {name} cannot be reordered: {reason}");
                    notes.push(Diagnostic::new(object.span, message));
                }
            }
        }
        after = checked.or(after);
    }
    // A shared node was rewritten where it is defined, if that is in a component.
    let outcome = after.as_ref().map_or(before, |after| &after.constructor);
    if !outcome.sketch_spellings.is_empty() {
        notes.extend(shared);
    }
    for list in [&mut changes, &mut notes] {
        list.sort_by_key(|change| change.span);
    }
    Ok(Formatted {
        text: after.map_or_else(|| text.to_owned(), |after| after.text),
        changes,
        notes,
    })
}

fn unsafe_format(reason: &str) -> FormatError {
    FormatError::Unsafe {
        reason: reason.to_owned(),
    }
}

/// Changes to make to a text.
#[derive(Default)]
struct Rewrites {
    splices: Vec<Splice>,
    changes: Vec<Diagnostic>,
    /// What cannot be changed because it comes through an alias or a merge key.
    shared: Vec<Diagnostic>,
}

impl Rewrites {
    fn change(&mut self, span: Span, text: impl Into<String>, message: impl Into<String>) {
        self.splices.push(Splice::new(span.start, span.end, text));
        self.changes.push(Diagnostic::new(span, message));
    }
}

/// Notes on digests that cannot be compared.
fn digest_notes(constructor: &Constructor) -> Vec<Diagnostic> {
    let references = constructor.components.iter();
    references
        .flat_map(|component| &component.references)
        .filter_map(digest_note)
        .collect()
}

fn digest_note(reference: &ReferenceConstructor) -> Option<Diagnostic> {
    let digest = reference.digest.as_ref()?;
    if ComponentDigest::from_pin(&digest.value).is_some() {
        return None;
    }
    let name = &reference.name.value;
    let (hash, normalisation, value) = (
        &digest.value.hash_algorithm,
        &digest.value.normalisation_algorithm,
        &digest.value.value,
    );
    let is_hex = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let problem = if normalisation != "jsonNormalisation/v4alpha1" {
        format!("uses the normalisation `{normalisation}`, which is not supported")
    } else if hash != "SHA-256" {
        format!("uses the hash algorithm `{hash}`, which is not supported")
    } else if is_hex {
        "has capital letters, which other readers treat as a different digest".to_owned()
    } else {
        format!("is `{value}`, which is not 64 hexadecimal digits")
    };
    let message = format!("digest of `{name}` {problem}: run `plugyard update {name} --repin`");
    Some(Diagnostic::new(digest.span, message))
}
