//! Content that is hashed but not yet stored.

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
    pub(crate) content: StagedContent,
}

/// Where staged content is.
#[derive(Debug)]
pub(crate) enum StagedContent {
    /// In a temporary file, which is removed when this is dropped.
    Temporary(NamedTempFile),
    /// At its source, which is read again when it is sent.
    Source(Content),
}
