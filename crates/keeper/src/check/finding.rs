//! What a rule has to say.

use ocm::yaml::Span;
use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Somebody may have trouble with it.
    Warning,
    /// The registry must not be published like this.
    Error,
}

impl Severity {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is known about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The rule is broken.
    Fail,
    /// What the rule needs could not be read, so nobody knows.
    Unknown,
}

/// Something that a rule has found in a constructor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is known.
    pub status: Status,
    /// Where, in bytes of the constructor.
    pub span: Span,
    /// What is the matter: lower case, no full stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// Why something could not be read, or is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub message: String,
    /// The way out, where there is one.
    pub help: Option<String>,
}

impl Trouble {
    /// Names a trouble.
    pub fn new(message: &impl ToString, help: Option<String>) -> Self {
        Self {
            message: message.to_string(),
            help,
        }
    }
}
