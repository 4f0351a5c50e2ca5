//! Checks across elements and components.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::read::Reader;
use super::{ComponentConstructor, ReferenceConstructor, ResourceConstructor, SourceConstructor};
use crate::identity::{identity, spell};
use crate::version::Version;
use crate::yaml::Span;

/// Refuses resources with the same identity as an earlier one.
pub(super) fn duplicate_resources(resources: &[ResourceConstructor], reader: &mut Reader) {
    let elements = resources.iter().map(|resource| Element {
        name: &resource.name.value,
        version: &resource.version,
        extra_identity: &resource.extra_identity,
        span: resource.name.span,
    });
    duplicates("resource", elements, reader);
}

/// Refuses sources with the same identity as an earlier one.
pub(super) fn duplicate_sources(sources: &[SourceConstructor], reader: &mut Reader) {
    let elements = sources.iter().map(|source| Element {
        name: &source.name.value,
        version: &source.version,
        extra_identity: &source.extra_identity,
        span: source.name.span,
    });
    duplicates("source", elements, reader);
}

struct Element<'a> {
    name: &'a str,
    version: &'a Version,
    extra_identity: &'a BTreeMap<String, String>,
    span: Span,
}

fn duplicates<'a>(kind: &str, elements: impl Iterator<Item = Element<'a>>, reader: &mut Reader) {
    let mut seen = HashSet::new();
    for element in elements {
        let identity = identity(
            element.name,
            element.version.as_str(),
            element.extra_identity,
        );
        let spelled = spell(&identity);
        if !seen.insert(identity) {
            let message = format!("another {kind} has the identity `{spelled}`");
            let help = "tell them apart by `extraIdentity`, or by name";
            reader.refuse(element.span, message, help);
        }
    }
}

/// The part of a version that semver comparison uses.
fn semver(version: &Version) -> ([u64; 3], &str) {
    (version.numbers(), version.pre_release())
}

/// Refuses references with the same name, extra identity and (by semver) version as an earlier one.
pub(super) fn duplicate_references(references: &[ReferenceConstructor], reader: &mut Reader) {
    let mut seen = HashMap::new();
    for reference in references {
        let version = &reference.version.value;
        let key = (
            reference.name.value.as_str(),
            semver(version),
            &reference.extra_identity,
        );
        let Some(first) = seen.insert(key, version) else {
            continue;
        };
        let name = &reference.name.value;
        let (message, help) = if first == version {
            let identity = identity(name, version.as_str(), &reference.extra_identity);
            let message = format!("another reference has the identity `{}`", spell(&identity));
            (message, "leave one of them")
        } else {
            let message =
                format!("`{name}` is here in `{first}` and `{version}`, the same version");
            (
                message,
                "leave one of them; `v` and build metadata do not count",
            )
        };
        reader.refuse(reference.span, message, help);
    }
}

/// Refuses components with the same name and (by semver) version as an earlier one.
pub(super) fn duplicate_components(components: &[ComponentConstructor], reader: &mut Reader) {
    let mut seen = HashMap::new();
    for component in components {
        let (name, version) = (&component.name.value, &component.version.value);
        if let Some(first) = seen.insert((name.as_str(), semver(version)), version) {
            let message = if first == version {
                format!("component `{name}:{version}` stands here twice")
            } else {
                format!("`{name}` is here in `{first}` and `{version}`, the same version")
            };
            reader.refuse(component.version.span, message, "leave one of them");
        }
    }
}

/// Refuses reference cycles.
pub(super) fn cycles(components: &[ComponentConstructor], reader: &mut Reader) {
    let positions: HashMap<_, _> = components
        .iter()
        .enumerate()
        .map(|(index, component)| {
            let version = component.version.value.as_str();
            ((component.name.value.as_str(), version), index)
        })
        .collect();
    let targets = |index: usize, next: usize| -> Option<Option<usize>> {
        let reference = components[index].references.get(next)?;
        let key = (
            reference.component.value.as_str(),
            reference.version.value.as_str(),
        );
        Some(positions.get(&key).copied())
    };
    let mut done = vec![false; components.len()];
    for start in 0..components.len() {
        // The cycle that begins at `start`: components, each with the reference to the next one.
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((index, next)) = path.last_mut() {
            let (index, this) = (*index, *next);
            *next += 1;
            match (done[index], targets(index, this)) {
                (false, Some(Some(target))) => {
                    match path.iter().position(|&(on_path, _)| on_path == target) {
                        Some(from) => {
                            let reference = &components[index].references[this];
                            let circle = spell_circle(components, &path[from..], target);
                            let message = format!("the references go in a circle: {circle}");
                            let help = "leave out one of these references";
                            reader.refuse(reference.component.span, message, help);
                        }
                        None => path.push((target, 0)),
                    }
                }
                (false, Some(None)) => {}
                (true, _) | (false, None) => {
                    done[index] = true;
                    path.pop();
                }
            }
        }
    }
}

fn spell_circle(
    components: &[ComponentConstructor],
    path: &[(usize, usize)],
    back_to: usize,
) -> String {
    let names: Vec<String> = path
        .iter()
        .map(|&(index, _)| index)
        .chain([back_to])
        .map(|index| {
            let component = &components[index];
            component.id().to_string()
        })
        .collect();
    names.join(" -> ")
}
