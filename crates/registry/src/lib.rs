//! Reading plugin registries: what they contain, what users get, and how two of them differ.
//!
//! A registry is a component whose references are plugin components. Nothing here knows
//! constructors, parses arguments or prints.
#![deny(missing_docs)]

pub mod capabilities;
pub mod diff;
pub mod entry_id;
pub mod information;
pub mod labels;
pub mod listing;
pub mod locations;
pub mod offer;
pub mod platform;
pub mod plugin;
pub mod pre_release;
pub mod precedence;
pub mod program_header;
pub mod registries;
pub mod three_way;
pub mod tombstone;
pub mod value;
pub mod verify;
pub mod version_class;

pub use entry_id::EntryId;
pub use locations::Locations;
pub use registries::{Registries, Registry};
