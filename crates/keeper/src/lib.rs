//! Keeping a plugin registry: what changes, checks, merges and publishes its constructor.
//!
//! Nothing here parses arguments or prints.
#![deny(missing_docs)]

pub mod change;
pub mod check;
pub mod comparison;
pub mod content;
pub mod edit;
pub mod format;
mod hidden;
pub mod init;
pub mod merge;
pub mod plugin_release;
pub mod policy;
mod pruning;
pub mod publication;
pub mod publish;
pub mod root;
pub mod severity;
pub mod sizes;
