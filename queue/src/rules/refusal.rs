//! What the rules say no to.

use jiff::Timestamp;

/// Why somebody may not join, or may not see what he asks for; the first that applies is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the event has no queue")]
    NoQueue,
    #[error("the sale is over")]
    Closed,
    #[error("only who has signed in may join this queue")]
    SignIn,
    /// `at`: from when one may join; none: nobody has said yet.
    #[error("the queue does not take anybody yet")]
    NotOpen { at: Option<Timestamp> },
    #[error("the queue is full")]
    Full,
    /// The seed and the order are secret until then.
    #[error("the order is not drawn yet")]
    NotDrawn,
}
