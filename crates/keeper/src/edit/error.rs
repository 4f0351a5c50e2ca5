//! Why an edit is refused.

use ocm::yaml::{Span, YamlError};

/// Why an edit is refused; nothing is changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text cannot be read.
    #[error(transparent)]
    Yaml(#[from] YamlError),

    /// The constructor has no such component.
    #[error("this constructor has no component `{component}`")]
    NoComponent {
        /// The component's name.
        component: String,
    },

    /// The list of references is shorter.
    #[error("the list has no entry {index}: it has {count}")]
    NoEntry {
        /// The index asked for, counted from 0.
        index: usize,
        /// How many entries there are.
        count: usize,
    },

    /// The list already has an entry of this name and version.
    #[error("line {line} already has {name}@{version}")]
    Duplicate {
        /// The entry's name.
        name: String,
        /// The version in the list, equal by semver.
        version: String,
        /// The line it is in.
        line: usize,
        /// The entry in the list.
        span: Span,
    },

    /// The text to edit has an unexpected form.
    #[error("{what} in line {line} is {found}, not {expected}")]
    Shape {
        /// What is to be edited.
        what: String,
        /// What it is.
        found: String,
        /// What it must be.
        expected: &'static str,
        /// The line it is in.
        line: usize,
        /// Where it is.
        span: Span,
    },

    /// The text to edit also appears elsewhere, through an alias or a merge key.
    #[error("{what} in line {line} is also used elsewhere, through {by}")]
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

    /// A comment is inside the text to replace.
    #[error("line {line} has a comment inside {what}, which would be replaced")]
    Comment {
        /// What is to be replaced.
        what: String,
        /// The line of the comment.
        line: usize,
        /// What is to be replaced.
        span: Span,
    },

    /// The check of the edited text failed.
    #[error("{edit} would change something else in this layout: {reason}")]
    Unsafe {
        /// The edit, for messages.
        edit: String,
        /// What would go wrong.
        reason: String,
    },
}

impl EditError {
    /// Where in the text the problem is, if it has a position.
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

    /// How to fix it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Yaml(error) => error.diagnostic.help.clone(),
            Self::NoComponent { .. } | Self::NoEntry { .. } => None,
            Self::Duplicate { name, .. } => Some(format!(
                "to update its digest and labels, run `plugyard update {name} --repin`"
            )),
            Self::Shape { expected, .. } => Some(format!("change it to {expected}")),
            Self::Shared { .. } => {
                Some("replace each alias or `<<` with its content, and try again".into())
            }
            Self::Comment { .. } => Some("move the comment above it, and try again".into()),
            Self::Unsafe { .. } => {
                Some("make the change by hand, or write this part in block style".into())
            }
        }
    }
}
