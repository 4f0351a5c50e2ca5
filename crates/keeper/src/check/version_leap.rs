//! Versions so far above the latest one that they use up the numbers between.

use ocm::Version;

/// How far a number of a version may be above that of the latest published one. Skipping a few is
/// fine: two merges in quick succession publish one version.
pub(super) const LEAP: u64 = 1000;

/// The largest number of a first version: far above real ones, far below what can be raised.
const FIRST: u64 = u32::MAX as u64;

/// The first number of a version that is too far above the latest published version; `None` if
/// there is none.
pub(super) fn excessive_number(version: &Version, latest: Option<&Version>) -> Option<u64> {
    let limits = match latest {
        Some(latest) => latest.numbers().map(|number| number.saturating_add(LEAP)),
        None => [FIRST; 3],
    };
    let numbers = version.numbers().into_iter();
    numbers
        .zip(limits)
        .find(|(number, limit)| number > limit)
        .map(|(number, _)| number)
}
