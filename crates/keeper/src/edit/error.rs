//! Why an edit is refused.

use ocm::yaml::{Span, YamlError};

/// Why an edit is refused; nothing is changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text cannot be read.
    #[error(transparent)]
    Yaml(#[from] YamlError),

    /// The component is not in the text.
    #[error("no component `{component}` stands in this constructor")]
    NoComponent {
        /// The component's name.
        component: String,
    },

    /// The list of references is shorter.
    #[error("there is no entry number {index}, the list has {count}")]
    NoEntry {
        /// The index asked for, counted from 0.
        index: usize,
        /// How many entries there are.
        count: usize,
    },

    /// An entry of this name and version is there.
    #[error("`{name}` {version} is there already, in line {line}")]
    Duplicate {
        /// The entry's name.
        name: String,
        /// The version that is there, which semver takes for the same.
        version: String,
        /// The line it is in.
        line: usize,
        /// The entry that is there.
        span: Span,
    },

    /// Something else is where the edit would take place.
    #[error("{what} in line {line} is {found}, not {expected}")]
    Shape {
        /// What is to be edited.
        what: String,
        /// What it is.
        found: String,
        /// What it ought to be.
        expected: &'static str,
        /// The line it is in.
        line: usize,
        /// Where it is.
        span: Span,
    },

    /// What would be edited also stands elsewhere, by an alias or a merge.
    #[error("{what} in line {line} is shared with other places by {by}")]
    Shared {
        /// What is to be edited.
        what: String,
        /// The anchor or alias as written.
        by: String,
        /// The line it is in.
        line: usize,
        /// Where it is.
        span: Span,
    },

    /// A comment stands within what would be replaced.
    #[error("a comment in line {line} stands within {what}, which is to be replaced")]
    Comment {
        /// What is to be replaced.
        what: String,
        /// The line of the comment.
        line: usize,
        /// What is to be replaced.
        span: Span,
    },

    /// The edited text would not say what it should; the check of the outcome found this.
    #[error("{edit} is not possible in this layout without changing something else ({reason})")]
    Unsafe {
        /// What was to be done.
        edit: String,
        /// What would go wrong.
        reason: String,
    },
}

impl EditError {
    /// The place in the text it is about.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Yaml(error) => Some(error.diagnostic.span),
            Self::Duplicate { span, .. }
            | Self::Shape { span, .. }
            | Self::Shared { span, .. }
            | Self::Comment { span, .. } => Some(*span),
            Self::NoComponent { .. } | Self::NoEntry { .. } | Self::Unsafe { .. } => None,
        }
    }

    /// The way out.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Yaml(error) => error.diagnostic.help.clone(),
            Self::NoComponent { .. } | Self::NoEntry { .. } => None,
            Self::Duplicate { name, .. } => Some(format!(
                "`plugyard update {name} --repin` computes its pin and labels anew"
            )),
            Self::Shape { expected, .. } => Some(format!("write {expected} there")),
            Self::Shared { .. } => {
                Some("write the content out in place of each alias or `<<`, and try again".into())
            }
            Self::Comment { .. } => Some("move the comment above it, and try again".into()),
            Self::Unsafe { .. } => {
                Some("make the change by hand, or write this part in block style".into())
            }
        }
    }
}
