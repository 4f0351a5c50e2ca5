//! Tracks whether the plugin is still in use.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The number of running requests, and the time the last one ended.
pub(crate) struct Activity(Mutex<State>);

struct State {
    running: usize,
    last_end: Instant,
}

/// One running request. It ends when this is dropped, also if its client disconnects.
pub(crate) struct Running<'a>(&'a Activity);

impl Activity {
    /// Starts without requests, idle from now on.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            running: 0,
            last_end: Instant::now(),
        }))
    }

    /// Records the start of a request.
    pub(crate) fn start(&self) -> Running<'_> {
        self.state().running += 1;
        Running(self)
    }

    /// Returns once there has been no request for `timeout`.
    pub(crate) async fn idle_for(&self, timeout: Duration) {
        loop {
            let now = Instant::now();
            let wake = {
                let state = self.state();
                let since = if state.running > 0 {
                    now
                } else {
                    state.last_end
                };
                since + timeout
            };
            if wake <= now {
                return;
            }
            tokio::time::sleep_until(wake).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        state.last_end = Instant::now();
    }
}
