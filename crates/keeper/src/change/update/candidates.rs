//! Which versions of a plugin are newer than what a registry has.

use ocm::constructor::{ReferenceConstructor, values};
use ocm::version::Part;
use ocm::{Label, Version};
use registry::offer::{Candidate, Offer, PreReleases};

/// The newest entries of a plugin; see [`registry::offer`].
pub(super) struct Newest<'a> {
    /// What users get, if it is stable.
    stable: Option<&'a ReferenceConstructor>,
    /// What users of pre-releases get.
    any: Option<&'a ReferenceConstructor>,
    /// Whether that is a mutable version.
    mutable: bool,
}

impl<'a> Newest<'a> {
    pub(super) fn of(
        entries: &[(usize, &'a ReferenceConstructor)],
        is_mutable: impl Fn(&ReferenceConstructor) -> bool,
    ) -> Self {
        let newest = |pre_releases| {
            let candidate = |entry: &'a ReferenceConstructor| {
                let labels: Vec<Label> = values(&entry.labels);
                Candidate {
                    moving: is_mutable(entry),
                    // A yanked version is no reason to bring back those below it.
                    yanked: false,
                    ..Candidate::new(entry.version.value.as_str(), &labels)
                }
            };
            let entries = entries.iter().map(|&(_, entry)| entry);
            let offer = Offer::choose(entries, candidate, pre_releases);
            offer.map(|offer| offer.newest)
        };
        let any = newest(PreReleases::Equal);
        let stable = newest(PreReleases::AfterStable);
        Self {
            stable: stable.filter(|entry| !entry.version.value.is_pre_release()),
            any,
            mutable: any.is_some_and(is_mutable),
        }
    }

    /// What users of pre-releases get.
    pub(super) fn entry(&self) -> Option<&'a ReferenceConstructor> {
        self.any
    }

    /// The versions to propose, each with the one it is newer than: the highest stable one, and
    /// the highest of all if pre-releases are included or the highest entry is one.
    pub(super) fn candidates(
        &self,
        versions: &[Version],
        only: Option<Part>,
        pre: bool,
    ) -> Vec<(String, Version)> {
        let Some(any) = self.any.map(|entry| &entry.version.value) else {
            return Vec::new();
        };
        let stable = self.stable.map_or(any, |entry| &entry.version.value);
        let mut candidates = Vec::new();
        let best = highest(versions, stable, only, |version| !version.is_pre_release());
        if let Some(version) = best {
            candidates.push((stable.to_string(), version.clone()));
        }
        if pre || any.is_pre_release() && !self.mutable {
            let ahead = best.filter(|best| best.precedence(any).is_gt());
            let best = highest(versions, any, only, Version::is_pre_release);
            let newer =
                best.filter(|version| ahead.is_none_or(|ahead| version.precedence(ahead).is_gt()));
            candidates.extend(newer.map(|version| (any.to_string(), version.clone())));
        }
        candidates
    }
}

/// The highest version above another, as far as `only` allows. Of several spellings of one
/// version, the first by text.
fn highest<'a>(
    versions: &'a [Version],
    above: &Version,
    only: Option<Part>,
    wanted: impl Fn(&Version) -> bool,
) -> Option<&'a Version> {
    let same = match only {
        None | Some(Part::Major) => 0,
        Some(Part::Minor) => 1,
        Some(Part::Patch) => 2,
    };
    let candidates = versions.iter().filter(|version| {
        wanted(version)
            && version.precedence(above).is_gt()
            && version.numbers()[..same] == above.numbers()[..same]
    });
    candidates.max_by(|one, other| {
        one.precedence(other)
            .then_with(|| other.as_str().cmp(one.as_str()))
    })
}
