//! A publication is killed at each of its requests.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use testkit::proxy::Moment;
use testkit::{Proxy, Server};

use crate::kill::contents::{self, Tags};
use crate::kill::workshop::{Work, repository, server};

/// The result of an uninterrupted run.
struct Right {
    before: Tags,
    after: Tags,
    old: Vec<Option<String>>,
    new: Vec<Option<String>>,
}

impl Right {
    fn of(work: &Work) -> Self {
        let server = work.before.copy().unwrap();
        let repository = repository(server.address());
        let (before, old) = (contents::read(&server), work.view(&repository));
        work.done(&work.line, &repository);
        let (after, new) = (contents::read(&server), work.view(&repository));
        assert_ne!(before, after);
        assert!(old.iter().zip(&new).all(|(old, new)| old != new));
        Self {
            before,
            after,
            old,
            new,
        }
    }

    /// Checks that a reader sees one of the two states; returns whether it is the new one. A reader
    /// of several items may see the change between two of them.
    fn check(&self, seen: &[Option<String>]) -> bool {
        for (number, one) in seen.iter().enumerate() {
            let known = *one == self.old[number] || *one == self.new[number];
            assert!(known, "neither old nor new: {one:?}");
        }
        seen.last() == self.new.last()
    }
}

/// Kills the command at a request, and repeats it. Gives the request, or nothing if the command
/// had ended before.
fn kill_at(work: &Work, right: &Right, number: usize, moment: Moment) -> Option<String> {
    let server = work.before.copy().unwrap();
    let direct = repository(server.address());
    let proxy = Proxy::start(server.address());
    proxy.stop_at(number, moment);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // The reader must be stopped in any case.
        let over = Over(&over);
        let reader = scope.spawn(|| {
            let mut newest = false;
            while !over.0.load(Ordering::Relaxed) {
                let new = right.check(&work.view(&direct));
                assert!(new || !newest, "the new state was there and is gone");
                newest = new;
            }
        });
        let at = die(work, &proxy);
        if at.is_some() {
            recover(work, right, &server, &format!("{at:?}, {moment:?}"));
        }
        over.0.store(true, Ordering::Relaxed);
        reader.join().unwrap();
        at
    })
}

/// Stops a thread when dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn die(work: &Work, proxy: &Proxy) -> Option<String> {
    let mut child = work.start(&work.line, &repository(proxy.address()));
    let at = proxy.stopped(|| child.try_wait().unwrap().is_some());
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    assert_eq!(at.is_none(), output.status.success(), "{output:?}");
    proxy.open();
    at
}

fn recover(work: &Work, right: &Right, server: &Server, at: &str) {
    let direct = repository(server.address());
    let left = contents::read(server);
    assert!(
        left == right.before || left == right.after,
        "{at}: {left:?}"
    );
    let new = right.check(&work.view(&direct));
    assert_eq!(new, left == right.after, "{at}");
    work.done(&work.line, &direct);
    assert_eq!(contents::read(server), right.after, "{at}");
    assert_eq!(work.view(&direct), right.new, "{at}");
}

/// Kills the command before, during and after every request.
fn kill_everywhere(test: &str, prepare: fn(Server) -> Work) {
    let Some(server) = server(test) else {
        return;
    };
    let work = prepare(server);
    let right = Right::of(&work);
    let killed = AtomicUsize::new(0);
    for moment in [Moment::Before, Moment::Within, Moment::After] {
        let mut requests = Vec::new();
        while let Some(at) = kill_at(&work, &right, requests.len(), moment) {
            requests.push(at);
            killed.fetch_add(1, Ordering::Relaxed);
        }
        let tags = requests.iter().filter(|line| {
            line.starts_with("PUT ") && line.contains("/manifests/") && !line.contains("sha256:")
        });
        assert_eq!(tags.count(), 1, "{requests:?}");
        assert!(requests.len() > 8, "{requests:?}");
    }
    println!("killed at {} moments", killed.into_inner());
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn publishing_the_first_plugin_can_be_killed_at_every_request() {
    kill_everywhere(
        "publishing_the_first_plugin_can_be_killed_at_every_request",
        Work::first_plugin,
    );
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn publishing_another_plugin_version_can_be_killed_at_every_request() {
    kill_everywhere(
        "publishing_another_plugin_version_can_be_killed_at_every_request",
        Work::second_plugin,
    );
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn publishing_the_first_registry_can_be_killed_at_every_request() {
    kill_everywhere(
        "publishing_the_first_registry_can_be_killed_at_every_request",
        Work::first_registry,
    );
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn publishing_another_registry_version_can_be_killed_at_every_request() {
    kill_everywhere(
        "publishing_another_registry_version_can_be_killed_at_every_request",
        Work::second_registry,
    );
}
