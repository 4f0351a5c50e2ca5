//! The gate of a registry: what must hold before a change of its constructor is merged.
//!
//! Everything the rules need is read first: the latest published version, and the components of
//! entries that differ from it. The rules only look at that. Nothing is ever executed. What could
//! not be read leaves a rule undecided, and an undecided rule is a finding too: it counts neither
//! as fulfilled nor as absent.

mod base;
mod baseline;
mod cause;
mod component;
mod context;
mod cycle;
mod documentation;
mod error;
mod finding;
mod further;
mod judge;
mod local;
mod plugins;
mod request;
mod resolver;
mod rule;
mod rules;
mod spelling;
mod verdict;
mod version_leap;

use std::collections::HashMap;

use ocm::Reference;
use ocm::constructor::{self, ComponentConstructor, Constructor, values};

use self::baseline::Baseline;
use self::component::ComponentState;
use self::context::{Context, Entry, mark_newest};
use self::judge::Judge;
use self::local::LocalComponents;
use self::resolver::Resolver;
use self::rule::{Judging, Parsed};
use crate::policy::{KnownRule, Policy};
use crate::root;
use registry::diff::Content;

pub use self::documentation::documentation;
pub use self::error::CheckError;
pub use self::finding::{Finding, Status};
pub use self::request::{Against, Base, Request};
pub use self::rule::Rule;
pub use self::rules::RULES;
pub use self::verdict::Verdict;

/// Checks a constructor.
///
/// # Errors
/// There is nothing to check, or nothing to compare with; see [`CheckError`].
pub async fn check(request: &Request<'_>) -> Result<Verdict, CheckError> {
    let parsed = Parsed {
        text: request.text,
        constructor: constructor::parse(request.text),
    };
    let judging = base::judging_policy(request);
    let Ok(constructor) = &parsed.constructor else {
        return Ok(verdict(request, judge(judging, &parsed, None), None));
    };
    let registry = root::registry(constructor)?;
    let mut context = read(request, constructor, registry).await?;
    let mut judged = judge(judging, &parsed, Some(&context));
    if request.base.is_some() {
        context.policy = request.policy;
        let own = judge(request.policy, &parsed, Some(&context));
        judged.findings = base::combine(judged.findings, own.findings);
    }
    Ok(verdict(request, judged, Some(&context)))
}

/// Runs all rules that have what they need.
fn judge<'a>(policy: &'a Policy, parsed: &Parsed<'_>, context: Option<&Context<'_>>) -> Judge<'a> {
    let mut judge = Judge::new(policy);
    for rule in RULES {
        match (rule.judge, context) {
            (Judging::Text(run), _) if judge.start(rule.id, rule.severity, rule.fix) => {
                run(parsed, &mut judge);
            }
            (Judging::Registry(run), Some(context))
                if judge.start(rule.id, rule.severity, rule.fix) =>
            {
                run(context, &mut judge);
            }
            _ => {}
        }
    }
    judge
}

/// What plugyard.yaml may say about each rule.
pub fn known_rules() -> Vec<KnownRule> {
    let known = RULES.iter().map(|rule| KnownRule {
        id: rule.id,
        former_id: rules::FORMER_IDS
            .iter()
            .find(|(_, id)| *id == rule.id)
            .map(|(former, _)| *former),
        severity: rule.severity,
        // Without it, nothing else could be checked.
        is_fixed: std::ptr::eq(*rule, RULES[0]),
        is_about_entries: rule.is_about_entries,
    });
    known.collect()
}

fn verdict(request: &Request<'_>, judge: Judge<'_>, context: Option<&Context<'_>>) -> Verdict {
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
        policy: base::policy_report(request, &known_rules()),
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
    let mut further = further::read(request, constructor, registry, &local).await;
    let base = request
        .base
        .map(|base| base::content(&base, &registry.name.value));
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
        let published = match &baseline {
            Baseline::Known(published) if !request.all => &published.content.entries[..],
            _ => &[],
        };
        let mut changed = changed(&entries, published);
        if let Some(base) = &base {
            let new = changed_since_base(&entries, base.as_ref());
            changed.extend(new);
            changed.sort_unstable();
            changed.dedup();
        }
        let changed = changed.into_iter();
        let changed = changed.map(|index| (index, entries[index].reference));
        for (index, component) in plugins::read_all(resolver, changed.collect()).await {
            entries[index].component = component;
        }
        for further in &mut further {
            let references = further.component.references.iter().enumerate();
            for (index, component) in plugins::read_all(resolver, references.collect()).await {
                further.references[index].component = component;
            }
        }
    }
    let base_registry = request.base.zip(base.flatten());
    Ok(Context {
        constructor,
        registry,
        content,
        labels: values(&registry.labels),
        entries,
        further,
        baseline,
        unread,
        policy: base::judging_policy(request),
        own_policy: request.policy,
        base_registry: base_registry.map(|(base, content)| (base.name, content.name)),
        repository: request.repository,
    })
}

/// Indices of the entries that the base revision lacks. If its constructor cannot be used, these
/// are all.
fn changed_since_base(entries: &[Entry<'_>], base: Option<&Content>) -> Vec<usize> {
    changed(entries, base.map_or(&[], |base| &base.entries))
}

/// Indices of the entries that are not among these as they are.
fn changed(entries: &[Entry<'_>], published: &[Reference]) -> Vec<usize> {
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
