//! A command that publishes, taken through a fault at each of its steps.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::crash::trace::{self, Call, Fault};
use crate::crash::workshop::{ARCHIVE, Ended, TEMPORARY, View, Workshop};

/// Cases that run at once.
const CONCURRENCY: usize = 2;

/// A command, and what it does when nothing disturbs it.
#[derive(Debug)]
pub(crate) struct Scenario {
    base: Workshop,
    command: Vec<String>,
    component: &'static str,
    before: View,
    after: View,
    /// All files after the command.
    result: Vec<(String, Vec<u8>)>,
    calls: Vec<Call>,
    /// Index in `calls` of the call that makes the new state visible.
    turn: usize,
}

impl Scenario {
    pub(crate) fn new(base: Workshop, command: &[impl ToString], component: &'static str) -> Self {
        let command: Vec<String> = command.iter().map(ToString::to_string).collect();
        let before = base.view(component).unwrap();
        let undisturbed = base.copy();
        let (ended, calls) = trace::record(&undisturbed, &command);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(undisturbed.leftovers(), Vec::<String>::new());
        let after = undisturbed.view(component).unwrap();
        assert_ne!(before, after, "the command changes what readers see");
        let turn = calls.iter().rposition(Call::renames).unwrap();
        Self {
            result: undisturbed.files(),
            base,
            command,
            component,
            before,
            after,
            calls,
            turn,
        }
    }

    /// Indices of all calls.
    pub(crate) fn steps(&self) -> Vec<usize> {
        (0..self.calls.len()).collect()
    }

    /// Indices of the first, the middle and the last call of each name.
    pub(crate) fn sample(&self) -> Vec<usize> {
        let mut names: Vec<&str> = self.calls.iter().map(|call| call.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let sample = |name| self.sample_of(|call| call.name == name);
        names.into_iter().flat_map(sample).collect()
    }

    /// Indices of the first, the middle and the last call of a kind.
    pub(crate) fn sample_of(&self, kind: impl Fn(&Call) -> bool) -> Vec<usize> {
        let mut steps = self.steps();
        steps.retain(|index| kind(&self.calls[*index]));
        let mut sample = [0, steps.len() / 2, steps.len() - 1]
            .map(|index| steps[index])
            .to_vec();
        sample.dedup();
        sample
    }

    /// Checks that a power failure finds nothing that refers to what is not on the disk: the
    /// content of each file is flushed before it gets its name, and the name before anything else
    /// gets one, the index last.
    pub(crate) fn check_flushes(&self) {
        let mut names = Vec::new();
        for (index, call) in self
            .calls
            .iter()
            .enumerate()
            .filter(|(_, call)| call.renames())
        {
            let mut paths = call.text.split('"').skip(1).step_by(2);
            let (from, to) = (paths.next().unwrap(), paths.next().unwrap());
            let (_, temporary) = from.rsplit_once('/').unwrap();
            let before = &self.calls[..index];
            let last = before.iter().rfind(|call| {
                call.text.contains(temporary) && (call.flushes() || call.name.contains("write"))
            });
            assert!(
                last.is_some_and(Call::flushes),
                "{to} has its content: {last:?}"
            );
            let (folder, name) = to.rsplit_once('/').unwrap();
            let folder = format!("{}>", folder.trim_start_matches("./"));
            let after = self.calls[index + 1..]
                .iter()
                .take_while(|call| !call.renames());
            let flushed = after
                .filter(|call| call.flushes())
                .any(|call| call.text.contains(&folder));
            assert!(
                flushed,
                "the name of {to} is on the disk before the next one"
            );
            names.push(name);
        }
        assert_eq!(names.last(), Some(&"artifact-index.json"), "{names:?}");
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.calls
            .iter()
            .filter(|call| call.name.starts_with(name))
            .count()
    }

    /// Kills the command at each of these steps.
    pub(crate) fn kill(&self, steps: &[usize]) {
        let cases: Vec<_> = steps.iter().map(|step| (*step, Fault::Kill)).collect();
        self.each(&cases, |workshop, step, _, ended| {
            if ended.code == Some(0) {
                return Err("it was killed, and says it succeeded".to_owned());
            }
            self.check_view(workshop, step)
        });
    }

    /// Lets each of these steps fail in all ways a disk may.
    pub(crate) fn fail(&self, steps: &[usize]) {
        let errors = |step: &usize| {
            let step = *step;
            self.calls[step]
                .plausible_errors()
                .iter()
                .map(move |error| (step, Fault::Error(error)))
        };
        let cases: Vec<_> = steps.iter().flat_map(errors).collect();
        self.each(&cases, |workshop, step, _, ended| {
            self.check_failure(workshop, ended)?;
            self.check_view(workshop, step)
        });
    }

    /// A failure names the path and an action, in terms that are still meaningful afterwards.
    fn check_failure(&self, workshop: &Workshop, ended: &Ended) -> Result<(), String> {
        let message = &ended.stderr;
        if ended.code != Some(1) || !ended.stdout.is_empty() {
            return Err(format!(
                "a failure must end with 1 and no result: {ended:?}"
            ));
        }
        for part in ["error: ", ARCHIVE, "\nhint: "] {
            if !message.contains(part) {
                return Err(format!("{part:?} is missing in its message:\n{message}"));
            }
        }
        let known = self
            .base
            .leftovers()
            .iter()
            .any(|file| message.contains(file));
        if message.contains(TEMPORARY) && !known || message.lines().count() != 2 {
            return Err(format!("its message is about what is gone:\n{message}"));
        }
        if message.matches(ARCHIVE).count() != 1 {
            return Err(format!("its message names the location twice:\n{message}"));
        }
        // Before the lock nothing is cleaned up, and what was there stays.
        if workshop.leftovers().len() > self.base.leftovers().len() {
            return Err(format!(
                "it leaves files behind: {:?}",
                workshop.leftovers()
            ));
        }
        Ok(())
    }

    /// Readers see the old state until the one step that makes the new one visible.
    fn check_view(&self, workshop: &Workshop, step: usize) -> Result<(), String> {
        let view = workshop.view(self.component)?;
        let old = view == self.before;
        let new = view == self.after;
        match step.cmp(&self.turn) {
            _ if !old && !new => Err(format!(
                "readers see neither the old nor the new state: {view:?}"
            )),
            // Calls of several threads have no order.
            _ if self.count("fdatasync") > 0 => Ok(()),
            std::cmp::Ordering::Less if new => {
                Err("readers see the new state too early".to_owned())
            }
            std::cmp::Ordering::Greater if old => Err("readers still see the old state".to_owned()),
            _ => Ok(()),
        }
    }

    /// Runs each case in a copy, then `check`, then the command once more, which must bring the
    /// very state of the undisturbed run.
    fn each(
        &self,
        cases: &[(usize, Fault)],
        check: impl Fn(&Workshop, usize, Fault, &Ended) -> Result<(), String> + Sync,
    ) {
        assert!(!cases.is_empty());
        in_parallel(cases, |(step, fault)| {
            let call = &self.calls[*step];
            let workshop = self.base.copy();
            let ended = trace::disturb(&workshop, &self.command, call, *fault)
                .and_then(|ended| check(&workshop, *step, *fault, &ended));
            ended
                .and_then(|()| self.repeat(&workshop))
                .map_err(|error| format!("{fault:?} at {}: {error}", call.text))
        });
    }

    fn repeat(&self, workshop: &Workshop) -> Result<(), String> {
        let ended = workshop.run(&self.command);
        if ended.code != Some(0) {
            return Err(format!("a repeat fails: {}", ended.stderr));
        }
        if workshop.view(self.component)? != self.after {
            return Err("after a repeat, readers do not see the new state".to_owned());
        }
        let files = workshop.files();
        if files != self.result {
            let names = |files: &[(String, Vec<u8>)]| -> Vec<String> {
                files.iter().map(|(name, _)| name.clone()).collect()
            };
            return Err(format!(
                "after a repeat, the files are others than without the fault:\n{:#?}\nand not\n{:#?}",
                names(&files),
                names(&self.result)
            ));
        }
        Ok(())
    }
}

/// Runs all cases, some at once, and fails with the reasons of all that fail.
pub(crate) fn in_parallel<T: Sync>(cases: &[T], run: impl Fn(&T) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..CONCURRENCY {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = run(case) {
                        failures.lock().unwrap().push(error);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!("{} cases", cases.len());
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
