//! A year of a registry: 300 releases of 30 plugins, kept in git and published to a real registry.
//!
//! What must come out is worked out beside it from plain data (`year/state.rs`,
//! `year/change.rs`), and compared at every step.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

#[path = "year/change.rs"]
mod change;
#[path = "year/end.rs"]
mod end;
#[path = "year/events.rs"]
mod events;
#[path = "year/keeper.rs"]
mod keeper;
#[path = "year/official.rs"]
mod official;
#[path = "year/plugins.rs"]
mod plugins;
#[path = "year/release.rs"]
mod release;
#[path = "year/state.rs"]
mod state;
#[path = "year/story.rs"]
mod story;
#[path = "year/tampering.rs"]
mod tampering;
#[path = "year/upstream.rs"]
mod upstream;
#[path = "year/version.rs"]
mod version;
#[path = "commands/yard.rs"]
mod yard;

use testkit::Server;
use testkit::server::{Program, Protection};

#[test]
fn a_year_of_a_registry() {
    let server = match Server::start(Program::DockerRegistry, Protection::Open) {
        Ok(server) => server,
        Err(reason) => {
            println!("skipped: a_year_of_a_registry: {reason}");
            return;
        }
    };
    let year = story::Year::replay(server);
    end::check(&year);
    official::check(&year);
    let keeper = &year.keeper;
    println!(
        "{} versions published; refused: {:?}",
        keeper.history.len(),
        keeper.refused
    );
}
