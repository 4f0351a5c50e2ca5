//! What goes wrong, and with which request.

use super::{Answer, Asked, Wire};

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Another answer than the right one; what was asked for is not done.
    Answer(Answer),
    /// The connection ends without an answer; what was asked for is not done.
    Close,
    /// The right answer, but its body ends after so many bytes.
    Cut(usize),
    /// The right answer, sent in another way.
    Sent(Wire),
    /// What was asked for is not done, and not answered.
    Unheard(Wire),
    /// The right answer, with the first byte of its body flipped.
    Flip,
    /// The right answer, with a byte in the middle of its body flipped.
    FlipMiddle,
    /// The right answer, with a header more, or another value of it.
    With(&'static str, String),
    /// The right answer, without a header.
    Without(&'static str),
    /// The right answer with another body, which has to be no right one.
    Body(Vec<u8>),
    /// What was asked to be mounted is not; an upload begins instead.
    Unmounted,
}

/// When something goes wrong.
#[derive(Debug)]
pub(super) struct Trigger {
    /// Nothing: any.
    pub(super) method: Option<String>,
    pub(super) part: String,
    /// So many matching requests are let through before.
    pub(super) skip: usize,
    pub(super) times: usize,
    pub(super) fault: Fault,
}

impl Trigger {
    /// Says whether it is the turn of this request, and counts it.
    pub(super) fn fires(&mut self, asked: &Asked) -> bool {
        let other = |method: &String| *method != asked.method;
        let target = format!("{}?{}", asked.path, asked.query);
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
    /// Whether what was asked for is not even looked at. Gives what happens instead.
    pub(super) fn instead(&self) -> Option<Answer> {
        match self {
            Self::Answer(answer) => Some(answer.clone()),
            Self::Close => Some(Answer::status(0).sent(Wire::Close)),
            Self::Unheard(wire) => Some(Answer::status(0).sent(wire.clone())),
            _ => None,
        }
    }

    /// Changes what is asked.
    pub(super) fn bend(&self, asked: &mut Asked) {
        if matches!(self, Self::Unmounted) && asked.parameter("mount").is_some() {
            asked.query.clear();
        }
    }

    /// Changes a right answer.
    pub(super) fn spoil(self, answer: &mut Answer) {
        let middle = answer.body.len() / 2;
        match self {
            Self::Cut(length) => answer.sent = Wire::Cut(length),
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
