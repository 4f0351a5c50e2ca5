//! Runs the real plugin on real repositories, over its real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod command_line;
mod fixture;
mod hostile;
mod instance;
mod lifecycle;
mod packing;
mod refusals;
