//! Arguments of the `plugin` commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ocm::Version;
use registry::platform::Platform;

use super::value::program;
use super::{Location, PlainOutput};

#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// Publish a plugin as a component with one program for each platform
    Publish(Box<PluginPublish>),
    /// Show the platform and the capabilities of a program
    ///
    /// If the program is for this machine, it is run as `FILE capabilities`.
    Inspect {
        /// Program to inspect
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PluginPublish {
    /// Component name of the plugin, such as acme.org/plugins/demo
    #[arg(long, value_name = "COMPONENT")]
    pub(crate) name: String,
    /// Version to publish
    #[arg(long = "version", value_name = "V", id = "release")]
    pub(crate) release: Version,
    /// Program for a platform, such as linux/amd64=dist/demo-linux-amd64; repeatable
    #[arg(required = true, value_name = "OS/ARCH=FILE", value_parser = program)]
    pub(crate) programs: Vec<(Platform, PathBuf)>,
    /// Provider of the component [default: the domain in its name]
    #[arg(long, value_name = "P")]
    pub(crate) provider: Option<String>,
    /// One-line description of the plugin
    #[arg(long, value_name = "T")]
    pub(crate) description: Option<String>,
    /// JSON file with the capabilities [default: the output of `PROGRAM capabilities`, run on this machine]
    #[arg(long, value_name = "FILE")]
    pub(crate) capabilities: Option<PathBuf>,
    /// Check everything, but write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: PlainOutput,
    #[command(flatten)]
    pub(crate) location: Location,
}
