//! When a request must be aborted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag that can be raised once and is shared by its clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flag(Arc<AtomicBool>);

/// Raises its flag when dropped.
pub(crate) struct RaiseOnDrop(pub(crate) Flag);

/// The time limit of a request, and the two reasons to abort it earlier.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    end: Instant,
    /// The client no longer waits for the answer.
    pub(crate) abandoned: Flag,
    /// The plugin is about to exit.
    pub(crate) stopping: Flag,
}

impl Flag {
    pub(crate) fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for RaiseOnDrop {
    fn drop(&mut self) {
        self.0.raise();
    }
}

impl Deadline {
    /// A deadline `timeout` from now, or when `stopping` is raised, if that is earlier.
    pub(crate) fn after(timeout: Duration, stopping: &Flag) -> Self {
        Self {
            end: Instant::now() + timeout,
            abandoned: Flag::default(),
            stopping: stopping.clone(),
        }
    }

    /// Whether work on this request must stop.
    pub(crate) fn has_passed(&self) -> bool {
        self.stopping.is_raised() || self.abandoned.is_raised() || Instant::now() >= self.end
    }
}
