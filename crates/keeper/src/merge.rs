//! Merges two changes to a constructor by meaning.
//!
//! Their changes are applied to our text as edits, so it keeps its comments and layout:
//!
//! ```yaml
//! base:    version: v1.0.0   entries: a@1.0.0
//! ours:    version: v1.1.0   entries: a@1.0.0, b@1.0.0
//! theirs:  version: v1.0.1   entries: a@1.1.0
//! merged:  version: v1.1.1   entries: a@1.1.0, b@1.0.0
//! ```
//!
//! What both sides changed differently is left between conflict markers.

mod fields;
mod marks;

use std::collections::BTreeSet;

use ocm::constructor::{ComponentConstructor, Constructor, ConstructorError};
use ocm::yaml::YamlError;
use ocm::{Reference, Version};
use serde_json::Value;

use self::marks::Subject;
use crate::edit::{self, Edit, EditError, Entry};
use crate::root::{self, SeveralRoots};
use registry::diff::{Content, diff};
use registry::labels::RegistryLabel;
use registry::precedence::same_version;
use registry::version_class::VersionClass;

/// The result of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// All changes of both sides.
    Clean(String),
    /// Some changes conflict, and are between conflict markers.
    Conflicts {
        /// The text with markers.
        text: String,
        /// The conflicting entries and labels, for messages.
        about: Vec<String>,
    },
}

/// Why constructors cannot be merged by meaning, so that their lines must be merged.
#[derive(Debug, thiserror::Error)]
pub enum NotByMeaning {
    /// A side is not a valid constructor.
    #[error(transparent)]
    Constructor(#[from] ConstructorError),
    /// It is not clear which component is the registry.
    #[error(transparent)]
    Roots(#[from] SeveralRoots),
    /// A side cannot be read.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The layout of our text does not allow an edit.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// Something changed that cannot be merged by meaning.
    #[error("{0} changed, which cannot be merged by meaning")]
    Elsewhere(String),
}

/// A revision of the file, parsed.
struct Revision {
    content: Content,
    /// Everything else in the file.
    rest: Value,
}

impl Revision {
    fn read(text: &str) -> Result<Self, NotByMeaning> {
        let constructor = ocm::constructor::parse(text)?;
        let registry = root::registry(&constructor)?;
        let content = crate::content::of_constructor(registry);
        let rest = rest(&constructor, registry)?;
        Ok(Self { content, rest })
    }
}

/// Merges the changes from `base` to `theirs` into `ours`. An empty `base` means that there is no
/// common ancestor.
///
/// The version of the registry becomes the lowest that both changes allow: the higher of the two,
/// raised by the smaller of the two changes.
///
/// # Errors
/// A side is not a valid constructor, or something changed that cannot be merged by meaning.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Result<Merged, NotByMeaning> {
    if ours == theirs || base == theirs {
        return Ok(Merged::Clean(ours.to_owned()));
    }
    if base == ours {
        return Ok(Merged::Clean(theirs.to_owned()));
    }
    let (ours_read, theirs_read) = (Revision::read(ours)?, Revision::read(theirs)?);
    let (base, base_rest) = if base.trim().is_empty() {
        let nothing = Content::nothing(&ours_read.content.name);
        (nothing, ours_read.rest.clone())
    } else {
        let revision = Revision::read(base)?;
        (revision.content, revision.rest)
    };
    if theirs_read.rest != base_rest && theirs_read.rest != ours_read.rest {
        let what = "something other than entries, labels and version".to_owned();
        return Err(NotByMeaning::Elsewhere(what));
    }
    let mut merge = Merge {
        base: &base,
        ours: &ours_read.content,
        theirs: &theirs_read.content,
        edits: Vec::new(),
        removals: Vec::new(),
        insertions: Vec::new(),
        conflicts: BTreeSet::new(),
    };
    merge.labels();
    merge.entries();
    merge.finish(ours, theirs)
}

/// The tree of a file without the registry's name, version, labels and entries.
fn rest(constructor: &Constructor, registry: &ComponentConstructor) -> Result<Value, YamlError> {
    let mut rest = constructor.document.root.to_json()?;
    let component = if rest.get("components").is_some() {
        let components = rest.get_mut("components").and_then(Value::as_array_mut);
        let mut components = components.into_iter().flatten();
        components.find(|component| component["name"] == registry.name.value.as_str())
    } else {
        Some(&mut rest)
    };
    if let Some(members) = component.and_then(Value::as_object_mut) {
        for key in ["version", "labels", "componentReferences", "references"] {
            members.remove(key);
        }
    }
    Ok(rest)
}

/// A merge in progress.
struct Merge<'a> {
    base: &'a Content,
    ours: &'a Content,
    theirs: &'a Content,
    /// Edits that move no entry.
    edits: Vec<Edit>,
    /// Indices of our entries that are removed, ascending.
    removals: Vec<usize>,
    insertions: Vec<Edit>,
    conflicts: BTreeSet<Subject>,
}

/// The entry of an identity, and its index.
fn find<'a>(content: &'a Content, of: &Reference) -> Option<(usize, &'a Reference)> {
    let mut entries = content.entries.iter().enumerate();
    entries.find(|(_, entry)| entry.name == of.name && same_version(&entry.version, &of.version))
}

impl Merge<'_> {
    fn labels(&mut self) {
        let mut labels = fields::labels(&self.base.labels, &self.ours.labels, &self.theirs.labels);
        let conflicts = std::mem::take(&mut labels.conflicts).into_iter();
        self.conflicts.extend(conflicts.map(Subject::Label));
        self.edits.extend(labels.edits(None));
    }

    fn entries(&mut self) {
        for (index, ours) in self.ours.entries.iter().enumerate() {
            let base = find(self.base, ours).map(|(_, entry)| entry);
            match find(self.theirs, ours) {
                Some((_, theirs)) => self.both(index, base, ours, theirs),
                // They removed it.
                None => match base {
                    Some(base) if base == ours => self.removals.push(index),
                    Some(_) => self.conflict(ours),
                    None if self.is_barred(ours, self.theirs) => self.conflict(ours),
                    None => {}
                },
            }
        }
        let theirs = self.theirs;
        for entry in &theirs.entries {
            if find(self.ours, entry).is_some() {
                continue;
            }
            match find(self.base, entry) {
                // We removed it, and they did not change it.
                Some((_, base)) if base == entry => {}
                Some(_) => self.conflict(entry),
                None => self.insert(entry),
            }
        }
    }

    fn both(
        &mut self,
        index: usize,
        base: Option<&Reference>,
        ours: &Reference,
        theirs: &Reference,
    ) {
        let Ok((merged, mut labels)) = fields::entry(base, ours, theirs) else {
            self.conflict(ours);
            return;
        };
        if merged.digest != ours.digest || merged.version != ours.version {
            self.edits.push(Edit::Repin {
                index,
                digest: merged.digest,
                labels: Some(std::mem::take(&mut labels.set)).filter(|set| !set.is_empty()),
                version: (merged.version != ours.version).then_some(merged.version),
            });
        }
        self.edits.extend(labels.edits(Some(index)));
    }

    /// Inserts an entry of theirs.
    fn insert(&mut self, entry: &Reference) {
        let bound = |other: &&Reference| other.name == entry.name;
        let elsewhere = self.ours.entries.iter().find(bound);
        let taken = elsewhere.is_some_and(|other| other.component_name != entry.component_name);
        if taken || self.is_barred(entry, self.ours) || !entry.extra_identity.is_empty() {
            self.conflict(entry);
            return;
        }
        self.insertions.push(Edit::Insert(Entry {
            name: entry.name.clone(),
            version: entry.version.clone(),
            component: entry.component_name.clone(),
            digest: entry.digest.clone(),
            labels: entry.labels().to_vec(),
        }));
    }

    /// Whether a side has a new tombstone for an entry that the other side added.
    fn is_barred(&self, entry: &Reference, side: &Content) -> bool {
        let before = RegistryLabel::of(&self.base.labels).removed;
        let removed = RegistryLabel::of(&side.labels).removed;
        removed.iter().any(|stone| {
            stone.component == entry.component_name
                && stone.covers(&entry.version)
                && !before.contains(stone)
        })
    }

    fn conflict(&mut self, entry: &Reference) {
        let subject = Subject::Entry(entry.name.clone(), entry.version.clone());
        self.conflicts.insert(subject);
    }

    fn finish(mut self, ours: &str, theirs: &str) -> Result<Merged, NotByMeaning> {
        let name = &self.ours.name;
        let mut edits = std::mem::take(&mut self.edits);
        let removals = self.removals.iter().rev();
        edits.extend(removals.map(|&index| Edit::Remove { index }));
        edits.append(&mut self.insertions);
        let mut text = ours.to_owned();
        if !edits.is_empty() {
            text = edit::apply(&text, name, &edits)?;
        }
        let merged = ocm::constructor::parse(&text)?;
        let merged = crate::content::of_constructor(root::registry(&merged)?);
        let version = self.version(&merged);
        if version != self.ours.version {
            text = edit::apply(&text, name, &[Edit::Version(version)])?;
        }
        if self.conflicts.is_empty() {
            return Ok(Merged::Clean(text));
        }
        let subjects: Vec<Subject> = self.conflicts.into_iter().collect();
        let about = subjects.iter().map(Subject::words).collect();
        match marks::mark(&text, theirs, name, &subjects) {
            Some(text) => Ok(Merged::Conflicts { text, about }),
            None => Err(NotByMeaning::Elsewhere(
                "the layout around a conflict".to_owned(),
            )),
        }
    }

    /// The lowest version of the registry that both changes allow.
    fn version(&self, merged: &Content) -> String {
        let parse = |content: &Content| Version::parse(&content.version).ok();
        let (ours, theirs) = (&self.ours.version, &self.theirs.version);
        if *theirs == self.base.version || ours == theirs && *ours == self.base.version {
            return ours.clone();
        }
        if *ours == self.base.version {
            return theirs.clone();
        }
        let (Some(our), Some(their)) = (parse(self.ours), parse(self.theirs)) else {
            return ours.clone();
        };
        let order = our
            .precedence(&their)
            .then_with(|| their.as_str().cmp(our.as_str()));
        let higher = if order.is_lt() { their } else { our };
        let class = |content: &Content| diff(self.base, content, None).class;
        // One side already has all changes of the other.
        let covered = [self.ours, self.theirs]
            .into_iter()
            .any(|side| diff(side, merged, None).class == VersionClass::None);
        if covered {
            return higher.to_string();
        }
        let lesser = class(self.ours).min(class(self.theirs));
        lesser.raise(&higher, Some(&higher)).to_string()
    }
}

impl Subject {
    fn words(&self) -> String {
        match self {
            Self::Entry(name, version) => format!("entry `{name}` {version}"),
            Self::Label(name) => format!("label `{name}` of the registry"),
        }
    }
}
