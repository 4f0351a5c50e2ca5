//! The version of the registry is raised as far as the change calls for.

use std::fmt::Write;

use ocm::Version;

use crate::check::Severity;
use crate::check::baseline::{Before, InTheWay, Published};
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule, Subject};
use registry::diff::{Diff, diff};
use registry::pre_release;
use registry::version_class::VersionClass;

pub(super) static RULE: Rule = Rule {
    id: "registry-version",
    summary: "the version of the registry is raised as far as the change calls for",
    reason: "A published version never changes, and users see from the version what an update means: major if a plugin or a platform of its newest version goes or a name gets another component, minor for a new plugin, patch for anything else.",
    fix: "`plugyard bump` raises it",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let Some(published) = context.published(judge) else {
        return;
    };
    let version = &context.registry.version;
    let ours = match &context.content {
        Ok(ours) => ours,
        Err(trouble) => {
            judge.unknown(Subject::Registry, version.span, trouble);
            return;
        }
    };
    let before = match &published.before {
        Before::Known(before) => Some(&**before),
        Before::Unknown(trouble) => {
            judge.unknown(Subject::Registry, version.span, trouble);
            return;
        }
        Before::None | Before::There(_) => None,
    };
    let change = diff(&published.content, ours, before);
    if let Some(message) = wrong(&version.value, published, &change) {
        judge.fail(Subject::Registry, version.span, message, None);
        return;
    }
    let (other, said) = match &published.in_the_way {
        InTheWay::None => return,
        InTheWay::Higher(other) => (other, "is published and higher"),
        InTheWay::Same(_, Err(trouble)) => {
            judge.unknown(Subject::Registry, version.span, trouble);
            return;
        }
        InTheWay::Same(_, Ok(theirs)) if diff(theirs, ours, None).is_empty() => return,
        InTheWay::Same(other, Ok(_)) => (other, "is published, with other content"),
    };
    let next = pre_release::next(other);
    let message = format!("the pre-release {other} {said}; the version must be at least {next}");
    judge.fail(Subject::Registry, version.span, message, None);
}

/// What is wrong with the version.
fn wrong(version: &Version, published: &Published, change: &Diff) -> Option<String> {
    let latest = &published.version;
    let lowest = match change.class {
        VersionClass::None => latest.clone(),
        class => class.raise(version, Some(latest)),
    };
    if version.precedence(&lowest).is_lt() {
        return Some(if change.class == VersionClass::None {
            format!("the version of the registry falls from {latest} to {version}")
        } else {
            format!(
                "the change since {} is {}: {}; the version must be at least {lowest}",
                published.name,
                change.class.word(),
                some(&change.reasons)
            )
        });
    }
    let prefixed = |version: &Version| version.as_str().starts_with('v');
    if prefixed(version) != prefixed(latest) {
        return Some(format!(
            "the version {version} is spelled in another way than {latest}, which is published"
        ));
    }
    None
}

fn some(reasons: &[String]) -> String {
    const MOST: usize = 3;
    let mut text = reasons[..reasons.len().min(MOST)].join(", ");
    if reasons.len() > MOST {
        let _ = write!(text, " and {} more", reasons.len() - MOST);
    }
    text
}
