//! The version of the registry is at least what the change calls for.

use std::fmt::Write;

use ocm::Version;

use crate::check::baseline::{Baseline, ConflictingPreRelease, Predecessor, Published};
use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::check::version_leap::{LEAP, excessive_number};
use crate::severity::Severity;
use registry::diff::{Diff, diff};
use registry::pre_release;
use registry::version_class::VersionClass;

pub(super) static RULE: Rule = Rule {
    id: "registry-version",
    summary: "the version of the registry is at least what the change calls for",
    reason: "A published version never changes, and the version tells users what an update means: major if a plugin or a platform of its newest version is removed or a name gets another component, minor for a new plugin, patch for anything else. A number more than 1,000 above the published one is refused, because lower versions could never be published again.",
    fix: "run `plugyard bump`",
    severity: Severity::Error,
    is_about_entries: false,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let version = &context.registry.version;
    if let Baseline::None = &context.baseline
        && let Some(number) = excessive_number(&version.value, None)
    {
        let message = format!("the number {number} of the version leaves too few higher versions");
        judge.fail(Subject::Registry, version.span, message, None);
    }
    let Some(published) = context.published(judge) else {
        return;
    };
    let ours = match &context.content {
        Ok(ours) => ours,
        Err(cause) => {
            judge.unknown(Subject::Registry, version.span, cause);
            return;
        }
    };
    let predecessor = match &published.predecessor {
        Predecessor::Known(predecessor) => Some(&**predecessor),
        Predecessor::Unknown(cause) => {
            judge.unknown(Subject::Registry, version.span, cause);
            return;
        }
        Predecessor::None | Predecessor::Unread(_) => None,
    };
    let change = diff(&published.content, ours, predecessor);
    if let Some(message) = defect(&version.value, published, &change) {
        judge.fail(Subject::Registry, version.span, message, None);
        return;
    }
    let (other, problem) = match &published.pre_release {
        ConflictingPreRelease::None => return,
        ConflictingPreRelease::Higher(other) => (other, "is published and higher"),
        ConflictingPreRelease::Same(_, Err(cause)) => {
            judge.unknown(Subject::Registry, version.span, cause);
            return;
        }
        ConflictingPreRelease::Same(_, Ok(theirs)) if diff(theirs, ours, None).is_empty() => return,
        ConflictingPreRelease::Same(other, Ok(_)) => (other, "is published with other content"),
    };
    let next = pre_release::next(other);
    let message = format!("the pre-release {other} {problem}; the version must be at least {next}");
    judge.fail(Subject::Registry, version.span, message, None);
}

/// What is wrong with the version; `None` if it is right.
fn defect(version: &Version, published: &Published, change: &Diff) -> Option<String> {
    let latest = &published.version;
    if let Some(number) = excessive_number(version, Some(latest)) {
        return Some(format!(
            "the version {version} has the number {number}, which is more than {LEAP} above that of {latest}"
        ));
    }
    let lowest = match change.class {
        VersionClass::None => latest.clone(),
        class => class.raise(version, Some(latest)),
    };
    if version.precedence(&lowest).is_lt() {
        return Some(if change.class == VersionClass::None {
            format!("the version of the registry decreases from {latest} to {version}")
        } else {
            format!(
                "the change since {} is {}: {}; the version must be at least {lowest}",
                published.name,
                change.class.word(),
                first_reasons(&change.reasons)
            )
        });
    }
    if change.class != VersionClass::None && version.precedence(latest).is_le() {
        return Some(format!(
            "the change needs a version above {latest}, but {version} has no number left to raise"
        ));
    }
    let prefixed = |version: &Version| version.as_str().starts_with('v');
    if prefixed(version) != prefixed(latest) {
        let expected = if prefixed(latest) { "with" } else { "without" };
        return Some(format!(
            "the version {version} must be written {expected} a leading `v`, as the published {latest} is"
        ));
    }
    None
}

/// The first three reasons, and how many more there are.
fn first_reasons(reasons: &[String]) -> String {
    const MOST: usize = 3;
    let mut text = reasons[..reasons.len().min(MOST)].join(", ");
    if reasons.len() > MOST {
        let _ = write!(text, " and {} more", reasons.len() - MOST);
    }
    text
}
