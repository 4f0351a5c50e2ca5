//! Which versions of a plugin are newer than what a registry has.

use ocm::Version;
use ocm::constructor::ReferenceConstructor;
use ocm::version::Part;

/// The newest entries of a plugin. Mutable versions count only if there are no others.
pub(super) struct Newest<'a> {
    /// The highest stable one.
    stable: Option<&'a ReferenceConstructor>,
    /// The highest of all.
    any: Option<&'a ReferenceConstructor>,
    /// Whether the highest of all is a mutable version.
    mutable: bool,
}

impl<'a> Newest<'a> {
    pub(super) fn of(
        entries: &[(usize, &'a ReferenceConstructor)],
        is_mutable: impl Fn(&ReferenceConstructor) -> bool,
    ) -> Self {
        let entries = entries.iter().map(|&(_, entry)| entry);
        let (mutable, fixed): (Vec<_>, Vec<_>) = entries.partition(|entry| is_mutable(entry));
        let counted = if fixed.is_empty() { &mutable } else { &fixed };
        let highest = |stable: bool| {
            let candidates = counted
                .iter()
                .copied()
                .filter(|entry| !stable || !entry.version.value.is_pre_release());
            candidates.max_by(|one, other| one.version.value.precedence(&other.version.value))
        };
        Self {
            stable: highest(true),
            any: highest(false),
            mutable: fixed.is_empty(),
        }
    }

    /// The highest of all.
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
