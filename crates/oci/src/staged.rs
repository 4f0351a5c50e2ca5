//! Content between being hashed and being stored.

use tempfile::NamedTempFile;

use crate::content::Content;
use crate::digest::Digest;

/// Content that was hashed and is ready to be stored.
#[derive(Debug)]
pub struct Staged {
    /// Digest of the content.
    pub digest: Digest,
    /// Length of the content in bytes.
    pub size: u64,
    pub(crate) holds: Holds,
}

/// Where staged content is.
#[derive(Debug)]
pub(crate) enum Holds {
    /// In a file that goes away.
    Temporary(NamedTempFile),
    /// Where it came from.
    Source(Content),
}
