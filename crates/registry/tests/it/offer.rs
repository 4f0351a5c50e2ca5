//! Which version of a plugin users get.

use registry::offer::{Candidate, Offer, PreReleases};

/// A version as `1.0.0`, with `y` for yanked and `m` for mutable after a space.
fn candidate(text: &str) -> Candidate<'_> {
    let (version, marks) = text.split_once(' ').unwrap_or((text, ""));
    Candidate {
        version,
        yanked: marks.contains('y'),
        moving: marks.contains('m'),
    }
}

#[test]
fn the_newest_version_is_chosen_as_the_design_says() {
    // (versions, newest, newest with pre-releases, withheld)
    for (versions, newest, with_pre_releases, withheld) in [
        (&["1.0.0", "10.0.0", "9.0.0"][..], "10.0.0", "10.0.0", None),
        (&["1.0.0", "2.0.0-rc.1"], "1.0.0", "2.0.0-rc.1", None),
        (
            &["2.0.0-rc.1", "2.0.0-rc.10"],
            "2.0.0-rc.10",
            "2.0.0-rc.10",
            None,
        ),
        // Yanked.
        (&["1.0.0", "2.0.0 y"], "1.0.0", "1.0.0", Some("2.0.0 y")),
        (&["1.0.0 y", "2.0.0"], "2.0.0", "2.0.0", None),
        (&["1.0.0 y", "2.0.0 y"], "2.0.0 y", "2.0.0 y", None),
        (
            &["1.0.0 y", "1.1.0-rc.1"],
            "1.1.0-rc.1",
            "1.1.0-rc.1",
            Some("1.0.0 y"),
        ),
        (&["1.0.0", "1.1.0-rc.1 y"], "1.0.0", "1.0.0", None),
        // Mutable.
        (&["3.0.0 m", "1.0.0-rc.1"], "1.0.0-rc.1", "1.0.0-rc.1", None),
        (
            &["3.0.0 m", "4.0.0-main m"],
            "3.0.0 m",
            "4.0.0-main m",
            None,
        ),
        (
            &["3.0.0 m", "1.0.0 y"],
            "3.0.0 m",
            "3.0.0 m",
            Some("1.0.0 y"),
        ),
        // Not a version.
        (&["latest", "0.0.1-rc.1"], "0.0.1-rc.1", "0.0.1-rc.1", None),
        (&["latest", "0.0.1 m"], "0.0.1 m", "0.0.1 m", None),
        (&["latest"], "latest", "latest", None),
        // Spellings of one version.
        (&["v1.0.0", "1.0.0", "1.0"], "1.0", "1.0", None),
    ] {
        let mut versions = versions.to_vec();
        for _ in 0..2 {
            let choose = |pre_releases| {
                Offer::choose(versions.iter().copied(), candidate, pre_releases).unwrap()
            };
            let offer = choose(PreReleases::AfterStable);
            assert_eq!(
                (offer.newest, offer.withheld),
                (newest, withheld),
                "{versions:?}"
            );
            assert_eq!(
                choose(PreReleases::Equal).newest,
                with_pre_releases,
                "{versions:?}"
            );
            versions.reverse();
        }
    }
    let none = Offer::choose([], candidate, PreReleases::AfterStable);
    assert_eq!(none, None);
}
