//! Messages about a part of a text.

use crate::yaml::Span;

/// A message about a part of a text, such as a constructor or a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The part, as a range of bytes of the text.
    pub span: Span,
    /// The problem: lower case, no full stop.
    pub message: String,
    /// How to fix it, if the message does not already say so.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Creates a message without help.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    /// Adds how to fix the problem; an empty text is ignored.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        let help = Some(help.into()).filter(|help| !help.is_empty());
        Self { help, ..self }
    }
}
