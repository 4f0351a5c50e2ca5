//! Which component of a constructor is the registry.

use std::collections::HashMap;

use ocm::constructor::{ComponentConstructor, Constructor};

/// Several components have no other component that refers to them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("several components could be the registry: {}", .0.join(", "))]
pub struct SeveralRoots(pub Vec<String>);

/// Finds the registry: the one component that no other in the file refers to.
///
/// # Errors
/// There are several.
pub fn registry(constructor: &Constructor) -> Result<&ComponentConstructor, SeveralRoots> {
    let roots: Vec<_> = constructor
        .components
        .iter()
        .filter(|candidate| {
            !constructor.components.iter().any(|other| {
                other.references.iter().any(|reference| {
                    reference.component.value == candidate.name.value
                        && reference.version.value == candidate.version.value
                })
            })
        })
        .collect();
    match roots.as_slice() {
        [only] => Ok(only),
        _ => Err(SeveralRoots(
            roots
                .iter()
                .map(|root| format!("{}:{}", root.name.value, root.version.value))
                .collect(),
        )),
    }
}

/// The components, each after those of the same constructor that it refers to. There are no cycles:
/// the parser refuses them.
pub fn children_first(constructor: &Constructor) -> Vec<&ComponentConstructor> {
    let index: HashMap<_, _> = constructor
        .components
        .iter()
        .enumerate()
        .map(|(index, component)| ((&component.name.value, &component.version.value), index))
        .collect();
    let mut done = vec![false; constructor.components.len()];
    let mut order = Vec::with_capacity(done.len());
    for start in 0..done.len() {
        // An explicit stack: a chain of references may be long.
        let mut stack = vec![(start, false)];
        while let Some((at, children_done)) = stack.pop() {
            if done[at] {
                continue;
            }
            if children_done {
                done[at] = true;
                order.push(&constructor.components[at]);
                continue;
            }
            stack.push((at, true));
            for reference in &constructor.components[at].references {
                let key = (&reference.component.value, &reference.version.value);
                if let Some(&child) = index.get(&key) {
                    stack.push((child, false));
                }
            }
        }
    }
    order
}
