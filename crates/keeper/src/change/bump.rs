//! Raising the version of a registry.

use ocm::Version;
use ocm::version::Part;

use super::{Change, ChangeError, Keeper, UnpublishedChanges};
use crate::edit::{self, Edit};
use registry::version_class::VersionClass;

impl Keeper<'_> {
    /// Raises the version of the registry to what all changes since the last published version
    /// call for, or to `part` if that is more. It is never lowered. While nothing is published,
    /// only an explicit `part` raises it.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn bump(&self, part: Option<Part>) -> Result<Change, ChangeError> {
        let registry = self.registry()?;
        let current = &registry.version.value;
        let new = crate::content::of_folder(registry, self.folder)?;
        let since = match self.published {
            Some(repository) => UnpublishedChanges::of(repository, &new).await?,
            None => None,
        };
        let asked = part.map_or(VersionClass::None, VersionClass::from);
        let (to, class, reasons) = if let (Some(since), Some(repository)) = (since, self.published)
        {
            let class = since.diff.class.max(asked);
            let to = since.raise(class, current, repository, &new).await?;
            (to, class, since.diff.reasons)
        } else {
            let to = part.map_or_else(|| current.clone(), |part| current.raised(part));
            (to, asked, Vec::new())
        };
        Ok(Change {
            from: current.to_string(),
            to: to.to_string(),
            class,
            reasons,
            changes: Vec::new(),
            failed: Vec::new(),
            pruned: Vec::new(),
            held_back: Vec::new(),
            text: self.with_version(&to)?,
        })
    }

    fn with_version(&self, to: &Version) -> Result<String, ChangeError> {
        let registry = self.registry()?;
        if *to == registry.version.value {
            return Ok(self.text.to_owned());
        }
        let edits = [Edit::Version(to.to_string())];
        Ok(edit::apply(self.text, &registry.name.value, &edits)?)
    }
}
