//! What is wrong is said exactly, and then nothing has been written: no file, no archive, no
//! leftover in the folder for temporary files.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests may panic, and need not be fast"
)]

#[path = "bad_input/archive.rs"]
mod archive;
#[path = "bad_input/constructor.rs"]
mod constructor;
#[path = "bad_input/packed.rs"]
mod packed;
#[path = "bad_input/pins.rs"]
mod pins;
#[path = "bad_input/program.rs"]
mod program;
#[path = "bad_input/refusals.rs"]
mod refusals;
#[path = "bad_input/usage.rs"]
mod usage;
#[path = "commands/yard.rs"]
mod yard;
