//! The official CLI reads every version of the registry.

use std::path::Path;

use serde_json::Value;
use testkit::official::{NO_CONFIGURATION, QUIET, official};

use crate::yard::Yard;
use crate::year::keeper::Keeper;
use crate::year::state::State;
use crate::year::story::Year;

/// Compares every published version with its expected content.
pub(crate) fn check(year: &Year) {
    let Some(program) = official("a_year_of_a_registry (by the official CLI)") else {
        return;
    };
    let yard = Yard::new();
    yard.write("cfg.yaml", NO_CONFIGURATION);
    let keeper = &year.keeper;
    let half = keeper.history.len().div_ceil(2);
    std::thread::scope(|scope| {
        for part in keeper.history.chunks(half) {
            let (yard, program) = (&yard, &program);
            scope.spawn(move || {
                for (state, _) in part {
                    compare(yard, program, keeper, state);
                }
            });
        }
    });
}

fn compare(yard: &Yard, program: &Path, keeper: &Keeper, state: &State) {
    let registry = format!("{}:{}", keeper.registry(), state.version);
    let output = yard
        .program_of_others(program)
        .args(["--loglevel", "error", "--config", "cfg.yaml"])
        .args([
            "plugin",
            "registry",
            "list",
            "-o",
            "json",
            "--registry",
            &registry,
        ])
        .envs(QUIET)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{registry}: {said}");
    let listed: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let members = ["name", "version", "platforms", "description", "registry"];
    let facts = |row: &Value| members.map(|member| row[member].clone());
    let key = |row: &[Value; 5]| (row[0].to_string(), row[1].to_string());
    let mut theirs: Vec<[Value; 5]> = listed.iter().map(facts).collect();
    let mut ours: Vec<[Value; 5]> = state.rows(keeper.repository()).iter().map(facts).collect();
    // The official list sorts versions as text.
    theirs.sort_by_key(key);
    ours.sort_by_key(key);
    assert_eq!(theirs, ours, "{registry}");
}
