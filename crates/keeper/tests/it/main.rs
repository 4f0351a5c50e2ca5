//! Keeping a registry, on a store on disk.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod release;
mod workspace;
