//! `plugin.registry.config.ocm.software`: the plugin registries of a user.

use super::ConfigError;
use super::source::Source;
use crate::component_ref::ComponentRef;
use crate::yaml::Node;

pub(super) fn read(source: Source<'_>, item: &Node) -> Result<Vec<ComponentRef>, ConfigError> {
    let registries = source.list(item, "registries")?.iter();
    let one = |node| {
        let text = source.text_of(node)?;
        text.parse()
            .map_err(|error: crate::component_ref::InvalidRef| {
                source.wrong(node, format!("{error}; {}", error.hint()))
            })
    };
    registries.map(one).collect()
}
