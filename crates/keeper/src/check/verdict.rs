//! The outcome of a check.

use super::finding::{Finding, Status};
use crate::severity::Severity;

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// In the order of the constructor's text.
    pub findings: Vec<Finding>,
    /// Number of findings that `exceptions` of plugyard.yaml accepts.
    pub accepted: usize,
    /// Number of entries of the registry.
    pub entries: usize,
    /// Number of entries whose component was to be read.
    pub read: usize,
    /// Whose policy judged, and what the change's policy permits beyond it: beyond the defaults, or
    /// beyond the policy of the base revision.
    pub policy: Vec<String>,
    /// What the constructor was compared with, in words; `None` if that could not be read.
    pub compared_with: Option<String>,
}

impl Verdict {
    /// Returns whether a rule is undecided.
    pub fn is_incomplete(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.status == Status::Unknown)
    }

    /// Returns whether a rule of severity `error` is broken.
    pub fn is_negative(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.status == Status::Fail && finding.severity == Severity::Error)
    }
}
