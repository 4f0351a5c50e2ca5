//! `gitinput`, an input plugin for the Open Component Model CLI.
//!
//! `ocm add cv` asks it for the bytes of a resource or source whose input has
//! the type `git/v1`; it answers with a tar of that tree of a git repository,
//! which is the same to the byte wherever and whenever it is made.

mod activity;
mod archive;
mod capabilities;
mod config;
mod deadline;
mod exchange;
mod git_process;
mod handlers;
mod invocation;
mod log;
mod objects;
mod pack;
mod server;
mod snapshot;
mod socket;
mod spec;
mod tree;
mod watchdog;

use std::process::ExitCode;

fn main() -> ExitCode {
    invocation::run(std::env::args_os().skip(1))
}
