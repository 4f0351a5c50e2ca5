//! What a rule reports.

use ocm::yaml::Span;
use serde::Serialize;

use crate::severity::Severity;

/// Whether a rule is broken or undecided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The rule is broken.
    Fail,
    /// The rule is undecided, because something it needs could not be read.
    Unknown,
}

/// Something that a rule reports about a constructor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// The rule's own severity, or the one plugyard.yaml sets.
    pub severity: Severity,
    /// Whether the rule is broken or undecided.
    pub status: Status,
    /// Bytes of the constructor's text.
    pub span: Span,
    /// Lower case, without a full stop.
    pub message: String,
    /// How to fix it.
    pub help: String,
}
