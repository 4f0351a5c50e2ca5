//! The read model: labels, what users get, sets of registries, listing, information, verifying and
//! comparing, on descriptors that are built here and on archives on disk.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod archive;
mod diff;
mod headers;
mod information;
mod labels;
mod locations;
mod offer;
mod registries;
