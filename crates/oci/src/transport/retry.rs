//! How long one step is retried.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::client::Client;
use super::fault::HttpFault;

/// The attempts of one step, and the waits between them.
#[derive(Debug)]
pub(crate) struct Retry {
    client: Client,
    started: Instant,
    /// Before jitter.
    next_wait: Duration,
    attempts: u32,
}

impl Retry {
    /// Starts a step with its first attempt.
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            started: Instant::now(),
            next_wait: client.settings().first_wait,
            attempts: 1,
            client: client.clone(),
        }
    }

    /// Number of attempts so far, including the current one.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Waits before the next attempt. Returns `false` if there must be no other attempt, because it
    /// would fail in the same way or the budget is spent. A server-supplied delay (`Retry-After`)
    /// takes precedence over the computed one.
    pub(crate) async fn wait(&mut self, fault: &HttpFault) -> bool {
        let settings = self.client.settings();
        // Half of it is random, so that clients that failed together do not retry together.
        let computed = self.next_wait.mul_f64(0.5 + 0.5 * self.client.jitter());
        let wait = fault.retry_after().unwrap_or(computed);
        // The server may request any delay, so it is not added to a point in time.
        let left = settings.retry_budget.saturating_sub(self.started.elapsed());
        if !fault.is_transient() || self.attempts >= settings.attempts || wait > left {
            return false;
        }
        let reporter = self.client.reporter();
        reporter.waiting(&fault.server(), Some(wait));
        sleep(wait).await;
        self.attempts += 1;
        self.next_wait = self.next_wait.saturating_mul(2).min(settings.longest_wait);
        true
    }

    /// Starts again with a full budget, because there was progress.
    pub(crate) fn progress(&mut self) {
        *self = Self::new(&self.client);
    }
}
