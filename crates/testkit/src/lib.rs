//! Shared test code: a second implementation of the formats, builders, and a seeded generator.
//!
//! Nothing here uses a type of the tested crates, so that one bug cannot be on both sides of a
//! comparison. Everything panics on failure.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "only tests use this crate, and a panic is how a test fails"
)]

pub mod archive;
pub mod canonical;
pub mod constructor;
pub mod descriptor;
pub mod files;
pub mod history;
pub mod normal_form;
pub mod official;
pub mod proxy;
pub mod random;
pub mod registry;
pub mod server;
mod tokens;
mod wire;

pub use archive::Archive;
pub use proxy::Proxy;
pub use random::Random;
pub use registry::Registry;
pub use server::Server;

use sha2::{Digest as _, Sha256};

/// Returns the SHA-256 of `bytes` as 64 hex digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
