//! Every further component of the constructor can be published under its version.

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::check::version_leap::{LEAP, excessive_number};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "further-components-publishable",
    summary: "every further component of the constructor can be published under its version",
    reason: "A published version never changes, so other content under the same version could never be published. A version below the latest one would not reach users, and one far above it would leave no room for later ones.",
    fix: "give the component a version above its latest published one",
    severity: Severity::Error,
    is_about_entries: false,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for further in &context.further {
        let (name, version) = (&further.component.name.value, &further.component.version);
        let published = match &further.published {
            Ok(published) => published,
            Err(cause) => {
                judge.unknown(Subject::Registry, version.span, cause);
                continue;
            }
        };
        let latest = published.latest.as_ref();
        let ours = &version.value;
        let message = match (published.is_same, latest) {
            (Some(true), _) => continue,
            (Some(false), _) => format!("{name}:{ours} is published with other content"),
            (None, Some(latest)) if ours.precedence(latest).is_le() => {
                format!("{name}:{ours} is not above {latest}, the latest published version")
            }
            (None, _) => match excessive_number(ours, latest) {
                None => continue,
                Some(number) => format!(
                    "the version {ours} of {name} has the number {number}, which is more than {LEAP} above the latest published version"
                ),
            },
        };
        judge.fail(Subject::Registry, version.span, message, None);
    }
}
