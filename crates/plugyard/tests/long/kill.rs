//! Publications that are killed, and several at once, on a real registry.
//!
//! Between the program and Debian's `docker-registry` stands a proxy that stops at one request.
//! What is asked, and how often, is found out and not written down here.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod contents;
mod death;
mod race;
mod workshop;
