//! Digests, manifests, and the stores that hold OCI artifacts.
//!
//! This crate knows the wire formats of the [OCI image specification], the registries that serve
//! them over HTTP, and the archive format that stores the same artifacts on disk. It knows nothing
//! about components.
//!
//! [OCI image specification]: https://github.com/opencontainers/image-spec
#![deny(missing_docs)]

mod cache;
pub mod child;
pub mod content;
pub mod credentials;
pub mod ctf;
pub mod digest;
pub mod fault;
pub mod file;
pub mod go_json;
pub mod http;
pub mod manifest;
pub mod media_type;
pub mod remote;
pub mod reporter;
mod saving;
mod staged;
pub mod store;
mod transport;
pub mod visible;

pub use content::Content;
pub use credentials::Credentials;
pub use ctf::Ctf;
pub use ctf::writer::CtfWriter;
pub use digest::{Digest, Hasher, InvalidDigest};
pub use fault::{Fault, StoreError};
pub use http::Http;
pub use manifest::{Descriptor, Index, Manifest, Platform};
pub use remote::Remote;
pub use remote::address::plain_http_server;
pub use remote::fault::RemoteFault;
pub use remote::upload::RemoteWriter;
pub use reporter::{Reporter, Silent};
pub use staged::Staged;
pub use store::{Store, Writer};
pub use transport::fault::HttpFault;
pub use transport::network_error::NetworkError;
pub use transport::proxy;
pub use transport::url::without_login;
