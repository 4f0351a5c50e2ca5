//! The arguments. The doc comments are the help texts.

mod change;
mod compare;
mod component;
mod plugin;
mod read;
mod value;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
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
    /// OCM configuration file, in place of those that are found; repeatable
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Print errors only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more about what is done
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
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

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a registry: a constructor and a plugyard.yaml
    Init(Init),
    /// Add plugins to the registry, pinned and labelled
    Add(Add),
    /// Take newer versions of plugins, or pin anew what is there
    ///
    /// Looks for the highest stable version of each plugin, and for pre-releases where --pre is
    /// given or the newest entry is one. Versions that were removed are not taken again. Moving
    /// versions are always pinned anew. `keep` in plugyard.yaml says how many stable versions of
    /// a plugin stay, and as many of the newer pre-releases; without it all stay. A yanked
    /// version does not count, and goes with what is older than all that stays; a moving one stays.
    Update(Update),
    /// Take an entry out of the registry for good
    ///
    /// It leaves a tombstone in the label `plugyard/registry`, so that it does not come back.
    /// Without a version the plugin goes with all its versions.
    Remove(Remove),
    /// Mark an entry as not to be used
    ///
    /// It stays in the registry, for those who have it. Without a version all of them are marked.
    Yank(Yank),
    /// Raise the version of the registry
    ///
    /// Without an argument to what all changes since the last published version call for, and in
    /// any case at least to that. It is never lowered.
    Bump(Bump),
    /// Show what differs between two versions of the registry, by meaning
    ///
    /// Each of OLD and NEW is a REF, git:REV for the constructor in a revision, or a file. What the
    /// version published before OLD lacks may be taken back by a patch; that is only known where
    /// OLD is published.
    Diff(Diff),
    /// Merge constructors by meaning, as a merge driver of git
    ///
    /// For `*.yaml merge=plugyard` in .gitattributes set `git config merge.plugyard.driver
    /// 'plugyard merge-driver %O %A %B'`. The result is written to OURS. Exit 1: conflicts are
    /// marked in it.
    MergeDriver(MergeDriver),
    /// Bring the constructor into its usual spelling
    Fmt(Fmt),
    /// Say whether the registry may be published as its constructor says
    ///
    /// Compares with the latest published version, and reads only what has changed. Never runs
    /// a plugin. Exits with 3 if a rule of severity error is broken, with 1 if something could
    /// not be decided.
    Check(Check),
    /// Publish the registry as its constructor says
    Publish(Publish),
    /// List the plugins of registries
    List(List),
    /// Show everything about one plugin
    Info(Info),
    /// Publish or inspect a plugin of your own
    #[command(subcommand)]
    Plugin(Plugin),
    /// Look at component versions
    #[command(subcommand)]
    Component(Component),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
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
    pub(crate) place: Place,
}

/// Where components are published.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where components are published; `repository` of plugyard.yaml, or ./transport-archive
    #[arg(short, long, value_name = "REPO", value_parser = repository)]
    pub(crate) repository: Option<RepositorySpec>,
    /// How the registry is kept
    #[arg(short, long, value_name = "FILE", default_value = "plugyard.yaml")]
    pub(crate) policy: PathBuf,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum PlainOutput {
    #[default]
    Text,
    Json,
}
