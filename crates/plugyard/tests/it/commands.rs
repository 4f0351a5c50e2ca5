//! End-to-end tests of each command, on an archive and on real registries.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::too_many_lines,
    reason = "tests may panic, be long, and be slow"
)]

mod add;
mod component;
mod diff;
mod everywhere;
mod import;
mod info;
mod init;
mod list;
mod plugin;
mod pre_release;
mod publish;
mod servers;
mod update;
mod update_newer;
mod withdraw;
