//! Arguments of `list` and `info`.

use clap::{Args, ValueEnum};
use ocm::ComponentRef;
use registry::EntryId;

use super::value::component_ref;

/// Registries to read.
#[derive(Debug, Args)]
pub(crate) struct Registries {
    #[arg(
        long = "registry",
        value_name = "REF",
        value_parser = component_ref,
        help = "Registry to read: REPO//COMPONENT[:VERSION]; repeatable [env: PLUGYARD_REGISTRY]"
    )]
    pub(crate) references: Vec<ComponentRef>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Show only matching plugins: a glob for the name, or a part of the name or description
    pub(crate) pattern: Option<String>,
    #[command(flatten)]
    pub(crate) registries: Registries,
    /// List every version, not only the newest of each plugin
    #[arg(long)]
    pub(crate) all: bool,
    /// Include pre-releases when choosing the newest version
    #[arg(long)]
    pub(crate) pre: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
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
    /// Plugin to show [default version: the newest]
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) entry: EntryId,
    #[command(flatten)]
    pub(crate) registries: Registries,
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: DocumentOutput,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum DocumentOutput {
    #[default]
    Text,
    Json,
    Yaml,
}
