//! Bytes to store, which can be read again when a request is repeated.

use std::io::{self, Cursor, Read};
use std::path::PathBuf;

/// The source of a blob's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes in memory, for small content.
    Bytes(Vec<u8>),
    /// A whole file, read in chunks when it is sent.
    File(PathBuf),
}

impl Content {
    /// Opens the content at its beginning.
    ///
    /// # Errors
    /// The file cannot be opened; the error names it.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        match self {
            Self::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes.as_slice()))),
            Self::File(path) => Ok(Box::new(fs_err::File::open(path)?)),
        }
    }
}
