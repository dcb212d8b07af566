//! How a desk goes: its place is free before its channel closes, also when it panics.

use std::time::Duration;

/// What a desk tells whoever keeps its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It takes no more commands: the next one needs another desk.
    Closing,
    /// All it was given is answered; held places lapse here after so long.
    Done(Duration),
    /// It panicked: whoever waits for an answer hears that there is none.
    Panicked,
}

/// A desk's promise to free its place: kept at the latest when it is dropped.
pub struct Leaving {
    tell: Box<dyn FnMut(Left) + Send>,
    left: bool,
}

impl Leaving {
    pub fn new(tell: impl FnMut(Left) + Send + 'static) -> Leaving {
        Leaving { tell: Box::new(tell), left: false }
    }

    pub fn leave(&mut self) {
        if !std::mem::replace(&mut self.left, true) {
            (self.tell)(Left::Closing);
        }
    }

    pub fn done(&mut self, due: Duration) {
        (self.tell)(Left::Done(due));
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.leave();
        if std::thread::panicking() {
            (self.tell)(Left::Panicked);
        }
    }
}
