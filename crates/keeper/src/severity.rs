//! How much a finding matters.

use serde::Serialize;

/// How much a finding matters, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Information; never stops the gate.
    Note,
    /// Some users may run into it; never stops the gate.
    Warning,
    /// The registry must not be published like this.
    Error,
}

impl Severity {
    /// The word in output and in plugyard.yaml.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
