//! The component of an entry, as far as it was read.

use ocm::{ComponentDigest, Descriptor, RepositorySpec};

use super::cause::Cause;
use registry::platform::Platform;
use registry::plugin::{NoPlugin, Plugin};
use registry::program_header::Header;

/// Bytes read from the beginning of a program: the headers of real programs are shorter.
pub(super) const HEADER_BYTES: u64 = 4096;

/// What is known about the component of an entry.
#[derive(Debug)]
pub(super) enum ComponentState {
    /// It was not read, because the entry is as it was published.
    NotRead,
    /// No location has it, or what is stored there is not a component version.
    Absent(Cause),
    /// It may exist, but could not be read.
    Unreadable(Cause),
    Read(Box<PluginComponent>),
}

/// A component that was read.
#[derive(Debug)]
pub(super) struct PluginComponent {
    /// Where it was found; `None` for a component of the same constructor.
    pub(super) location: Option<RepositorySpec>,
    pub(super) descriptor: Descriptor,
    pub(super) digest: ComponentDigest,
    pub(super) plugin: Result<Plugin, NoPlugin>,
    pub(super) programs: Vec<Program>,
    /// A path of references that leads back to the registry or to a component on the path.
    pub(super) cycle: Result<Option<String>, Cause>,
}

/// A program of a plugin.
#[derive(Debug)]
pub(super) struct Program {
    /// `None` if `os` or `architecture` is missing.
    pub(super) platform: Option<Platform>,
    pub(super) header: ProgramHeader,
}

/// The beginning of a program.
#[derive(Debug)]
pub(super) enum ProgramHeader {
    Known(Header),
    /// Its bytes are stored in a way that is not supported; the type of its access.
    External(String),
    /// It is an OCI artifact with this number of layers, so none of them is known to be the program.
    Layers(usize),
    /// The referenced blob does not exist.
    Missing(String),
    Unreadable(Cause),
}
