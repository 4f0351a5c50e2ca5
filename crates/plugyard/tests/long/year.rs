//! A year of a registry: 300 releases of 30 plugins, kept in git and published to a real registry.
//!
//! The expected result is computed separately from plain data (`year/state.rs`, `year/change.rs`),
//! and compared at every step.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod change;
mod end;
mod events;
mod keeper;
mod official;
mod plugins;
mod release;
mod state;
mod story;
mod tampering;
mod upstream;
mod version;

use testkit::Server;
use testkit::server::{Program, Protection};

#[test]
#[ignore = "slow; `.ci/run` runs it"]
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
