//! Errors are precise, and nothing is written: no file, no archive, no leftover in the directory
//! for temporary files.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests may panic, and need not be fast"
)]

mod archive;
mod constructor;
mod packed;
mod pins;
mod program;
mod refusals;
mod usage;
