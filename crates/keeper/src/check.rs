//! The gate of a registry: what must hold before a change of its constructor is merged.
//!
//! First everything is read that the rules need: the latest published version, and the components
//! of the entries that differ from it. Then the rules look at it; they read nothing themselves.
//! Nothing is ever executed. What could not be read leaves a rule undecided, which is a finding,
//! too, and never counts as fine or as absent.

mod baseline;
mod circle;
mod context;
mod documentation;
mod facts;
mod finding;
mod own;
mod position;
mod rule;
mod rules;

use std::collections::HashMap;
use std::path::Path;

use oci::Http;
use ocm::constructor::{self, ComponentConstructor, Constructor, values};
use ocm::{ComponentRef, Lookup, Repository, RepositorySpec, Version};

use self::baseline::{Baseline, Before, InTheWay, Published};
use self::context::{Context, Entry, mark_newest};
use self::facts::{Facts, Wanted, Way};
use self::own::Own;
use self::rule::{Judge, Judging};
use crate::policy::Policy;
use crate::root::{self, SeveralRoots};
use registry::diff::{Content, diff};

pub use self::baseline::Against;
pub use self::documentation::documentation;
pub use self::finding::{Finding, Severity, Status, Trouble};
pub use self::position::Lines;
pub use self::rule::Rule;
pub use self::rules::RULES;

/// What is to be checked, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The text of the constructor.
    pub text: &'a str,
    /// The folder that its inputs are relative to.
    pub folder: &'a Path,
    /// How the registry is kept.
    pub policy: &'a Policy,
    /// Where the registry is published.
    pub repository: &'a RepositorySpec,
    /// The way to registries.
    pub http: &'a Http,
    /// Where its plugins are looked for.
    pub lookup: &'a Lookup,
    /// What it is compared with.
    pub against: &'a Against,
    /// Whether the components of entries that have not changed are read, too.
    pub all: bool,
}

/// What came out of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was found, in the order of the text.
    pub findings: Vec<Finding>,
    /// How many findings plugyard.yaml accepts.
    pub accepted: usize,
    /// How many entries the registry has.
    pub entries: usize,
    /// How many of their components were to be read.
    pub read: usize,
    /// What it was compared with, in words; nothing, if that could not be read.
    pub compared_with: Option<String>,
}

impl Verdict {
    /// Says whether something could not be decided.
    pub fn is_incomplete(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.status == Status::Unknown)
    }

    /// Says whether a rule is broken that must not be.
    pub fn is_negative(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.status == Status::Fail && finding.severity == Severity::Error)
    }
}

/// Why a constructor cannot be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It is not clear which component is the registry.
    #[error(transparent)]
    Roots(#[from] SeveralRoots),
    /// What it should be compared with does not exist.
    #[error("{0}:{1} does not exist in {2}")]
    NoBaseline(String, String, RepositorySpec),
}

impl CheckError {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Roots(_) => {
                "let one component refer to the others, or keep them in files of their own"
            }
            Self::NoBaseline(..) => {
                "check the spelling; without --against the latest published version is taken"
            }
        };
        Some(text.to_owned())
    }
}

/// Checks a constructor.
///
/// # Errors
/// There is nothing to check, or nothing to compare with; see [`CheckError`].
pub async fn check(request: &Request<'_>) -> Result<Verdict, CheckError> {
    let parsed = constructor::parse(request.text);
    let mut judge = Judge::new(request.policy, RULES[0]);
    for rule in RULES {
        if let Judging::Text(rules) = rule.judge
            && judge.turn_to(rule)
        {
            rules(&parsed, &mut judge);
        }
    }
    let Ok(constructor) = parsed else {
        return Ok(verdict(judge, None));
    };
    let registry = root::registry(&constructor)?;
    let context = read(request, &constructor, registry).await?;
    for rule in RULES {
        if let Judging::Registry(rules) = rule.judge
            && judge.turn_to(rule)
        {
            rules(&context, &mut judge);
        }
    }
    Ok(verdict(judge, Some(&context)))
}

fn verdict(judge: Judge<'_>, context: Option<&Context<'_>>) -> Verdict {
    let mut findings = judge.findings;
    // Rules are in order already, so that those of one place stay in theirs.
    findings.sort_by_key(|finding| finding.span.start);
    let entries = context.map_or(&[][..], |context| &context.entries);
    let read = entries
        .iter()
        .filter(|entry| !matches!(entry.facts, Facts::NotRead));
    Verdict {
        findings,
        accepted: judge.accepted,
        entries: entries.len(),
        read: read.count(),
        compared_with: match context.map(|context| &context.baseline) {
            Some(Baseline::Known(published)) => Some(published.name.clone()),
            Some(Baseline::None) => Some("nothing, as no version is there yet".to_owned()),
            _ => None,
        },
    }
}

/// Reads all that the rules need.
async fn read<'a>(
    request: &Request<'a>,
    constructor: &'a Constructor,
    registry: &'a ComponentConstructor,
) -> Result<Context<'a>, CheckError> {
    let mut own = Own::read(constructor, request.folder);
    let content = own.take(registry).map(|descriptor| match request.against {
        // Of the other text nobody knows more than it says.
        Against::Text { .. } => crate::content::of_constructor(registry),
        _ => Content::of_descriptor(&descriptor),
    });
    let baseline = read_baseline(request, registry, content.as_ref().ok()).await?;
    let mut entries: Vec<Entry<'_>> = registry.references.iter().map(Entry::new).collect();
    mark_newest(&mut entries);
    let unread = match &baseline {
        Baseline::Unknown(trouble) if !request.all => Some(trouble.clone()),
        _ => None,
    };
    if unread.is_none() {
        let changed = changed(&entries, &baseline, request.all);
        let way = Way {
            lookup: request.lookup,
            own: &own,
            registry: (&registry.name.value, registry.version.value.as_str()),
        };
        let wanted = changed.into_iter().map(|index| {
            let reference = entries[index].reference;
            Wanted {
                index,
                component: &reference.component.value,
                version: reference.version.value.as_str(),
                pinned: reference.digest.is_some(),
            }
        });
        for (index, facts) in facts::read_all(way, wanted.collect()).await {
            entries[index].facts = facts;
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

/// The entries whose components are to be read: those that are not published as they are.
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

/// Reads what the registry is compared with.
async fn read_baseline(
    request: &Request<'_>,
    registry: &ComponentConstructor,
    ours: Option<&Content>,
) -> Result<Baseline, CheckError> {
    let (component, version) = (&registry.name.value, &registry.version.value);
    match request.against {
        Against::Text { name, text } => Ok(match text {
            None => Baseline::None,
            Some(text) => of_text(name, text, component),
        }),
        Against::Latest => {
            let repository = match Repository::open_if_there(request.repository, request.http) {
                Ok(repository) => repository,
                Err(error) => return Ok(Baseline::Unknown(error.into())),
            };
            let mut baseline = baseline::latest(repository.as_ref(), component, version).await;
            if let (Baseline::Known(published), Some(repository), Some(ours)) =
                (&mut baseline, &repository, ours)
                && diff(&published.content, ours, None).may_be_rollback(ours)
            {
                published.read_before(repository).await;
            }
            Ok(baseline)
        }
        Against::Reference(reference) => named(request, reference, version).await,
    }
}

async fn named(
    request: &Request<'_>,
    reference: &ComponentRef,
    ours: &Version,
) -> Result<Baseline, CheckError> {
    let component = &reference.component;
    let repository = match Repository::open(&reference.repository, request.http) {
        Ok(repository) => repository,
        Err(error) => return Ok(Baseline::Unknown(error.into())),
    };
    let missing = |version: &str| {
        let place = reference.repository.clone();
        CheckError::NoBaseline(component.clone(), version.to_owned(), place)
    };
    let Some(version) = &reference.version else {
        return match baseline::latest(Some(&repository), component, ours).await {
            Baseline::None => Err(missing("latest")),
            baseline => Ok(baseline),
        };
    };
    match repository
        .get(component, version.as_str(), reference.digest)
        .await
    {
        Ok(None) => Err(missing(version.as_str())),
        Ok(Some(found)) => Ok(match found.descriptor() {
            Ok(descriptor) => Baseline::Known(Box::new(Published {
                name: reference.to_string(),
                version: version.clone(),
                content: Content::of_descriptor(&descriptor),
                before: Before::None,
                in_the_way: InTheWay::None,
            })),
            Err(error) => Baseline::Unknown(error.into()),
        }),
        Err(error) => Ok(Baseline::Unknown(error.into())),
    }
}

/// The registry of another constructor, without its inputs, which are not at hand.
fn of_text(name: &str, text: &str, component: &str) -> Baseline {
    let parsed = match constructor::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let message = format!("the constructor of {name} cannot be read: {error}");
            let help = "compare with a revision whose constructor can be read".to_owned();
            return Baseline::Unknown(Trouble::new(&message, Some(help)));
        }
    };
    let registry = parsed
        .components
        .iter()
        .find(|candidate| candidate.name.value == component)
        .or_else(|| root::registry(&parsed).ok());
    match registry {
        None => Baseline::None,
        Some(registry) => Baseline::Known(Box::new(Published {
            name: name.to_owned(),
            version: registry.version.value.clone(),
            content: crate::content::of_constructor(registry),
            before: Before::None,
            in_the_way: InTheWay::None,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_ids_of_their_own() {
        let mut seen = std::collections::HashSet::new();
        for rule in RULES {
            assert!(seen.insert(rule.id), "{}", rule.id);
            let kebab = rule
                .id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(kebab, "{}", rule.id);
            assert!(
                !rule.summary.ends_with('.') && !rule.fix.is_empty(),
                "{}",
                rule.id
            );
        }
    }
}
