//! `gitinput`, an input plugin for the Open Component Model CLI.
//!
//! `ocm add cv` requests the bytes of a resource or source whose input has the
//! type `git/v1`. The plugin responds with a tar archive of that tree of a git
//! repository, whose bytes are the same on every machine and at any time.

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
