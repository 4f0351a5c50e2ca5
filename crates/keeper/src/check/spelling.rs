//! Labels whose names are almost those of labels that Plugyard reads.

use ocm::Label;
use registry::labels::{ENTRY, PLUGIN, PLUGIN_INFO, REGISTRY};

/// The names that a misspelt label may have been meant to be.
const NAMES: [&str; 4] = [ENTRY, REGISTRY, PLUGIN_INFO, PLUGIN];
/// Maximum number of letters that differ.
const LETTERS: usize = 2;

/// The name that a label was probably meant to have, if it is not that name itself.
pub(super) fn intended(name: &str) -> Option<&'static str> {
    let near = |intended: &&&str| {
        let exact = name == **intended;
        !exact && strsim::levenshtein(&name.to_lowercase(), &intended.to_lowercase()) <= LETTERS
    };
    if NAMES.contains(&name) {
        return None;
    }
    NAMES.iter().find(near).copied()
}

/// The name of a label that was probably meant to be `name`.
pub(super) fn misspelt<'a>(labels: &'a [Label], name: &str) -> Option<&'a str> {
    let mut names = labels.iter().map(|label| label.name.as_str());
    names.find(|candidate| intended(candidate) == Some(name))
}
