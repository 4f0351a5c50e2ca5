//! Compares Plugyard with recorded runs of the official CLI.
//!
//! `official/cases/` are captures of the official CLI: a working directory, the commands run in it,
//! and what they printed. `official/live.rs` runs the CLI itself, where there is one.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod case;
mod constructors;
mod get;
mod list;
mod live;
mod sweep;
mod verify;
