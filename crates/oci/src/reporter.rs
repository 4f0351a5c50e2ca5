//! What an operation reports while it runs: everything that is neither its result nor its error.

use std::fmt::Display;
use std::time::Duration;

/// Receives the messages of an operation.
///
/// Libraries never print: they report here, and the program decides what is shown and how. The
/// methods are called from any thread, possibly often, and must not block for long.
pub trait Reporter: Send + Sync {
    /// Information about an operation that continues as requested.
    fn note(&self, message: &dyn Display);

    /// A problem that the user should know about or fix; the operation continues.
    fn warning(&self, message: &dyn Display);

    /// The operation pauses until `what` is available: a noun, to be read after "waiting for".
    /// `time` is the length of the pause, absent if nobody can tell. Pauses may be as short as a
    /// few milliseconds.
    fn waiting(&self, what: &dyn Display, time: Option<Duration>);

    /// Part of `what` is done. Called for every piece, so possibly thousands of times a second.
    fn progress(&self, _what: &dyn Display, _progress: Progress) {}

    /// An HTTP request was answered, or failed.
    fn exchange(&self, _exchange: &Exchange<'_>) {}
}

/// How much of something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Units that are done.
    pub done: u64,
    /// Total number of units; `None` while it is unknown.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: Unit,
}

/// What [`Progress`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of content.
    Bytes,
    /// Items of one kind, such as plugins.
    Items,
}

/// One HTTP request and its outcome.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The URL, without anything that could be secret.
    pub url: &'a str,
    /// HTTP status of the response; `None` if there was no response.
    pub status: Option<u16>,
    /// Time until the response was read or dropped.
    pub time: Duration,
    /// Number of bytes read from the response body.
    pub received: u64,
}

/// Discards all messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn note(&self, _message: &dyn Display) {}
    fn warning(&self, _message: &dyn Display) {}
    fn waiting(&self, _what: &dyn Display, _time: Option<Duration>) {}
}
