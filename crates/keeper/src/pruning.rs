//! Which versions of a plugin `keep` of plugyard.yaml retains.

use std::num::NonZeroUsize;

use ocm::Version;

/// The versions of a plugin that are retained: the newest `keep` stable ones, and the newest
/// `keep` pre-releases that are newer than the oldest of those.
///
/// With `keep: 1`, of 1.0.0, 1.1.0-rc.1, 1.1.0 and 1.2.0-rc.1 the last two are retained.
#[derive(Debug)]
pub(crate) struct Retention<'a> {
    /// The oldest stable version that is retained.
    stable: Option<&'a Version>,
    /// The oldest pre-release that is retained.
    pre: Option<&'a Version>,
}

impl<'a> Retention<'a> {
    /// `counted` are the versions that count: those that are neither yanked nor mutable.
    pub(crate) fn of(keep: NonZeroUsize, mut counted: Vec<&'a Version>) -> Self {
        counted.sort_by(|one, other| other.precedence(one));
        let newest = |pre: bool| {
            let of_kind = counted
                .iter()
                .filter(move |version| version.is_pre_release() == pre);
            of_kind.take(keep.get()).copied()
        };
        let stable = newest(false).last();
        let pre = newest(true)
            .filter(|version| stable.is_none_or(|oldest| version.precedence(oldest).is_gt()))
            .last();
        Self { stable, pre }
    }

    /// Returns whether a version is retained. A yanked one is, as long as it is not older than
    /// every other retained version.
    pub(crate) fn keeps(&self, version: &Version, yanked: bool) -> bool {
        let oldest = match (yanked, version.is_pre_release()) {
            (true, _) => self.stable.or(self.pre),
            (false, true) => {
                return self
                    .pre
                    .is_some_and(|oldest| version.precedence(oldest).is_ge());
            }
            (false, false) => self.stable,
        };
        oldest.is_none_or(|oldest| version.precedence(oldest).is_ge())
    }
}
