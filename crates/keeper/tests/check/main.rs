//! `keeper::check::check` on archives: each rule, the policy, and what a hostile change can try.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod base;
mod compared;
mod defects;
mod hostile;
mod mutations;
mod policy;
mod yard;
