//! Plugin registries: what stands in them, and how they are changed, published and read.
//!
//! A registry is a component whose references are plugin components. Nothing here parses
//! arguments or prints.
#![deny(missing_docs)]

pub mod capabilities;
pub mod change;
pub mod check;
pub mod diff;
pub mod edit;
pub mod format;
pub mod information;
pub mod init;
pub mod labels;
pub mod listing;
pub mod merge;
pub mod platform;
pub mod plugin;
pub mod plugin_release;
pub mod policy;
pub mod pre_release;
mod precedence;
mod pruning;
pub mod publication;
pub mod publish;
pub mod root;
pub mod sizes;
mod tombstones;
pub mod verify;
pub mod version_class;
