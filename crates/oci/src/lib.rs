//! Digests, manifests, and the stores that hold OCI artifacts.
//!
//! This crate knows the wire formats of the [OCI image specification] and the archive
//! format that keeps the same artifacts on disk. It knows nothing of components.
//!
//! [OCI image specification]: https://github.com/opencontainers/image-spec
#![deny(missing_docs)]

pub mod content;
pub mod ctf;
pub mod digest;
pub mod go_json;
pub mod manifest;
pub mod media_type;
pub mod store;

pub use content::Content;
pub use ctf::Ctf;
pub use digest::{Digest, Hasher, InvalidDigest};
pub use manifest::{Descriptor, Index, Manifest, Platform};
pub use store::{Fault, Staged, Store, StoreError, Writer};
