//! Which version of a plugin users get: the newest one.
//!
//! Among versions that are not yanked the highest stable one, else the highest pre-release, else
//! a mutable one; if all are yanked, the same among those. Every command and every rule that
//! needs the newest version asks here.

use std::cmp::Ordering;
use std::fmt;

use ocm::version::{self, Version};
use ocm::{Label, Reference};

use crate::labels::{EntryLabel, Yanked};

/// What counts when versions of one plugin compete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The version; one that is not a semantic version is offered only where there is no other.
    pub version: &'a str,
    /// Whether it must not be used any more.
    pub yanked: bool,
    /// Whether it is mutable.
    pub moving: bool,
}

/// How pre-releases compete with stable versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreReleases {
    /// A pre-release is offered only where no stable version is.
    #[default]
    AfterStable,
    /// Only the order of semver counts.
    Equal,
}

impl<'a> Candidate<'a> {
    /// A version with what the labels of its entry say; a label that is not understood counts as
    /// absent.
    pub fn new(version: &'a str, labels: &[Label]) -> Self {
        let label = EntryLabel::of(labels);
        Self {
            version,
            yanked: label.yanked.is_some(),
            moving: label.moving,
        }
    }

    /// Compares which of two versions of a plugin is offered: the greater one. Of several
    /// spellings of one version the first by text is, so that the order of entries does not
    /// matter.
    fn compare(&self, other: &Self, pre_releases: PreReleases) -> Ordering {
        let rank = |candidate: &Self| {
            let version = Version::parse(candidate.version).ok();
            let is_stable = version
                .as_ref()
                .is_some_and(|version| !version.is_pre_release());
            (
                !candidate.yanked,
                version.is_some(),
                !candidate.moving,
                is_stable || pre_releases == PreReleases::Equal,
            )
        };
        let by_semver = || match version::compare(self.version, other.version) {
            order if crate::precedence::same_version(self.version, other.version) => {
                order.reverse()
            }
            order => order,
        };
        rank(self).cmp(&rank(other)).then_with(by_semver)
    }
}

/// The newest version of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<T> {
    /// What users get.
    pub newest: T,
    /// What they would get if it were not yanked; `None` if nothing newer is yanked.
    pub withheld: Option<T>,
}

impl<T: Copy> Offer<T> {
    /// Chooses among the versions of one plugin; `None` if there are none. `candidate` says what
    /// counts of each.
    pub fn choose<'a>(
        versions: impl IntoIterator<Item = T>,
        candidate: impl Fn(T) -> Candidate<'a>,
        pre_releases: PreReleases,
    ) -> Option<Self> {
        // The best one, and the best one if nothing were yanked.
        let mut best: Option<[(T, Candidate<'a>); 2]> = None;
        for version in versions {
            let own = candidate(version);
            let Some([newest, highest]) = &mut best else {
                best = Some([(version, own); 2]);
                continue;
            };
            if own.compare(&newest.1, pre_releases).is_gt() {
                *newest = (version, own);
            }
            let unyanked = |candidate: Candidate<'a>| Candidate {
                yanked: false,
                ..candidate
            };
            if unyanked(own)
                .compare(&unyanked(highest.1), pre_releases)
                .is_gt()
            {
                *highest = (version, own);
            }
        }
        let [(newest, chosen), (highest, unrestricted)] = best?;
        let is_withheld = unrestricted.yanked && !chosen.yanked;
        Some(Self {
            newest,
            withheld: is_withheld.then_some(highest),
        })
    }
}

/// The highest version of a plugin is yanked, and users get a lower one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Name of the entry.
    pub name: String,
    /// The yanked version.
    pub version: String,
    /// The version that users get.
    pub newest: String,
    /// Why it is yanked.
    pub yanked: Yanked,
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            version,
            newest,
            yanked,
        } = self;
        write!(
            f,
            "`{name}` {version} is yanked, so {newest} is the newest version: {yanked}"
        )
    }
}

/// The newest of the entries of one name.
pub fn newest<'a>(entries: &[&'a Reference]) -> Option<&'a Reference> {
    newest_of(entries, |entry| {
        Candidate::new(&entry.version, entry.labels())
    })
}

/// The newest of the entries of one name, by what `candidate` says of each.
pub(crate) fn newest_of<'a>(
    entries: &[&'a Reference],
    candidate: impl Fn(&'a Reference) -> Candidate<'a>,
) -> Option<&'a Reference> {
    // Maximum number of plugins have one version: no label has to be read.
    if let [only] = entries {
        return Some(only);
    }
    let offer = Offer::choose(entries.iter().copied(), candidate, PreReleases::AfterStable);
    offer.map(|offer| offer.newest)
}
