//! Arguments of what looks at a change, and of what publishes it.

use clap::{Args, ValueEnum};
use ocm::{ComponentDigest, ComponentRef};

use super::value::against;
use super::{ChangeOutput, Files, PlainOutput};

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What it was: REF, git:REV or a file; the latest published version if absent
    #[arg(value_name = "OLD")]
    pub(crate) old: Option<String>,
    /// What it is: REF, git:REV or a file; the constructor if absent
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<String>,
    /// Exit with 3 if something differs
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: ChangeOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Compare with this instead of the latest published version
    #[arg(long, value_name = "REF|git:REV", value_parser = against)]
    pub(crate) against: Option<Against>,
    /// Read the plugins of all entries, not only of those that have changed
    #[arg(long)]
    pub(crate) all: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
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
    /// Annotations of GitHub Actions
    Github,
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Publish the very first version
    #[arg(long)]
    pub(crate) first: bool,
    /// Check everything, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only publish if this is the component digest of the latest published version
    #[arg(long, value_name = "sha256:HEX")]
    pub(crate) expect: Option<ComponentDigest>,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: PlainOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}
