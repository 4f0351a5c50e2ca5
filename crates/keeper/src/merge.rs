//! Merging two changes of a constructor by meaning.
//!
//! What they changed is done to our text by edits, so that it keeps its comments and layout. What
//! both changed differently is left between conflict markers.

mod fields;
mod marks;

use std::collections::BTreeSet;

use ocm::constructor::{ComponentConstructor, Constructor, ConstructorError};
use ocm::yaml::YamlError;
use ocm::{Reference, Version};
use serde_json::Value;

use self::marks::Place;
use crate::edit::{self, Edit, EditError, Entry};
use crate::root::{self, SeveralRoots};
use registry::diff::{Content, diff};
use registry::labels::RegistryLabel;
use registry::precedence::same_version;
use registry::version_class::VersionClass;

/// What came of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// All changes of both sides.
    Clean(String),
    /// Some are in conflict, and stand between markers.
    Conflicts {
        /// The text with markers.
        text: String,
        /// What is in conflict, in words.
        about: Vec<String>,
    },
}

/// Why constructors cannot be merged by meaning: their lines have to be merged.
#[derive(Debug, thiserror::Error)]
pub enum NotByMeaning {
    /// A side is no constructor.
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
    /// Something changed that no edit writes.
    #[error("{0} changed, which is not merged by meaning")]
    Elsewhere(String),
}

/// A side that was read.
struct Side {
    content: Content,
    /// The file apart from what is merged by meaning.
    rest: Value,
}

impl Side {
    fn read(text: &str) -> Result<Self, NotByMeaning> {
        let constructor = ocm::constructor::parse(text)?;
        let registry = root::registry(&constructor)?;
        let content = crate::content::of_constructor(registry);
        let rest = rest(&constructor, registry)?;
        Ok(Self { content, rest })
    }
}

/// Merges what changed from `base` to `theirs` into `ours`. An empty `base` stands for no common
/// ancestor.
///
/// The version of the registry becomes the first that both changes call for: the higher one,
/// raised by the lesser of both changes.
///
/// # Errors
/// A side is no constructor, or something changed that is not merged by meaning.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Result<Merged, NotByMeaning> {
    if ours == theirs || base == theirs {
        return Ok(Merged::Clean(ours.to_owned()));
    }
    if base == ours {
        return Ok(Merged::Clean(theirs.to_owned()));
    }
    let (our_side, their_side) = (Side::read(ours)?, Side::read(theirs)?);
    let (base, base_rest) = if base.trim().is_empty() {
        let nothing = Content::nothing(&our_side.content.name);
        (nothing, our_side.rest.clone())
    } else {
        let side = Side::read(base)?;
        (side.content, side.rest)
    };
    if their_side.rest != base_rest && their_side.rest != our_side.rest {
        let what = "something other than entries, labels and version".to_owned();
        return Err(NotByMeaning::Elsewhere(what));
    }
    let mut work = Work {
        base: &base,
        ours: &our_side.content,
        theirs: &their_side.content,
        edits: Vec::new(),
        removals: Vec::new(),
        insertions: Vec::new(),
        conflicts: BTreeSet::new(),
    };
    work.labels();
    work.entries();
    work.finish(ours, theirs)
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

/// A merge that is going on.
struct Work<'a> {
    base: &'a Content,
    ours: &'a Content,
    theirs: &'a Content,
    /// Edits that move no entry.
    edits: Vec<Edit>,
    /// Indices of our entries that go, ascending.
    removals: Vec<usize>,
    insertions: Vec<Edit>,
    conflicts: BTreeSet<Place>,
}

/// The entry of an identity, and its index.
fn find<'a>(content: &'a Content, of: &Reference) -> Option<(usize, &'a Reference)> {
    let mut entries = content.entries.iter().enumerate();
    entries.find(|(_, entry)| entry.name == of.name && same_version(&entry.version, &of.version))
}

impl Work<'_> {
    fn labels(&mut self) {
        let mut labels = fields::labels(&self.base.labels, &self.ours.labels, &self.theirs.labels);
        let conflicts = std::mem::take(&mut labels.conflicts).into_iter();
        self.conflicts.extend(conflicts.map(Place::Label));
        self.edits.extend(labels.edits(None));
    }

    fn entries(&mut self) {
        for (index, ours) in self.ours.entries.iter().enumerate() {
            let base = find(self.base, ours).map(|(_, entry)| entry);
            match find(self.theirs, ours) {
                Some((_, theirs)) => self.both(index, base, ours, theirs),
                // They took it out.
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
                // We took it out, and they left it as it was.
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

    /// Takes an entry of theirs in.
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

    /// Says whether a side has a tombstone for what the other one added.
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
        let place = Place::Entry(entry.name.clone(), entry.version.clone());
        self.conflicts.insert(place);
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
        let places: Vec<Place> = self.conflicts.into_iter().collect();
        let about = places.iter().map(Place::words).collect();
        match marks::mark(&text, theirs, name, &places) {
            Some(text) => Ok(Merged::Conflicts { text, about }),
            None => Err(NotByMeaning::Elsewhere("the layout of what".to_owned())),
        }
    }

    /// The first version of the registry that both changes call for.
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
        // One side has all of the other's changes.
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

impl Place {
    fn words(&self) -> String {
        match self {
            Self::Entry(name, version) => format!("entry `{name}` {version}"),
            Self::Label(name) => format!("label `{name}` of the registry"),
        }
    }
}
