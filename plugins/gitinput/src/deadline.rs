//! When to give up on a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag that is raised once and seen by all who hold it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flag(Arc<AtomicBool>);

/// Raises its flag when dropped.
pub(crate) struct RaiseOnDrop(pub(crate) Flag);

/// The end of the time a request may take, and the two reasons to end it
/// earlier.
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
    /// A deadline `timeout` from now, or as soon as `stopping` is raised.
    pub(crate) fn after(timeout: Duration, stopping: &Flag) -> Self {
        Self {
            end: Instant::now() + timeout,
            abandoned: Flag::default(),
            stopping: stopping.clone(),
        }
    }

    /// Whether work for this request is in vain from now on.
    pub(crate) fn has_passed(&self) -> bool {
        self.stopping.is_raised() || self.abandoned.is_raised() || Instant::now() >= self.end
    }
}
