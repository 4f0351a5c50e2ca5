//! Killed and concurrent publications on a real registry.
//!
//! Between the program and Debian's `docker-registry` is a proxy that stops at one request. The
//! requests and their number are determined at run time.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(clippy::print_stdout, reason = "a skipped test reports it")]

mod contents;
mod death;
mod race;
mod workshop;
