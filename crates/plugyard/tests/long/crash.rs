//! Kills, broken disks and several writers at once, with real processes and real signals:
//! readers see the old or the new state and never a part, and a repeat finishes the job.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(clippy::print_stdout, reason = "a skipped test reports it")]

mod scenario;
mod trace;
mod workshop;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};

use scenario::{Scenario, in_parallel};
use serde_json::Value;
use trace::{Fault, PATIENCE, Stopped};
use workshop::{
    ARCHIVE, CONSTRUCTOR, DEMO, Ended, PLUGYARD, REGISTRY, TEMPORARY, Workshop, plugin, plugin_of,
};

/// A registry is published for the first time, to an archive that contains its plugin.
fn first_publication() -> Scenario {
    Scenario::new(
        Workshop::with_registry(1),
        &["publish", "--first"],
        REGISTRY,
    )
}

/// Another version of a registry is published where a killed writer has left files.
fn next_publication() -> Scenario {
    let workshop = Workshop::with_registry(2);
    workshop.done(&["publish", "--first"]);
    workshop.done(&["add", DEMO]);
    workshop.write(
        &format!("{ARCHIVE}/{TEMPORARY}index"),
        "{\"schemaVersion\":1,",
    );
    workshop.write(&format!("{ARCHIVE}/blobs/{TEMPORARY}blob"), "half of a bl");
    Scenario::new(workshop, &["publish"], REGISTRY)
}

/// A plugin is published where no archive is.
fn plugin_publication() -> Scenario {
    Scenario::new(Workshop::new(), &plugin(DEMO, "0.1.0"), DEMO)
}

/// A plugin is published that is large enough for reading, hashing, writing and flushing to
/// overlap.
fn large_plugin_publication() -> Scenario {
    let workshop = Workshop::new();
    let program = workshop.beside("large");
    let mut bytes = b"#!/bin/sh\n".to_vec();
    bytes.resize(33 << 20, b'#');
    fs_err::write(&program, bytes).unwrap();
    let scenario = Scenario::new(workshop, &plugin_of(DEMO, "0.1.0", &program), DEMO);
    assert!(scenario.count("fdatasync") > 0, "it is large enough");
    scenario
}

#[test]
fn a_first_publication_killed_at_any_step_is_absent_or_complete_and_a_repeat_finishes_it() {
    if trace::available("a first publication killed at any step") {
        let scenario = first_publication();
        scenario.kill(&scenario.steps());
    }
}

#[test]
fn a_next_publication_killed_at_any_step_shows_the_old_or_the_new_version_and_a_repeat_finishes_it()
{
    if trace::available("a next publication killed at any step") {
        let scenario = next_publication();
        assert!(
            scenario.count("unlink") >= 2,
            "it removes what was left behind"
        );
        scenario.kill(&scenario.steps());
    }
}

#[test]
fn a_plugin_publication_killed_at_any_step_is_absent_or_complete_and_a_repeat_finishes_it() {
    if trace::available("a plugin publication killed at any step") {
        let scenario = plugin_publication();
        scenario.kill(&scenario.steps());
    }
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn a_large_plugin_killed_or_out_of_space_midway_is_absent_or_complete() {
    if trace::available("a large plugin killed or out of space on the way") {
        let scenario = large_plugin_publication();
        scenario.kill(&scenario.sample());
        // Each thread counts its own calls: the first ones are also those that print the error.
        let writes = scenario.sample_of(|call| call.name == "write" && call.nth > 8);
        scenario.fail(&writes);
    }
}

#[test]
fn a_first_publication_on_a_broken_disk_changes_nothing_and_names_the_path_and_a_hint() {
    if trace::available("a first publication on a broken disk") {
        let scenario = first_publication();
        scenario.fail(&scenario.steps());
    }
}

#[test]
fn a_next_publication_on_a_broken_disk_changes_nothing_and_names_the_path_and_a_hint() {
    if trace::available("a next publication on a broken disk") {
        let scenario = next_publication();
        scenario.fail(&scenario.steps());
    }
}

#[test]
fn a_plugin_publication_on_a_broken_disk_changes_nothing_and_names_the_path_and_a_hint() {
    if trace::available("a plugin publication on a broken disk") {
        let scenario = plugin_publication();
        scenario.fail(&scenario.steps());
    }
}

#[test]
fn content_and_directories_are_flushed_before_the_index_refers_to_them() {
    if trace::available("all content and all names are flushed") {
        first_publication().check_flushes();
        next_publication().check_flushes();
        plugin_publication().check_flushes();
        large_plugin_publication().check_flushes();
    }
}

#[test]
fn a_full_disk_is_reported_clearly() {
    if !trace::available("a full disk is told in plain words") {
        return;
    }
    let workshop = Workshop::with_registry(1);
    let (_, calls) = trace::record(&workshop.copy(), &words(&["publish", "--first"]));
    let first = calls.iter().find(|call| call.name == "write").unwrap();
    let ended = trace::disturb(
        &workshop,
        &words(&["publish", "--first"]),
        first,
        Fault::Error("ENOSPC"),
    )
    .unwrap();
    snapbox::assert_data_eq!(
        ended.stderr,
        snapbox::str![[r#"
error: ./transport-archive/blobs: cannot write to it: No space left on device (os error 28)
hint: free some space and repeat the command: nothing was published

"#]]
    );
}

#[test]
fn a_file_system_without_locks_can_be_written() {
    if !trace::available("a file system without locks") {
        return;
    }
    let workshop = Workshop::with_registry(1);
    let ended = trace::without(
        &workshop,
        &words(&["publish", "--first"]),
        "flock",
        "EOPNOTSUPP",
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    workshop.done(&["component", "verify", &reference(REGISTRY)]);
}

#[test]
fn a_lock_that_cannot_be_acquired_is_named_with_a_hint() {
    if !trace::available("a lock that cannot be had") {
        return;
    }
    let workshop = Workshop::with_registry(1);
    let ended = trace::without(
        &workshop,
        &words(&["publish", "--first"]),
        "flock",
        "ENOLCK",
    );
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stderr
            .contains(&format!("error: ./{ARCHIVE}/artifact-index.json.lock: ")),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("\nhint: "), "{}", ended.stderr);
    workshop.done(&["publish", "--first"]);
}

#[test]
fn a_result_that_cannot_be_printed_is_a_failure_and_a_repeat_prints_it() {
    if !trace::available("a result that cannot be printed") {
        return;
    }
    let base = Workshop::with_registry(1);
    let command = publish(CONSTRUCTOR);
    let (ended, calls) = trace::record(&base.copy(), &command);
    let print = calls
        .iter()
        .find(|call| call.text.starts_with("write(1<"))
        .unwrap();
    let workshop = base.copy();
    let unprinted = trace::disturb(&workshop, &command, print, Fault::Error("ENOSPC")).unwrap();
    assert_eq!(unprinted.code, Some(1));
    assert!(unprinted.stderr.contains("error: "), "{}", unprinted.stderr);
    let again = workshop.run(&command);
    assert_eq!(again.code, Some(0));
    assert_eq!(again.stdout.replace("unchanged", "published"), ended.stdout);
}

#[test]
fn an_archive_in_a_folder_without_permission_is_named_with_a_hint() {
    let workshop = Workshop::with_registry(1);
    let archive = workshop.folder().join(ARCHIVE);
    let blobs = archive.join("blobs");
    let before = workshop.files();
    let old = set_readonly(&archive, true);
    set_readonly(&blobs, true);
    if fs_err::write(archive.join("probe"), "").is_ok() {
        println!(
            "skipped: an archive in a folder without permission: this user may write anywhere"
        );
        return;
    }
    let ended = workshop.run(&["publish", "--first"]);
    for folder in [&archive, &blobs] {
        fs_err::set_permissions(folder, old.clone()).unwrap();
    }
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("error: ./transport-archive"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("hint: check the permissions"),
        "{}",
        ended.stderr
    );
    assert_eq!(workshop.files(), before);
}

fn set_readonly(folder: &std::path::Path, readonly: bool) -> std::fs::Permissions {
    let old = fs_err::metadata(folder).unwrap().permissions();
    let mut new = old.clone();
    new.set_readonly(readonly);
    fs_err::set_permissions(folder, new).unwrap();
    old
}

#[test]
fn an_interrupted_add_leaves_the_old_or_the_new_constructor() {
    if !trace::available("a constructor holds the old or the new text") {
        return;
    }
    let base = Workshop::with_registry(2);
    let command = words(&["add", DEMO]);
    let undisturbed = base.copy();
    let (ended, calls) = trace::record(&undisturbed, &command);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let (old, new) = (base.read(CONSTRUCTOR), undisturbed.read(CONSTRUCTOR));
    assert_ne!(old, new);
    let mut cases = Vec::new();
    for call in &calls {
        cases.push((call, Fault::Kill));
        cases.extend(
            call.plausible_errors()
                .iter()
                .map(|error| (call, Fault::Error(error))),
        );
    }
    in_parallel(&cases, |(call, fault)| {
        let fail = |error: String| format!("{fault:?} at {}: {error}", call.text);
        let workshop = base.copy();
        let ended = trace::disturb(&workshop, &command, call, *fault).map_err(fail)?;
        let text = workshop.read(CONSTRUCTOR);
        if text != old && text != new {
            return Err(fail(format!(
                "the constructor is neither the old nor the new one:\n{text}"
            )));
        }
        // Where only the flush of the directory fails, the new text is there for all readers.
        let done = ended.code == Some(0) && text == new;
        if matches!(fault, Fault::Error(_)) && !done {
            if ended.code != Some(1) || text != old || !ended.stderr.contains(CONSTRUCTOR) {
                return Err(fail(format!("a failure must change nothing: {ended:?}")));
            }
            if workshop.files() != base.files() {
                return Err(fail("it leaves files behind".to_owned()));
            }
        }
        if text == old {
            let again = workshop.run(&command);
            if again.code != Some(0) || workshop.read(CONSTRUCTOR) != new {
                return Err(fail(format!("a repeat does not finish it: {again:?}")));
            }
        }
        Ok(())
    });
}

#[test]
fn plugins_published_concurrently_to_a_new_archive_are_all_stored() {
    const PUBLISHERS: usize = 8;
    for _ in 0..4 {
        let workshop = Workshop::new();
        let component = |number: usize| format!("acme.org/plugins/number-{number}");
        let commands: Vec<_> = (0..PUBLISHERS)
            .map(|number| plugin(&component(number), "0.1.0"))
            .collect();
        for ended in at_once(&workshop, &commands) {
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        }
        for number in 0..PUBLISHERS {
            workshop.done(&["component", "verify", &reference(&component(number))]);
        }
        assert_eq!(workshop.leftovers(), Vec::<String>::new());
        let index: Value =
            serde_json::from_str(&workshop.read(&format!("{ARCHIVE}/artifact-index.json")))
                .unwrap();
        assert_eq!(index["artifacts"].as_array().unwrap().len(), PUBLISHERS);
    }
}

#[test]
fn exactly_one_of_two_concurrent_publishers_with_different_content_succeeds() {
    let base = Workshop::with_registry(1);
    let text = base.read(CONSTRUCTOR);
    for content in ["one", "other"] {
        base.write(
            &format!("{content}.yaml"),
            &text.replace("Plugin registry of", content),
        );
    }
    assert_ne!(base.read("one.yaml"), base.read("other.yaml"));
    for _ in 0..8 {
        let workshop = base.copy();
        let mut ended = at_once(
            &workshop,
            &["one", "other"].map(|content| publish(&format!("{content}.yaml"))),
        );
        ended.sort_by_key(|ended| ended.code);
        assert_eq!(ended[0].code, Some(0), "{}", ended[0].stderr);
        assert_eq!(status(&ended[0]), "published");
        assert_taken(&ended[1]);
        workshop.done(&["component", "verify", &reference(REGISTRY)]);
    }
}

#[test]
fn one_of_two_concurrent_publishers_of_the_same_content_finds_it_unchanged() {
    let base = Workshop::with_registry(1);
    for _ in 0..8 {
        let workshop = base.copy();
        let ended = at_once(&workshop, &[publish(CONSTRUCTOR), publish(CONSTRUCTOR)]);
        for ended in &ended {
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        }
        let mut statuses: Vec<String> = ended.iter().map(status).collect();
        statuses.sort();
        assert_eq!(statuses, ["published", "unchanged"]);
    }
}

#[test]
fn a_second_writer_reports_that_it_waits_and_then_sees_the_first_ones_result() {
    if !trace::available("a second writer says that it waits") {
        return;
    }
    let workshop = Workshop::with_registry(1);
    let text = workshop.read(CONSTRUCTOR);
    workshop.write("other.yaml", &text.replace("Plugin registry of", "other"));
    let first = Stopped::after(&workshop, &publish(CONSTRUCTOR), "flock", 1);
    let mut same = Waiting::start(&workshop, &publish(CONSTRUCTOR));
    let mut other = Waiting::start(&workshop, &publish("other.yaml"));
    // Readers need no lock.
    workshop.done(&["component", "verify", &reference(DEMO)]);
    assert!(same.is_waiting() && other.is_waiting());
    let first = first.resume();
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let same = same.end();
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    assert_eq!(status(&same), "unchanged");
    assert_taken(&other.end());
}

#[test]
fn after_a_killed_writer_the_next_one_continues_and_cleans_up() {
    if !trace::available("a writer that is killed in the middle") {
        return;
    }
    let workshop = Workshop::with_registry(1);
    // Right after the second temporary file has its content.
    let first = Stopped::after(&workshop, &publish(CONSTRUCTOR), "fsync", 3);
    assert_eq!(workshop.leftovers().len(), 1);
    let second = Waiting::start(&workshop, &publish(CONSTRUCTOR));
    drop(first);
    let second = second.end();
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert_eq!(status(&second), "published");
    assert_eq!(workshop.leftovers(), Vec::<String>::new());
    workshop.done(&["component", "verify", &reference(REGISTRY)]);
}

#[test]
fn a_waiting_writer_does_not_mistake_files_of_the_active_one_for_leftovers() {
    if !trace::available("a waiting writer") {
        return;
    }
    let workshop = Workshop::with_registry(1);
    let first = Stopped::after(&workshop, &publish(CONSTRUCTOR), "fsync", 3);
    let second = Waiting::start(&workshop, &plugin(DEMO, "0.2.0"));
    assert_eq!(workshop.leftovers().len(), 1);
    let first = first.resume();
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert_eq!(second.end().code, Some(0));
    workshop.done(&["component", "verify", &reference(REGISTRY)]);
    workshop.done(&["component", "verify", &format!("{}:0.2.0", reference(DEMO))]);
}

#[test]
fn an_archive_that_another_process_is_creating_is_accepted() {
    if !trace::available("an archive that another process is making") {
        return;
    }
    let base = Workshop::with_registry(1);
    let publish_plugin = plugin(DEMO, "0.1.0");
    let verify = words(&["component", "verify", &reference(DEMO)]);
    let list = words(&["list", "--registry", &reference(REGISTRY)]);
    // Each opens a directory that is still empty, and reads it once the archive exists.
    for (command, expected) in [
        (&publish_plugin, "published"),
        (&verify, ""),
        (&list, "no version of"),
    ] {
        let workshop = base.copy();
        let archive = workshop.folder().join(ARCHIVE);
        fs_err::remove_dir_all(&archive).unwrap();
        fs_err::create_dir(&archive).unwrap();
        let early = Stopped::after_looking_for(&workshop, command, &format!("./{ARCHIVE}/blobs"));
        workshop.done(&plugin(
            DEMO,
            if expected == "published" {
                "0.2.0"
            } else {
                "0.1.0"
            },
        ));
        let early = early.resume();
        assert!(
            !early.stderr.contains("no archive"),
            "{command:?}: {}",
            early.stderr
        );
        assert!(
            early.stderr.contains(expected),
            "{command:?}: {}",
            early.stderr
        );
    }
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn readers_see_a_complete_state_while_a_writer_publishes_many_versions() {
    const VERSIONS: usize = 40;
    let workshop = Workshop::new();
    let mut digests = Vec::new();
    for number in 0..VERSIONS {
        workshop.done(&plugin(DEMO, &format!("0.0.{number}")));
        let digest = workshop.done(&[
            "component",
            "hash",
            &format!("{}:0.0.{number}", reference(DEMO)),
        ]);
        let digest = digest.trim().to_owned();
        workshop.write(&format!("{number}.yaml"), &constructor(number, &digest));
        digests.push(digest);
    }
    workshop.done(&words(&["publish", "--first", "-c", "0.yaml"]));
    let written = AtomicBool::new(false);
    let states = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 1..VERSIONS {
                workshop.done(&publish(&format!("{number}.yaml")));
            }
            written.store(true, Ordering::SeqCst);
        });
        let mut states = Vec::new();
        // The last look is after the writer's end, also where that is a panic.
        let mut over = false;
        while !over {
            over = written.load(Ordering::SeqCst) || writer.is_finished();
            let list = workshop.done(&["list", "-o", "json", "--registry", &reference(REGISTRY)]);
            let list: Value = serde_json::from_str(&list).unwrap();
            let [entry] = list.as_array().unwrap().as_slice() else {
                panic!("one entry, and not {list}");
            };
            let number: usize = entry["version"].as_str().unwrap()["0.0.".len()..]
                .parse()
                .unwrap();
            assert_eq!(entry["digest"], digests[number], "{entry}");
            states.push(number);
            workshop.done(&["component", "verify", &reference(REGISTRY)]);
        }
        states
    });
    assert!(
        states.is_sorted(),
        "no reader goes back in time: {states:?}"
    );
    assert_eq!(states.last(), Some(&(VERSIONS - 1)));
    assert!(
        states.len() > 2,
        "there were readers while it wrote: {states:?}"
    );
}

/// A registry whose only entry identifies its version.
fn constructor(number: usize, digest: &str) -> String {
    let value = digest.strip_prefix("sha256:").unwrap();
    let mut text = String::new();
    write!(
        text,
        "name: {REGISTRY}
version: v0.0.{number}
provider: {{ name: acme.org }}
componentReferences:
  - name: demo
    version: 0.0.{number}
    componentName: {DEMO}
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v4alpha1
      value: {value}
"
    )
    .unwrap();
    text
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn reference(component: &str) -> String {
    format!("./{ARCHIVE}//{component}")
}

/// The command that publishes a constructor, whether or not it is the first.
fn publish(constructor: &str) -> Vec<String> {
    words(&["publish", "--first", "-o", "json", "-c", constructor])
}

fn status(ended: &Ended) -> String {
    let publication: Value = serde_json::from_str(&ended.stdout).unwrap();
    publication["status"].as_str().unwrap().to_owned()
}

fn assert_taken(ended: &Ended) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.stdout, "");
    for part in ["is already published with different content", "\nhint: "] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

/// Starts all commands at the same moment, and waits for their ends.
fn at_once(workshop: &Workshop, commands: &[Vec<String>]) -> Vec<Ended> {
    let barrier = Arc::new(Barrier::new(commands.len()));
    std::thread::scope(|scope| {
        let runs: Vec<_> = commands
            .iter()
            .map(|command| {
                let barrier = Arc::clone(&barrier);
                scope.spawn(move || {
                    barrier.wait();
                    workshop.run(command)
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

/// A command that has reported that it waits for another writer.
struct Waiting {
    child: Child,
    lines: mpsc::Receiver<String>,
    said: String,
}

impl Waiting {
    fn start(workshop: &Workshop, arguments: &[String]) -> Self {
        let mut child = workshop.command(PLUGYARD).args(arguments).spawn().unwrap();
        let lines = lines(child.stderr.take().unwrap());
        let mut waiting = Self {
            child,
            lines,
            said: String::new(),
        };
        let expected = format!("waiting for another writer of ./{ARCHIVE}");
        while !waiting.said.contains(&expected) {
            match waiting.lines.recv_timeout(PATIENCE) {
                Ok(line) => waiting.said += &line,
                Err(error) => panic!("it does not say that it waits ({error}):\n{}", waiting.said),
            }
        }
        waiting
    }

    fn is_waiting(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    fn end(mut self) -> Ended {
        let mut stdout = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        let status = self.child.wait().unwrap();
        let mut stderr = std::mem::take(&mut self.said);
        stderr.extend(self.lines.iter());
        Ended {
            code: status.code(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stderr: ChildStderr) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines() {
            let _ = sender.send(line.unwrap() + "\n");
        }
    });
    receiver
}
