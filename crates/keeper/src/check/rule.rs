//! What a rule is.

use ocm::constructor::{Constructor, ConstructorError};

use super::context::Context;
use super::judge::Judge;
use crate::severity::Severity;

/// Something that must hold for a registry.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case name in output and in plugyard.yaml; never changes once released.
    pub id: &'static str,
    /// What must hold, in one line without a full stop.
    pub summary: &'static str,
    /// Why it must hold, in sentences.
    pub reason: &'static str,
    /// How to fix a violation, in one line without a full stop.
    pub fix: &'static str,
    /// Applies unless plugyard.yaml sets another severity.
    pub severity: Severity,
    /// Whether findings can be about an entry, so that `exceptions` can name the rule.
    pub is_about_entries: bool,
    pub(super) judge: Judging,
}

/// How a rule is judged.
#[derive(Clone, Copy, Debug)]
pub(super) enum Judging {
    /// From the text of the constructor.
    Text(fn(&Parsed<'_>, &mut Judge<'_>)),
    /// From everything that was read.
    Registry(fn(&Context<'_>, &mut Judge<'_>)),
}

/// The text of a constructor, and what parsing it gave.
pub(super) struct Parsed<'a> {
    pub(super) text: &'a str,
    pub(super) constructor: Result<Constructor, ConstructorError>,
}
