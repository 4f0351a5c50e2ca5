//! Arguments of the commands that create or change a registry.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ocm::{ComponentRef, RepositorySpec, Version};

use super::Files;
use super::value::{
    component, component_ref, component_version, duration, entry, reason, repository,
};

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Directory to create the files in
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Component name of the registry, such as acme.org/plugin-registry
    #[arg(long, value_name = "COMPONENT", required_unless_present = "from")]
    pub(crate) name: Option<String>,
    #[arg(
        long,
        value_name = "REF",
        value_parser = component_ref,
        help = "Import this published registry; its entries are re-pinned and re-labelled"
    )]
    pub(crate) from: Option<ComponentRef>,
    /// Repository it will be published to; stored in plugyard.yaml
    #[arg(short, long, value_name = "REPO", value_parser = repository)]
    pub(crate) repository: Option<RepositorySpec>,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Plugin to add [default version: the latest]; repeatable
    #[arg(required = true, value_name = "COMPONENT[:VERSION]", value_parser = component_version)]
    pub(crate) components: Vec<(String, Option<Version>)>,
    /// Name of the entry [default: the last segment of the component name]
    #[arg(long, value_name = "N")]
    pub(crate) name: Option<String>,
    /// Repository to search first
    #[arg(long, value_name = "REPO", value_parser = repository)]
    pub(crate) from: Option<RepositorySpec>,
    /// Include pre-releases when choosing the latest version
    #[arg(long)]
    pub(crate) pre: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Show the changes without writing them
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
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
    /// Plugins to update [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Add exactly this version of the named plugin
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["only", "repin"])]
    pub(crate) to: Option<Version>,
    /// Component of the named plugin, which is added if the registry does not have it
    #[arg(
        long,
        value_name = "COMPONENT",
        value_parser = component,
        conflicts_with_all = ["only", "repin"]
    )]
    pub(crate) component: Option<String>,
    /// How long to keep trying while the version is not found, such as 30s or 5m
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "to")]
    pub(crate) wait: Option<Duration>,
    /// Allow patch updates only, or minor and patch updates only
    #[arg(long, value_enum, value_name = "PART", conflicts_with = "repin")]
    pub(crate) only: Option<Reach>,
    /// Include pre-releases
    #[arg(long, conflicts_with = "repin")]
    pub(crate) pre: bool,
    /// Recompute the pins and labels of the listed versions
    #[arg(long)]
    pub(crate) repin: bool,
    /// Number of plugins checked concurrently
    #[arg(long, value_name = "N", default_value_t = keeper::change::JOBS)]
    pub(crate) jobs: usize,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// How far an update may go.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reach {
    Patch,
    Minor,
}

/// A part of a version number.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum VersionPart {
    Patch,
    Minor,
    Major,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Entry to remove [default version: all]
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    /// Reason, published with the registry
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Yank {
    /// Entry to mark [default version: all]
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    /// Reason, published with the registry
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    /// Entry to use instead
    #[arg(long = "use", value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) instead: Option<(String, Option<Version>)>,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Bump {
    /// Raise at least this part [default: what the changes require]
    #[arg(value_enum, value_name = "PART")]
    pub(crate) part: Option<VersionPart>,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct MergeDriver {
    /// The common ancestor (%O)
    pub(crate) base: PathBuf,
    /// Our version (%A); the result is written to it
    pub(crate) ours: PathBuf,
    /// Their version (%B)
    pub(crate) theirs: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Show what would change, write nothing, and exit with 3 if the file is not formatted
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
