//! References that lead back to where they start.

use std::collections::HashSet;

use ocm::{Descriptor, Reference};

use super::cause::Cause;
use super::resolver::{Resolver, Unresolved};

/// Maximum number of components that are read below one plugin.
const LIMIT: usize = 256;

/// Follows the references of a plugin and returns the path that closes a cycle, if there is one.
/// An absent component has no references, so it cannot close one.
pub(super) async fn find(
    resolver: Resolver<'_>,
    plugin: &Descriptor,
) -> Result<Option<String>, Cause> {
    let mut seen = HashSet::new();
    // Depth first with an explicit stack, because a tree may be deep.
    let mut waiting = vec![(plugin.clone(), Vec::new())];
    while let Some((descriptor, above)) = waiting.pop() {
        let mut path: Vec<String> = above;
        let (name, version) = resolver.registry;
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
                return Err(Cause::new(&message, None));
            }
            if let Some(descriptor) = read(resolver, reference).await? {
                waiting.push((descriptor, path.clone()));
            }
        }
    }
    Ok(None)
}

async fn read(resolver: Resolver<'_>, reference: &Reference) -> Result<Option<Descriptor>, Cause> {
    let pinned = !reference.digest.is_unset();
    let found = resolver
        .find(&reference.component_name, &reference.version, pinned)
        .await;
    match found {
        Ok(found) => Ok(Some(found.into_descriptor())),
        Err(Unresolved::Absent(_)) => Ok(None),
        Err(Unresolved::Unreadable(cause)) => Err(cause),
    }
}

fn spelled(name: &str, version: &str) -> String {
    format!("{name}:{version}")
}
