//! Arguments of `diff`, `check` and `publish`.

use clap::{Args, ValueEnum};
use ocm::{ComponentDigest, ComponentRef};

use super::value::{against, revision};
use super::{ChangeOutput, Files, PlainOutput};

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Old version: REF, git:REV or FILE [default: the latest published version]
    #[arg(value_name = "OLD")]
    pub(crate) old: Option<String>,
    /// New version: REF, git:REV or FILE [default: the constructor]
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<String>,
    /// Exit with 3 if there are differences
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: ChangeOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Version to compare with, instead of the latest published one
    #[arg(long, value_name = "REF|git:REV", value_parser = against)]
    pub(crate) against: Option<Against>,
    /// Judge by the plugyard.yaml of this revision, which the change is for
    #[arg(long, value_name = "git:REV", value_parser = revision)]
    pub(crate) base: Option<String>,
    /// Read all plugins, not only those that changed
    #[arg(long)]
    pub(crate) all: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: CheckOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// What a registry is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Against {
    /// A published version.
    Reference(ComponentRef),
    /// The constructor as it is in a revision of git.
    Revision(String),
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum CheckOutput {
    #[default]
    Text,
    Json,
    /// Annotations for GitHub Actions
    Github,
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Allow publishing the very first version
    #[arg(long)]
    pub(crate) first: bool,
    /// Check everything, but write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Publish only if the latest published version has this component digest
    #[arg(long, value_name = "sha256:HEX")]
    pub(crate) expect: Option<ComponentDigest>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: PlainOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}
