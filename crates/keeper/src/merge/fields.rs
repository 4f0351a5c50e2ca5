//! Merging values three ways.

use std::collections::BTreeSet;

use ocm::{Label, Reference};

use crate::edit::Edit;
use registry::labels::{REGISTRY, RegistryLabel};
use registry::three_way::{Conflict, merge, merge_values};

/// The changes to our labels that merge theirs.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Labels to set.
    pub(super) set: Vec<Label>,
    /// Names of labels to remove.
    pub(super) gone: Vec<String>,
    /// Names of labels in conflict.
    pub(super) conflicts: Vec<String>,
}

impl Labels {
    /// The edits of the labels of an entry, or of the registry.
    pub(super) fn edits(self, index: Option<usize>) -> impl Iterator<Item = Edit> {
        let set = self.set.into_iter();
        let set = set.map(move |label| Edit::Label { index, label });
        let gone = self.gone.into_iter();
        set.chain(gone.map(move |name| Edit::RemoveLabel { index, name }))
    }
}

/// Merges labels by name.
pub(super) fn labels(base: &[Label], ours: &[Label], theirs: &[Label]) -> Labels {
    let all = ours.iter().chain(theirs).chain(base);
    let names: BTreeSet<&str> = all.map(|label| label.name.as_str()).collect();
    let mut labels = Labels::default();
    for name in names {
        let find = |labels: &[Label]| ocm::descriptor::find_label(labels, name).cloned();
        let (base, ours, theirs) = (find(base), find(ours), find(theirs));
        match label(base.as_ref(), ours.as_ref(), theirs.as_ref()) {
            Ok(merged) if merged == ours => {}
            Ok(Some(merged)) => labels.set.push(merged),
            Ok(None) => labels.gone.push(name.to_owned()),
            Err(Conflict) => labels.conflicts.push(name.to_owned()),
        }
    }
    labels
}

fn label(
    base: Option<&Label>,
    ours: Option<&Label>,
    theirs: Option<&Label>,
) -> Result<Option<Label>, Conflict> {
    if let Ok(merged) = merge(&base, &ours, &theirs) {
        return Ok(merged.cloned());
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return Err(Conflict);
    };
    let before = base.map(|label| &label.value);
    let value = if ours.name == REGISTRY {
        Some(RegistryLabel::merge(before, &ours.value, &theirs.value)?)
    } else {
        merge_values(before, Some(&ours.value), Some(&theirs.value))?
    };
    let base_signing = base.is_none_or(|label| label.signing);
    if ours.rest != theirs.rest {
        return Err(Conflict);
    }
    Ok(Some(Label {
        name: ours.name.clone(),
        value: value.ok_or(Conflict)?,
        signing: merge(&base_signing, &ours.signing, &theirs.signing)?,
        rest: ours.rest.clone(),
    }))
}

/// Merges an entry that both sides have: the entry, and the changes to our labels.
pub(super) fn entry(
    base: Option<&Reference>,
    ours: &Reference,
    theirs: &Reference,
) -> Result<(Reference, Labels), Conflict> {
    let (Some(base), false) = (base, ours == theirs) else {
        return if ours == theirs {
            Ok((ours.clone(), Labels::default()))
        } else {
            Err(Conflict)
        };
    };
    let labels = labels(base.labels(), ours.labels(), theirs.labels());
    if !labels.conflicts.is_empty() {
        return Err(Conflict);
    }
    let mut merged = ours.clone();
    merged.version = merge(&base.version, &ours.version, &theirs.version)?;
    merged.digest = merge(&base.digest, &ours.digest, &theirs.digest)?;
    let component = merge(
        &base.component_name,
        &ours.component_name,
        &theirs.component_name,
    )?;
    let identity = merge(
        &base.extra_identity,
        &ours.extra_identity,
        &theirs.extra_identity,
    )?;
    // No edit can change these.
    let writable = component == ours.component_name
        && identity == ours.extra_identity
        && (!merged.digest.is_unset() || ours.digest.is_unset());
    if !writable {
        return Err(Conflict);
    }
    Ok((merged, labels))
}
