//! Collects what the rules report, as plugyard.yaml wants it.

use std::collections::BTreeSet;

use ocm::Version;
use ocm::yaml::Span;

use super::cause::Cause;
use super::finding::{Finding, Status};
use crate::policy::{Level, Policy};
use crate::severity::Severity;

/// What a finding is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// The registry itself.
    Registry,
    /// An entry of the constructor or of the latest published version.
    Entry(&'a str, Option<&'a Version>),
}

/// Collects findings, one rule after another.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    policy: &'a Policy,
    rule: &'static str,
    fix: &'static str,
    severity: Severity,
    pub(super) findings: Vec<Finding>,
    /// Number of findings that `exceptions` of plugyard.yaml accepts.
    pub(super) accepted: usize,
    /// Indices of the exceptions that accepted a finding.
    used: BTreeSet<usize>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(policy: &'a Policy) -> Self {
        Self {
            policy,
            rule: "",
            fix: "",
            severity: Severity::Error,
            findings: Vec::new(),
            accepted: 0,
            used: BTreeSet::new(),
        }
    }

    /// Starts a rule; returns `false` if plugyard.yaml switches it off. `severity` applies unless
    /// plugyard.yaml sets another one, `fix` is the help of findings that bring none.
    pub(super) fn start(
        &mut self,
        rule: &'static str,
        severity: Severity,
        fix: &'static str,
    ) -> bool {
        (self.rule, self.fix) = (rule, fix);
        self.severity = match self.policy.rules.get(rule) {
            Some(Level::Off) => return false,
            Some(Level::At(severity)) => *severity,
            None => severity,
        };
        true
    }

    /// Returns whether plugyard.yaml switches a rule off.
    pub(super) fn is_off(&self, rule: &str) -> bool {
        self.policy.rules.get(rule) == Some(&Level::Off)
    }

    /// Returns whether an exception, by its index, has accepted a finding so far.
    pub(super) fn is_used(&self, exception: usize) -> bool {
        self.used.contains(&exception)
    }

    /// Reports that the rule is broken.
    pub(super) fn fail<'s>(
        &mut self,
        subject: impl Into<Subject<'s>>,
        span: Span,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(subject.into(), Status::Fail, span, message.into(), help);
    }

    /// Reports that the rule is undecided.
    pub(super) fn unknown<'s>(
        &mut self,
        subject: impl Into<Subject<'s>>,
        span: Span,
        cause: &Cause,
    ) {
        let help = cause.help.clone().unwrap_or_else(|| UNKNOWN.to_owned());
        let message = cause.message.clone();
        self.add(subject.into(), Status::Unknown, span, message, Some(help));
    }

    fn add(
        &mut self,
        subject: Subject<'_>,
        status: Status,
        span: Span,
        message: String,
        help: Option<String>,
    ) {
        if let Subject::Entry(name, version) = subject {
            let exceptions = self.policy.exceptions.iter().enumerate();
            let mut accepting = exceptions
                .filter(|(_, exception)| exception.covers(self.rule, name, version))
                .map(|(index, _)| index)
                .peekable();
            if accepting.peek().is_some() {
                self.accepted += 1;
                self.used.extend(accepting);
                return;
            }
        }
        self.findings.push(Finding {
            rule: self.rule,
            severity: self.severity,
            status,
            span,
            message,
            help: help.unwrap_or_else(|| self.fix.to_owned()),
        });
    }
}

const UNKNOWN: &str = "undecided, because something could not be read: check again when it can be";
