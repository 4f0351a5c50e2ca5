//! What each command does, end to end, on an archive and on real registries.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::too_many_lines,
    reason = "tests may panic, be long, and need not be fast"
)]

#[path = "commands/add.rs"]
mod add;
#[path = "commands/component.rs"]
mod component;
#[path = "commands/diff.rs"]
mod diff;
#[path = "commands/everywhere.rs"]
mod everywhere;
#[path = "commands/import.rs"]
mod import;
#[path = "commands/info.rs"]
mod info;
#[path = "commands/init.rs"]
mod init;
#[path = "commands/list.rs"]
mod list;
#[path = "commands/plugin.rs"]
mod plugin;
#[path = "commands/pre_release.rs"]
mod pre_release;
#[path = "commands/publish.rs"]
mod publish;
#[path = "commands/servers.rs"]
mod servers;
#[path = "commands/update.rs"]
mod update;
#[path = "commands/update_newer.rs"]
mod update_newer;
#[path = "commands/withdraw.rs"]
mod withdraw;
#[path = "commands/yard.rs"]
mod yard;
