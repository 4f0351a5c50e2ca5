//! Which rows are wanted.

use ocm::glob::Glob;

use super::{Listing, Notice, Row};
use crate::offer::{Candidate, Offer, PreReleases, Withheld};

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Every version instead of the newest of each plugin.
    pub all: bool,
    /// How pre-releases compete for being the newest.
    pub pre_releases: PreReleases,
    /// Only names that match: `*` and `?` as in file names, or a part of name or description.
    pub pattern: Option<String>,
}

impl Selection {
    /// Drops the rows that are not wanted. Of each registry the newest version of a plugin stays,
    /// see [`crate::offer`]; versions of different registries never compete.
    pub fn apply(&self, listing: &mut Listing<'_>) {
        let Listing { rows, notices } = listing;
        if let Some(pattern) = &self.pattern {
            let matches = matcher(pattern);
            rows.retain(matches);
        }
        if self.all {
            return;
        }
        let is_one_plugin = |left: &Row<'_>, right: &Row<'_>| {
            left.registry == right.registry && left.name == right.name
        };
        let mut kept = Vec::with_capacity(rows.len());
        for versions in rows.chunk_by(is_one_plugin) {
            let offer = Offer::choose(versions, candidate, self.pre_releases);
            let newest = offer.map(|offer| offer.newest);
            kept.extend(
                versions
                    .iter()
                    .map(|row| newest.is_some_and(|newest| std::ptr::eq(newest, row))),
            );
            notices.extend(offer.and_then(notice));
        }
        let mut kept = kept.into_iter();
        rows.retain(|_| kept.next().unwrap_or_default());
    }
}

fn candidate<'a>(row: &'a Row<'_>) -> Candidate<'a> {
    Candidate {
        version: &row.version,
        yanked: row.yanked.is_some(),
        moving: row.moving,
    }
}

fn notice(offer: Offer<&Row<'_>>) -> Option<Notice> {
    let withheld = offer.withheld?;
    Some(Notice::Withheld {
        registry: withheld.registry.to_owned(),
        withheld: Withheld {
            name: withheld.name.to_string(),
            version: withheld.version.to_string(),
            newest: offer.newest.version.to_string(),
            yanked: withheld.yanked.clone()?,
        },
    })
}

/// Matches the whole name if there are wildcards, else a part of name or description.
fn matcher(pattern: &str) -> impl Fn(&Row<'_>) -> bool {
    let wildcards = pattern
        .contains(['*', '?'])
        .then(|| Glob::wildcards(pattern));
    let part = pattern.to_lowercase();
    move |row| match &wildcards {
        Some(glob) => glob.matches(&row.name),
        None => row.name.contains(&part) || row.description.to_lowercase().contains(&part),
    }
}
