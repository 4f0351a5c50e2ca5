//! Every fault of a registry, at every request of every command.
//!
//! A command either succeeds or reports why it failed. It never hangs, never treats something it
//! could not read as absent, and never leaves a partial version.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod cases;
mod judge;
mod scenario;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use cases::{Case, Hosts, Kind};
use scenario::{LONG, SHORT, Scenario};

/// Number of concurrent runs. Most of them wait.
const RUNS: usize = 24;

/// Scenario, fault and problem, with the affected requests.
type Violations = BTreeMap<(&'static str, &'static str, String), Vec<usize>>;

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn under_every_fault_a_command_succeeds_or_reports_why_not() {
    let start = Instant::now();
    let scenarios = scenario::all();
    let cases = cases::all();
    let mut work: Vec<(&Scenario, &Case, usize)> = Vec::new();
    for scenario in &scenarios {
        let requests = scenario.requests.iter().enumerate();
        for (index, request) in requests.filter(|(_, request)| (scenario.disturbs)(request)) {
            let fitting = cases.iter().filter(|case| (case.applies)(request));
            work.extend(fitting.map(|case| (scenario, case, index + 1)));
        }
    }
    let violations = Mutex::new(Violations::new());
    let (next, longest) = (AtomicUsize::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..RUNS {
            scope.spawn(|| {
                while let Some((scenario, case, nth)) =
                    work.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    for wrong in disturbed(scenario, case, *nth, &longest) {
                        let key = (scenario.name, case.name, wrong);
                        let mut violations = violations.lock().unwrap();
                        violations.entry(key).or_default().push(*nth);
                    }
                }
            });
        }
    });
    let violations = violations.into_inner().unwrap();
    println!(
        "{} commands, {} faults, {} runs in {} s, the longest in {} ms",
        scenarios.len(),
        cases.len(),
        work.len(),
        start.elapsed().as_secs(),
        longest.into_inner()
    );
    assert!(violations.is_empty(), "{}", report(&scenarios, violations));
}

fn disturbed(scenario: &Scenario, case: &Case, nth: usize, longest: &AtomicU64) -> Vec<String> {
    let hosts = Hosts::new(&scenario.seed);
    let budget = match case.kind {
        Kind::Passes => LONG,
        Kind::Lasts | Kind::Stays | Kind::Words => SHORT,
    };
    let run = scenario.run(&hosts.own, budget, || case.prepare(&hosts, nth));
    longest.fetch_max(
        u64::try_from(run.time.as_millis()).unwrap(),
        Ordering::Relaxed,
    );
    let mut wrong = judge::judge(scenario, case, &hosts, &run);
    if scenario.writes && run.code != Some(0) {
        wrong.extend(judge::repeat(scenario, &hosts.own));
    }
    hosts.shut();
    wrong
}

fn report(scenarios: &[Scenario], violations: Violations) -> String {
    let mut text = String::new();
    for scenario in scenarios {
        let _ = writeln!(text, "\n{}:", scenario.name);
        for (index, request) in scenario.requests.iter().enumerate() {
            let _ = writeln!(
                text,
                "  {:2} {} {} {}",
                index + 1,
                request.method,
                request.target(),
                request.status
            );
        }
    }
    let _ = writeln!(text, "\n{} kinds of violations:", violations.len());
    for ((scenario, case, wrong), mut requests) in violations {
        requests.sort_unstable();
        let _ = writeln!(
            text,
            "{scenario} | {case} | requests {requests:?} | {wrong}"
        );
    }
    text
}
