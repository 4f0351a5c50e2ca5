//! The gate of a registry: what must hold before a change of its constructor is merged.
//!
//! Everything the rules need is read first: the latest published version, and the components of
//! entries that differ from it. The rules only look at that. Nothing is ever executed. What could
//! not be read leaves a rule undecided, and an undecided rule is a finding too: it counts neither
//! as fulfilled nor as absent.

mod baseline;
mod cause;
mod component;
mod context;
mod cycle;
mod documentation;
mod error;
mod finding;
mod judge;
mod local;
mod plugins;
mod request;
mod resolver;
mod rule;
mod rules;
mod verdict;

use std::collections::HashMap;

use ocm::constructor::{self, ComponentConstructor, Constructor, values};

use self::baseline::Baseline;
use self::component::ComponentState;
use self::context::{Context, Entry, mark_newest};
use self::judge::Judge;
use self::local::LocalComponents;
use self::resolver::Resolver;
use self::rule::{Judging, Parsed};
use crate::policy::KnownRule;
use crate::root;
use registry::diff::Content;

pub use self::documentation::documentation;
pub use self::error::CheckError;
pub use self::finding::{Finding, Status};
pub use self::request::{Against, Request};
pub use self::rule::Rule;
pub use self::rules::RULES;
pub use self::verdict::Verdict;

/// Checks a constructor.
///
/// # Errors
/// There is nothing to check, or nothing to compare with; see [`CheckError`].
pub async fn check(request: &Request<'_>) -> Result<Verdict, CheckError> {
    let parsed = Parsed {
        constructor: constructor::parse(request.text),
    };
    let mut judge = Judge::new(request.policy);
    for rule in RULES {
        if let Judging::Text(run) = rule.judge
            && judge.start(rule.id, rule.severity, rule.fix)
        {
            run(&parsed, &mut judge);
        }
    }
    let Ok(constructor) = parsed.constructor else {
        return Ok(verdict(judge, None));
    };
    let registry = root::registry(&constructor)?;
    let context = read(request, &constructor, registry).await?;
    for rule in RULES {
        if let Judging::Registry(run) = rule.judge
            && judge.start(rule.id, rule.severity, rule.fix)
        {
            run(&context, &mut judge);
        }
    }
    Ok(verdict(judge, Some(&context)))
}

/// What plugyard.yaml may say about each rule.
pub fn known_rules() -> Vec<KnownRule> {
    let known = RULES.iter().map(|rule| KnownRule {
        id: rule.id,
        former_id: rules::FORMER_IDS
            .iter()
            .find(|(_, id)| *id == rule.id)
            .map(|(former, _)| *former),
        // Without it, nothing else could be checked.
        is_fixed: std::ptr::eq(*rule, RULES[0]),
        is_about_entries: rule.is_about_entries,
    });
    known.collect()
}

fn verdict(judge: Judge<'_>, context: Option<&Context<'_>>) -> Verdict {
    let mut findings = judge.findings;
    // The sort is stable, so findings at one position stay in the order of the rules.
    findings.sort_by_key(|finding| finding.span.start);
    let entries = context.map_or(&[][..], |context| &context.entries);
    let read = entries
        .iter()
        .filter(|entry| !matches!(entry.component, ComponentState::NotRead));
    Verdict {
        findings,
        accepted: judge.accepted,
        entries: entries.len(),
        read: read.count(),
        compared_with: match context.map(|context| &context.baseline) {
            Some(Baseline::Known(published)) => Some(published.name.clone()),
            Some(Baseline::None) => Some("nothing, as no version is published yet".to_owned()),
            _ => None,
        },
    }
}

/// Reads everything the rules need.
async fn read<'a>(
    request: &Request<'a>,
    constructor: &'a Constructor,
    registry: &'a ComponentConstructor,
) -> Result<Context<'a>, CheckError> {
    let mut local = LocalComponents::read(constructor, request.folder);
    let content = local
        .take(registry)
        .map(|descriptor| match request.against {
            // The inputs of the other text are not available, so ours must not be compared.
            Against::Text { .. } => crate::content::of_constructor(registry),
            _ => Content::of_descriptor(&descriptor),
        });
    let baseline = baseline::read(request, registry, content.as_ref().ok()).await?;
    let mut entries: Vec<Entry<'_>> = registry.references.iter().map(Entry::new).collect();
    mark_newest(&mut entries);
    let unread = match &baseline {
        Baseline::Unknown(cause) if !request.all => Some(cause.clone()),
        _ => None,
    };
    if unread.is_none() {
        let resolver = Resolver {
            lookup: request.lookup,
            local: &local,
            registry: (&registry.name.value, registry.version.value.as_str()),
        };
        let changed = changed(&entries, &baseline, request.all).into_iter();
        let changed = changed.map(|index| (index, entries[index].reference));
        for (index, component) in plugins::read_all(resolver, changed.collect()).await {
            entries[index].component = component;
        }
    }
    Ok(Context {
        constructor,
        registry,
        content,
        labels: values(&registry.labels),
        entries,
        baseline,
        unread,
        policy: request.policy,
        repository: request.repository,
    })
}

/// Indices of the entries whose components must be read: those not published as they are.
fn changed(entries: &[Entry<'_>], baseline: &Baseline, all: bool) -> Vec<usize> {
    let published = match baseline {
        Baseline::Known(published) if !all => &published.content.entries[..],
        _ => &[],
    };
    let published: HashMap<_, _> = published
        .iter()
        .map(|entry| {
            let key = (
                entry.name.as_str(),
                entry.version.as_str(),
                &entry.extra_identity,
            );
            (key, entry)
        })
        .collect();
    let is_changed = |entry: &Entry<'_>| {
        let reference = entry.reference;
        let key = (
            entry.name(),
            entry.version().as_str(),
            &reference.extra_identity,
        );
        !published
            .get(&key)
            .is_some_and(|before| entry.is_unchanged(before))
    };
    let numbered = entries.iter().enumerate();
    let changed = numbered.filter(|(_, entry)| is_changed(entry));
    changed.map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_ids_are_unique_and_texts_have_their_form() {
        let mut seen = std::collections::HashSet::new();
        for rule in RULES {
            assert!(seen.insert(rule.id), "{}", rule.id);
            let kebab = rule
                .id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(kebab, "{}", rule.id);
            assert!(
                !rule.summary.ends_with('.') && !rule.fix.is_empty() && !rule.fix.ends_with('.'),
                "{}",
                rule.id
            );
            assert!(rule.reason.ends_with('.'), "{}", rule.id);
        }
    }

    #[test]
    fn former_ids_lead_to_rules_that_exist() {
        for (former, id) in rules::FORMER_IDS {
            assert!(RULES.iter().any(|rule| rule.id == *id), "{id}");
            assert!(RULES.iter().all(|rule| rule.id != *former), "{former}");
        }
    }
}
