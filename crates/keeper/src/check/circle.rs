//! References that lead back to where they start.

use std::collections::HashSet;

use ocm::Descriptor;

use super::Trouble;
use super::facts::{Facts, Way, outcome};

/// Components below one plugin that are read at most.
const LIMIT: usize = 256;

/// Follows the references of a plugin; gives the way back, if there is one. What is not there
/// cannot lead back.
pub(super) async fn find(way: Way<'_>, plugin: &Descriptor) -> Result<Option<String>, Trouble> {
    let mut seen = HashSet::new();
    // Depth first, with a stack of its own: a tree may be deep.
    let mut waiting = vec![(plugin.clone(), Vec::new())];
    while let Some((descriptor, above)) = waiting.pop() {
        let mut path: Vec<String> = above;
        let (name, version) = way.registry;
        path.push(spelled(
            &descriptor.component.name,
            &descriptor.component.version,
        ));
        for reference in descriptor.component.references() {
            let child = spelled(&reference.component_name, &reference.version);
            if child == spelled(name, version) || path.contains(&child) {
                return Ok(Some(format!("{} -> {child}", path.join(" -> "))));
            }
            if !seen.insert(child.clone()) {
                continue;
            }
            if seen.len() > LIMIT {
                let message = format!("{} refers to more than {LIMIT} components", path[0]);
                return Err(Trouble::new(&message, None));
            }
            if let Some(descriptor) = read(way, reference).await? {
                waiting.push((descriptor, path.clone()));
            }
        }
    }
    Ok(None)
}

async fn read(way: Way<'_>, reference: &ocm::Reference) -> Result<Option<Descriptor>, Trouble> {
    let (component, version) = (&reference.component_name, &reference.version);
    match way.own.get(component, version) {
        Some(Ok(own)) => return Ok(Some(own.descriptor.clone())),
        Some(Err(trouble)) => return Err(trouble.clone()),
        None => {}
    }
    let pinned = !reference.digest.is_unset();
    match way.lookup.find(component, version, pinned).await {
        Ok((_, found)) => Ok(found.descriptor().ok()),
        Err(error) => match outcome(&error) {
            Facts::Unreadable(trouble) => Err(trouble),
            _ => Ok(None),
        },
    }
}

fn spelled(name: &str, version: &str) -> String {
    format!("{name}:{version}")
}
