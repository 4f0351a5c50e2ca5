//! Arguments of what reads registries.

use clap::{Args, ValueEnum};
use ocm::{ComponentRef, Version};

use super::value::{component_ref, entry};

/// Registries to read.
#[derive(Debug, Args)]
pub(crate) struct Registries {
    #[arg(
        long = "registry",
        value_name = "REF",
        value_parser = component_ref,
        help = "A registry to read, REPO//COMPONENT[:VERSION]; repeatable [env: PLUGYARD_REGISTRY]"
    )]
    pub(crate) references: Vec<ComponentRef>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only names that match: `*` and `?` as in file names, or a part of name or description
    pub(crate) pattern: Option<String>,
    #[command(flatten)]
    pub(crate) registries: Registries,
    /// Every version instead of the newest of each plugin
    #[arg(long)]
    pub(crate) all: bool,
    /// Take pre-releases for the newest version, too
    #[arg(long)]
    pub(crate) pre: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: ListOutput,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ListOutput {
    #[default]
    Table,
    Wide,
    Json,
    Yaml,
    Ndjson,
}

#[derive(Debug, Args)]
pub(crate) struct Info {
    /// The plugin; the latest version if none is given
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    #[command(flatten)]
    pub(crate) registries: Registries,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: DocumentOutput,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum DocumentOutput {
    #[default]
    Text,
    Json,
    Yaml,
}
