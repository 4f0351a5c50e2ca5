//! Names of cache entries.

use std::path::{Path, PathBuf};

use crate::digest::Digest;

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Content, by its digest.
    Content,
    /// The manifest that a tag pointed to.
    Tag,
}

impl Kind {
    /// The subdirectory of entries of this kind that have their own files.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Tag => "tags",
        }
    }
}

/// The name of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) name: Digest,
}

impl Key {
    pub(super) fn content(digest: Digest) -> Self {
        Self {
            kind: Kind::Content,
            name: digest,
        }
    }

    /// `scope` is the repository including the address of its registry.
    pub(super) fn tag(scope: &str, tag: &str) -> Self {
        Self {
            kind: Kind::Tag,
            name: Digest::of(format!("{scope}\n{tag}").as_bytes()),
        }
    }

    /// The file of the entry, if it is not in a pack.
    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(self.kind.folder()).join(self.name.hex())
    }
}
