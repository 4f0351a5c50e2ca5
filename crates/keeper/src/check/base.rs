//! Judging a change by the policy of the revision it is for.

use std::collections::HashMap;

use ocm::constructor;

use super::finding::{Finding, Status};
use super::request::{Base, Request};
use crate::policy::{KnownRule, Policy, loosened, loosened_since};
use crate::severity::Severity;
use crate::{content, root};
use registry::diff::Content;

static DEFAULTS: Policy = Policy::DEFAULT;

/// The policy that judges a request.
pub(super) fn judging_policy<'a>(request: &Request<'a>) -> &'a Policy {
    match request.base {
        None => request.policy,
        Some(base) => base.policy.unwrap_or(&DEFAULTS),
    }
}

/// The registry in the base revision: the component with this name, or the one that no other refers
/// to. `None` if its constructor is absent or cannot be used.
pub(super) fn content(base: &Base<'_>, component: &str) -> Option<Content> {
    let parsed = constructor::parse(base.constructor?).ok()?;
    let mut components = parsed.components.iter();
    let registry = root::registry(&parsed)
        .ok()
        .or_else(|| components.find(|candidate| candidate.name.value == component))?;
    Some(content::of_constructor(registry))
}

/// Combines what the policy of the base revision reports with what the change's own one reports.
pub(super) fn combine(judged: Vec<Finding>, own: Vec<Finding>) -> Vec<Finding> {
    let key = |finding: &Finding| {
        let span = (finding.span.start, finding.span.end);
        (finding.rule, finding.status, span, finding.message.clone())
    };
    let mut own: HashMap<_, _> = own
        .into_iter()
        .map(|finding| (key(&finding), finding))
        .collect();
    let mut findings = Vec::new();
    for mut finding in judged {
        let stops = |finding: &Finding| {
            finding.status == Status::Unknown || finding.severity == Severity::Error
        };
        let is_accepted = own
            .remove(&key(&finding))
            .is_none_or(|own| stops(&finding) && !stops(&own));
        if is_accepted {
            finding.help.push_str(ACCEPTED_LATER);
        }
        findings.push(finding);
    }
    // A rule that only the change's own policy makes stricter applies from the next change on.
    let mut new: Vec<Finding> = own.into_values().collect();
    new.sort_by(|one, other| (one.rule, one.span.start).cmp(&(other.rule, other.span.start)));
    for mut finding in new {
        if finding.status == Status::Unknown {
            finding.status = Status::Fail;
            finding.message = format!("undecided: {}", finding.message);
        }
        finding.severity = finding.severity.min(Severity::Warning);
        findings.push(finding);
    }
    findings
}

const ACCEPTED_LATER: &str =
    "; this change's plugyard.yaml would accept it: merge that file first, then this";

/// Whose policy judges, and what the change's own policy permits beyond it.
pub(super) fn policy_report(request: &Request<'_>, rules: &[KnownRule]) -> Vec<String> {
    let (whose, permitted) = match request.base {
        None => (
            "judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)"
                .to_owned(),
            loosened(request.policy, rules),
        ),
        Some(base) => {
            let whose = match base.policy {
                Some(_) => format!("judged by the plugyard.yaml of {}", base.name),
                None => format!("{} has no plugyard.yaml: judged by the defaults", base.name),
            };
            let before = base.policy.unwrap_or(&DEFAULTS);
            (whose, loosened_since(before, request.policy, rules))
        }
    };
    let mut report = vec![whose];
    report.extend(permitted);
    report
}
