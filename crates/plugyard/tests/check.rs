//! `plugyard check`: every rule, what cannot be decided, and how it is told.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[path = "check/compared.rs"]
mod compared;
#[path = "check/defects.rs"]
mod defects;
#[path = "check/mutations.rs"]
mod mutations;
#[path = "check/output.rs"]
mod output;
#[path = "check/policy.rs"]
mod policy;
#[path = "check/registry.rs"]
mod registry;
#[path = "check/undecided.rs"]
mod undecided;
#[path = "commands/yard.rs"]
mod yard;
