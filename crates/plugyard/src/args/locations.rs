//! The locations that a command line names.

use ocm::{ComponentRef, RepositorySpec};

use super::{Against, Command, Component, Location, Plugin};

impl Command {
    /// Every repository that is named by an argument, and so by the user, unlike those that files
    /// or published labels name.
    pub(crate) fn locations(&self) -> Vec<RepositorySpec> {
        let of = |reference: &ComponentRef| reference.repository.clone();
        // An argument that may also be a file or a revision.
        let maybe = |text: &String| text.parse().ok().map(|reference| of(&reference));
        let location = |location: &Location| location.repository.clone();
        match self {
            Self::Init(init) => {
                let from = init.from.as_ref().map(of);
                from.into_iter().chain(init.repository.clone()).collect()
            }
            Self::Add(add) => {
                let own = location(&add.change.files.location);
                add.from.clone().into_iter().chain(own).collect()
            }
            Self::Update(update) => location(&update.change.files.location)
                .into_iter()
                .collect(),
            Self::Remove(remove) => location(&remove.files.location).into_iter().collect(),
            Self::Yank(yank) => location(&yank.files.location).into_iter().collect(),
            Self::Bump(bump) => location(&bump.files.location).into_iter().collect(),
            Self::Publish(publish) => location(&publish.files.location).into_iter().collect(),
            Self::Diff(diff) => {
                let operands = [&diff.old, &diff.new].into_iter().flatten();
                let own = location(&diff.files.location);
                operands.filter_map(maybe).chain(own).collect()
            }
            Self::Check(check) => {
                let against = match &check.against {
                    Some(Against::Reference(reference)) => Some(of(reference)),
                    Some(Against::Revision(_)) | None => None,
                };
                let own = location(&check.files.location);
                against.into_iter().chain(own).collect()
            }
            Self::List(list) => list.registries.references.iter().map(of).collect(),
            Self::Info(info) => info.registries.references.iter().map(of).collect(),
            Self::Plugin(Plugin::Publish(publish)) => {
                location(&publish.location).into_iter().collect()
            }
            Self::Component(
                Component::Get { reference, .. } | Component::Verify { reference, .. },
            ) => {
                vec![of(reference)]
            }
            Self::Component(Component::Hash(hash)) => maybe(&hash.what).into_iter().collect(),
            Self::Plugin(Plugin::Inspect { .. })
            | Self::MergeDriver(_)
            | Self::Fmt(_)
            | Self::Completions { .. } => Vec::new(),
        }
    }
}
