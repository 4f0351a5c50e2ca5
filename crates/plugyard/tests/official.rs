//! What the official CLI did, and what Plugyard makes of it.
//!
//! `official/cases/` are captures of the official CLI: a working folder, the commands run in it,
//! and what they printed. `official/live.rs` runs the CLI itself, where there is one.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[path = "official/case.rs"]
mod case;
#[path = "official/constructors.rs"]
mod constructors;
#[path = "official/get.rs"]
mod get;
#[path = "official/list.rs"]
mod list;
#[path = "official/live.rs"]
mod live;
#[path = "official/sweep.rs"]
mod sweep;
#[path = "official/verify.rs"]
mod verify;
