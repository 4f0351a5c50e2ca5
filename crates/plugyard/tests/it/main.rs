//! End-to-end tests of the program.

mod bad_input;
mod check;
mod commands;
mod configuration;
mod interrupt;
mod layering;
mod merge;
mod official;
mod protocol;
mod readme;
mod remote;
mod secrets;
mod sketch;
mod upstream;
#[path = "../yard.rs"]
mod yard;
