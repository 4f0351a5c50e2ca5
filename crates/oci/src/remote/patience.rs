//! How long one step is repeated.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::RemoteFault;
use super::fault::Hope;
use crate::http::Line;

/// The patience with one step.
#[derive(Debug)]
pub(crate) struct Patience {
    http: Line,
    until: Instant,
    wait: Duration,
    attempts: u32,
}

impl Patience {
    /// Begins a step.
    pub(crate) fn new(http: &Line) -> Self {
        Self {
            until: Instant::now() + http.settings().retry_budget,
            wait: http.settings().first_wait,
            attempts: 1,
            http: http.clone(),
        }
    }

    /// How often it was tried.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Waits before the next attempt. Returns `false` if there must be none, because it would
    /// fail in the same way or the budget is spent. A server-supplied delay (`Retry-After`) takes
    /// precedence over the computed one.
    pub(crate) async fn wait(&mut self, fault: &RemoteFault) -> bool {
        let Hope::After(wish) = fault.may_pass() else {
            return false;
        };
        // Half of it at random: those who failed together should not come back together.
        let own = self.wait.mul_f64(0.5 + 0.5 * self.http.jitter());
        let settings = self.http.settings();
        let wait = wish.unwrap_or(own);
        if self.attempts >= settings.attempts || Instant::now() + wait > self.until {
            return false;
        }
        let reporter = self.http.reporter();
        reporter.waiting(&fault.server(), Some(wait));
        sleep(wait).await;
        self.attempts += 1;
        self.wait = (self.wait * 2).min(settings.longest_wait);
        true
    }

    /// Begins anew, because something was achieved.
    pub(crate) fn progress(&mut self) {
        *self = Self::new(&self.http);
    }
}
