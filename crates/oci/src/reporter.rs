//! What an operation reports while it runs: everything that is neither its result nor its error.

use std::fmt::Display;
use std::time::Duration;

/// Receives the messages of an operation.
///
/// Libraries never print: they report here, and the program decides what is shown and how. The
/// methods are called from any thread, possibly often, and must not block for long.
pub trait Reporter: Send + Sync {
    /// Something the user may want to know about an operation that goes on as asked.
    fn note(&self, message: &dyn Display);

    /// Something the user should fix or know, although the operation goes on.
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
    /// Units there are in total; absent if it is not known yet.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: Unit,
}

/// What [`Progress`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of content.
    Bytes,
    /// Things of one kind, such as plugins.
    Items,
}

/// One HTTP request and its outcome.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The address, without anything that could be secret.
    pub url: &'a str,
    /// The status of the answer; absent if there was none.
    pub status: Option<u16>,
    /// Time until the answer was read, or dropped.
    pub time: Duration,
    /// Bytes of the answer's body that were read.
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
