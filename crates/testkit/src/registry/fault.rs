//! Faults and the requests they apply to.

use super::{Answer, Request, Wire};

/// A fault of one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A different response; the request has no effect.
    Answer(Answer),
    /// The connection is closed without a response; the request has no effect.
    Close,
    /// The right response, but its body ends after this many bytes.
    Truncated(usize),
    /// The right response, sent in a different way.
    Sent(Wire),
    /// The request has no effect and no response.
    Unheard(Wire),
    /// The right response, with the first byte of its body flipped.
    Flip,
    /// The right response, with a byte in the middle of its body flipped.
    FlipMiddle,
    /// The right response, with an additional or changed header.
    With(&'static str, String),
    /// The right response, without a header.
    Without(&'static str),
    /// The right response with a different, wrong body.
    Body(Vec<u8>),
    /// The mount is declined, and an upload begins instead.
    Unmounted,
}

/// When a fault applies.
#[derive(Debug)]
pub(super) struct Trigger {
    /// `None` matches any.
    pub(super) method: Option<String>,
    pub(super) part: String,
    /// Number of matching requests that pass before.
    pub(super) skip: usize,
    pub(super) times: usize,
    pub(super) fault: Fault,
}

impl Trigger {
    /// Counts the request and returns whether the fault applies to it.
    pub(super) fn fires(&mut self, request: &Request) -> bool {
        let other = |method: &String| *method != request.method;
        let target = format!("{}?{}", request.path, request.query);
        if self.times == 0
            || self.method.as_ref().is_some_and(other)
            || !target.contains(&self.part)
        {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }
}

impl Fault {
    /// If the request is not processed at all, returns the response.
    pub(super) fn instead(&self) -> Option<Answer> {
        match self {
            Self::Answer(answer) => Some(answer.clone()),
            Self::Close => Some(Answer::status(0).sent(Wire::Close)),
            Self::Unheard(wire) => Some(Answer::status(0).sent(wire.clone())),
            _ => None,
        }
    }

    /// Changes the request.
    pub(super) fn bend(&self, request: &mut Request) {
        if matches!(self, Self::Unmounted) && request.parameter("mount").is_some() {
            request.query.clear();
        }
    }

    /// Changes the right response.
    pub(super) fn spoil(self, answer: &mut Answer) {
        let middle = answer.body.len() / 2;
        match self {
            Self::Truncated(length) => answer.sent = Wire::Truncated(length),
            Self::Sent(wire) => answer.sent = wire,
            Self::Flip => flip(&mut answer.body, 0),
            Self::FlipMiddle => flip(&mut answer.body, middle),
            Self::With(name, value) => answer.set(name, &value),
            Self::Without(name) => answer.headers.retain(|(header, _)| header != name),
            Self::Body(body) => answer.body = body,
            Self::Answer(_) | Self::Close | Self::Unheard(_) | Self::Unmounted => {}
        }
    }
}

fn flip(body: &mut [u8], at: usize) {
    if let Some(byte) = body.get_mut(at) {
        *byte ^= 1;
    }
}
