//! Arguments for the author of a plugin.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ocm::Version;
use registry::platform::Platform;

use super::value::program;
use super::{Place, PlainOutput};

#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// Publish a plugin: one component with a program for each platform
    Publish(Box<PluginPublish>),
    /// Show header, platform and capabilities of a program
    ///
    /// The program is run as `FILE capabilities` if it is for this machine.
    Inspect {
        /// The program
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PluginPublish {
    /// Name of the plugin's component, such as acme.org/plugins/demo
    #[arg(long, value_name = "COMPONENT")]
    pub(crate) name: String,
    /// Version to publish
    #[arg(long = "version", value_name = "V", id = "release")]
    pub(crate) release: Version,
    /// Programs by platform, such as linux/amd64=dist/demo-linux-amd64
    #[arg(required = true, value_name = "OS/ARCH=FILE", value_parser = program)]
    pub(crate) programs: Vec<(Platform, PathBuf)>,
    /// Who provides it; the domain of the component if absent
    #[arg(long, value_name = "P")]
    pub(crate) provider: Option<String>,
    /// A text for people
    #[arg(long, value_name = "T")]
    pub(crate) description: Option<String>,
    /// A file with the answer to `capabilities`, instead of asking the native program
    #[arg(long, value_name = "FILE")]
    pub(crate) capabilities: Option<PathBuf>,
    /// Check everything, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: PlainOutput,
    #[command(flatten)]
    pub(crate) place: Place,
}
