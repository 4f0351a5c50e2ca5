//! Which versions of a plugin stay where `keep` of plugyard.yaml says how many.

use std::num::NonZeroUsize;

use ocm::Version;

/// What stays of a plugin: the newest stable versions, as many as shall be kept, and as many of
/// the newest pre-releases, as far as they are newer than the oldest stable one that stays.
#[derive(Debug)]
pub(crate) struct Staying<'a> {
    /// The oldest stable version that stays.
    stable: Option<&'a Version>,
    /// The oldest pre-release that stays.
    pre: Option<&'a Version>,
}

impl<'a> Staying<'a> {
    /// Works it out from all versions that count: those that are neither yanked nor moving.
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

    /// Says whether a version stays. A yanked one goes with what is older than all that stays.
    pub(crate) fn stays(&self, version: &Version, yanked: bool) -> bool {
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
