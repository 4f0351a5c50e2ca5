//! The revision that a change is for.

use std::path::Path;

use keeper::check::Base;
use keeper::policy::Policy;

use crate::report::{Failure, Report};
use crate::repositories::earlier_policy;
use crate::revision;

/// The files of a registry repository in a revision of git.
pub(super) struct Revision {
    name: String,
    /// `None` if the revision has no plugyard.yaml.
    pub(super) policy: Option<Policy>,
    constructor: Option<String>,
}

/// Reads the files at the paths that they have now. A revision that cannot be read is an error, and
/// never one without files.
pub(super) fn read(
    revision: &str,
    policy: &Path,
    constructor: &Path,
    report: &Report,
) -> Result<Revision, Failure> {
    let name = format!("git:{revision}");
    let parse = |text: String| {
        let file = format!("{name}:{}", policy.display());
        earlier_policy(&text, policy, &file, report)
    };
    Ok(Revision {
        policy: revision::read(revision, policy)?.map(parse).transpose()?,
        constructor: revision::read(revision, constructor)?,
        name,
    })
}

impl Revision {
    pub(super) fn as_base(&self) -> Base<'_> {
        Base {
            name: &self.name,
            policy: self.policy.as_ref(),
            constructor: self.constructor.as_deref(),
        }
    }
}
