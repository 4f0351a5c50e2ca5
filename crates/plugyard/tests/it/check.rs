//! `plugyard check`: every rule, what cannot be decided, and how it is told.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod compared;
mod newest;
mod output;
mod policy;
mod registry;
mod undecided;
