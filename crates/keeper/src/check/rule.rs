//! What a rule is, and how it says what it finds.

use ocm::Version;
use ocm::constructor::{Constructor, ConstructorError};
use ocm::yaml::Span;

use super::context::{Context, Entry};
use super::{Finding, Severity, Status, Trouble};
use crate::policy::{Level, Policy};

/// One thing that is looked at.
#[derive(Debug)]
pub struct Rule {
    /// Its name for people and for plugyard.yaml; it never changes.
    pub id: &'static str,
    /// What must hold, in one line.
    pub summary: &'static str,
    /// Why it must.
    pub reason: &'static str,
    /// The way out where it does not.
    pub fix: &'static str,
    /// How much it matters, if plugyard.yaml does not say otherwise.
    pub severity: Severity,
    pub(super) judge: Judging,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Judging {
    /// The outcome of reading the text.
    Text(fn(&Result<Constructor, ConstructorError>, &mut Judge<'_>)),
    /// The registry, with everything that was read for it.
    Registry(fn(&Context<'_>, &mut Judge<'_>)),
}

/// What a finding is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// The registry itself.
    Registry,
    /// An entry, which is in the constructor or was in the latest published version.
    Entry(&'a str, Option<&'a Version>),
}

impl<'a> From<&'a Entry<'_>> for Subject<'a> {
    fn from(entry: &'a Entry<'_>) -> Self {
        Self::Entry(entry.name(), Some(entry.version()))
    }
}

/// Collects what the rules find, as plugyard.yaml wants it.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    policy: &'a Policy,
    rule: &'static Rule,
    severity: Severity,
    pub(super) findings: Vec<Finding>,
    pub(super) accepted: usize,
}

impl<'a> Judge<'a> {
    pub(super) fn new(policy: &'a Policy, rule: &'static Rule) -> Self {
        Self {
            policy,
            rule,
            severity: rule.severity,
            findings: Vec::new(),
            accepted: 0,
        }
    }

    /// Goes on with another rule; says whether it is looked at.
    pub(super) fn turn_to(&mut self, rule: &'static Rule) -> bool {
        self.rule = rule;
        self.severity = match self.policy.rules.get(rule.id) {
            Some(Level::Off) => return false,
            Some(Level::At(severity)) => *severity,
            None => rule.severity,
        };
        true
    }

    /// The rule is broken. Without a help, that of the rule is given.
    pub(super) fn fail<'s>(
        &mut self,
        subject: impl Into<Subject<'s>>,
        span: Span,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(subject.into(), Status::Fail, span, message.into(), help);
    }

    /// The rule cannot be decided.
    pub(super) fn unknown<'s>(
        &mut self,
        subject: impl Into<Subject<'s>>,
        span: Span,
        trouble: &Trouble,
    ) {
        let help = trouble.help.clone().unwrap_or_else(|| UNKNOWN.to_owned());
        self.add(
            subject.into(),
            Status::Unknown,
            span,
            trouble.message.clone(),
            Some(help),
        );
    }

    fn add(
        &mut self,
        subject: Subject<'_>,
        status: Status,
        span: Span,
        message: String,
        help: Option<String>,
    ) {
        if let Subject::Entry(name, version) = subject
            && self.policy.accepts(self.rule.id, name, version)
        {
            self.accepted += 1;
            return;
        }
        self.findings.push(Finding {
            rule: self.rule.id,
            severity: self.severity,
            status,
            span,
            message,
            help: help.unwrap_or_else(|| self.rule.fix.to_owned()),
        });
    }
}

const UNKNOWN: &str =
    "what could not be read may be right or wrong: check again when it can be read";
