//! The command line. The doc comments are the help texts.

mod change;
mod compare;
mod component;
mod locations;
mod plugin;
mod read;
mod value;

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use ocm::RepositorySpec;

pub(crate) use self::change::{
    Add, Bump, Change, ChangeOutput, Fmt, Init, MergeDriver, Reach, Remove, Update, VersionPart,
    Yank,
};
pub(crate) use self::compare::{Against, Check, CheckOutput, Diff, Publish};
pub(crate) use self::component::{Component, DescriptorOutput, Hash};
pub(crate) use self::plugin::{Plugin, PluginPublish};
pub(crate) use self::read::{DocumentOutput, Info, List, ListOutput, Registries};
use self::value::repository;
use crate::report::Verbosity;

/// Keep, publish and read plugin registries of the Open Component Model
///
/// A registry is a component whose references are plugins, each pinned by digest. Its source is
/// a component-constructor.yaml in git.
#[derive(Debug, Parser)]
#[command(name = "plugyard", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// OCM configuration file, instead of those in the default locations; repeatable
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Print errors only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print details, such as every request to a registry
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
}

impl Global {
    pub(crate) fn verbosity(&self) -> Verbosity {
        if self.quiet {
            Verbosity::Quiet
        } else if self.verbose {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a registry repository: constructor, plugyard.yaml and workflows
    Init(Init),
    /// Add plugins to the registry, pinned and labelled
    Add(Add),
    /// Update plugins to newer versions, or re-pin the listed versions
    ///
    /// Finds the highest stable version of each plugin; pre-releases count with --pre, or if the
    /// newest entry is one. Removed versions are never added again, and mutable versions (`moving`
    /// in plugyard.yaml) are always re-pinned. With `keep` in plugyard.yaml, each plugin keeps
    /// that many stable versions, and as many newer pre-releases; without it, all versions are
    /// kept. Yanked versions do not count: they are dropped once they are older than all others
    /// that are kept. Mutable versions are never dropped.
    Update(Update),
    /// Remove an entry from the registry permanently
    ///
    /// Leaves a tombstone in the label `plugyard/registry`, so that the version is not added
    /// again. Without a version, all versions of the plugin are removed.
    Remove(Remove),
    /// Mark an entry that must no longer be used
    ///
    /// The entry stays in the registry for users who have it already. Without a version, all
    /// versions of the plugin are marked.
    Yank(Yank),
    /// Raise the version of the registry
    ///
    /// Raises it as far as the changes since the latest published version require, or further if
    /// PART says so. It is never lowered.
    Bump(Bump),
    /// Compare two versions of the registry, entry by entry
    ///
    /// OLD and NEW are each a published version (REF), the constructor in a git revision
    /// (git:REV), or a file. If OLD is published, the version before it is read too: removing
    /// what OLD was the first to list is a rollback, which is only a patch.
    Diff(Diff),
    /// Merge two changes of a constructor entry by entry, as a git merge driver
    ///
    /// To use it, add `component-constructor.yaml merge=plugyard` to .gitattributes and run `git
    /// config merge.plugyard.driver 'plugyard merge-driver %O %A %B'`. Writes the result to OURS.
    /// Exits with 1 if it contains conflict markers.
    MergeDriver(MergeDriver),
    /// Format the constructor
    ///
    /// Changes spelling, quotes and the order of keys, never the component digest. Comments and
    /// the order of entries are kept.
    Fmt(Fmt),
    /// Check whether the registry may be published
    ///
    /// Compares the constructor with the latest published version and reads only plugins that
    /// changed. Never runs a plugin. Exits with 3 if a rule of severity `error` is broken, and
    /// with 1 if a rule could not be decided.
    Check(Check),
    /// Publish the registry from its constructor
    Publish(Publish),
    /// List the plugins of registries
    List(List),
    /// Show all details of one plugin
    Info(Info),
    /// Publish or inspect your own plugin
    #[command(subcommand)]
    Plugin(Plugin),
    /// Print, hash or verify component versions
    #[command(subcommand)]
    Component(Component),
    /// Print a completion script for a shell
    Completions {
        /// Shell to complete for
        shell: Shell,
    },
}

/// The files of a registry repository.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// The registry's constructor
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "component-constructor.yaml"
    )]
    pub(crate) constructor: PathBuf,
    #[command(flatten)]
    pub(crate) location: Location,
}

/// Where components are published, and the policy.
#[derive(Debug, Args)]
pub(crate) struct Location {
    /// Repository that components are published to [default: `repository` in plugyard.yaml, else
    /// ./transport-archive]
    #[arg(short, long, value_name = "REPO", value_parser = repository)]
    pub(crate) repository: Option<RepositorySpec>,
    /// Policy of the registry
    #[arg(short, long, value_name = "FILE", default_value = "plugyard.yaml")]
    pub(crate) policy: PathBuf,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum PlainOutput {
    #[default]
    Text,
    Json,
}
