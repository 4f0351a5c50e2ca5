//! Keeping a registry, on a store on disk.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod add;
mod adoption;
mod comparison;
mod publish;
mod release;
mod update;
mod withdraw;
mod workspace;
