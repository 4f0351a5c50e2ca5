//! Runs the plugin on real repositories, over its socket.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod command_line;
mod fixture;
mod hostile;
mod instance;
mod lifecycle;
mod packing;
mod refusals;
