//! Arguments of what changes a registry.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ocm::{ComponentRef, RepositorySpec, Version};

use super::Files;
use super::value::{component_ref, component_version, entry, reason, repository};

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Folder to make it in
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Component name of the registry, such as acme.org/plugin-registry
    #[arg(long, value_name = "COMPONENT", required_unless_present = "from")]
    pub(crate) name: Option<String>,
    #[arg(
        long,
        value_name = "REF",
        value_parser = component_ref,
        help = "Take over this published registry, its entries pinned and labelled anew"
    )]
    pub(crate) from: Option<ComponentRef>,
    /// Where it will be published; stored in plugyard.yaml
    #[arg(short, long, value_name = "REPO", value_parser = repository)]
    pub(crate) repository: Option<RepositorySpec>,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Plugins to add; the latest version if none is given
    #[arg(required = true, value_name = "COMPONENT[:VERSION]", value_parser = component_version)]
    pub(crate) components: Vec<(String, Option<Version>)>,
    /// Name of the entry; the last segment of the component if absent
    #[arg(long, value_name = "N")]
    pub(crate) name: Option<String>,
    /// Where to look for the plugins first
    #[arg(long, value_name = "REPO", value_parser = repository)]
    pub(crate) from: Option<RepositorySpec>,
    /// Take pre-releases for the latest version, too
    #[arg(long)]
    pub(crate) pre: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: ChangeOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ChangeOutput {
    #[default]
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Plugins to look at; all if none is given
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Take this version of the one plugin that is named
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["only", "repin"])]
    pub(crate) to: Option<Version>,
    /// Only take versions that differ in nothing more than this number
    #[arg(long, value_enum, value_name = "PART", conflicts_with = "repin")]
    pub(crate) only: Option<Reach>,
    /// Take pre-releases, too
    #[arg(long, conflicts_with = "repin")]
    pub(crate) pre: bool,
    /// Compute pins and labels of what is there again
    #[arg(long)]
    pub(crate) repin: bool,
    /// Plugins that are looked at at once
    #[arg(long, value_name = "N", default_value_t = keeper::change::JOBS)]
    pub(crate) jobs: usize,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// How far an update goes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reach {
    Patch,
    Minor,
}

/// A number of a version.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum VersionPart {
    Patch,
    Minor,
    Major,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The entry; without a version all versions of the plugin
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    /// Why; published with the registry
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Yank {
    /// The entry; without a version all versions of the plugin
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    /// Why; published with the registry
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    /// The entry to use instead
    #[arg(long = "use", value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) instead: Option<(String, Option<Version>)>,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Bump {
    /// What to raise at least; what the change calls for if absent
    #[arg(value_enum, value_name = "PART")]
    pub(crate) part: Option<VersionPart>,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct MergeDriver {
    /// File with the common ancestor (%O)
    pub(crate) base: PathBuf,
    /// File with our version (%A); the result is written to it
    pub(crate) ours: PathBuf,
    /// File with their version (%B)
    pub(crate) theirs: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Change nothing, explain what would change, and exit with 3 if something would
    #[arg(long)]
    pub(crate) check: bool,
    /// The registry's constructor
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "component-constructor.yaml"
    )]
    pub(crate) constructor: PathBuf,
}
