//! What a room's task is asked for.

use domain::{BuyerId, PassId, QueueToken};
use tokio::sync::oneshot;

use crate::error::QueueError;

/// Somebody who wants a place.
#[derive(Debug)]
pub struct Joining {
    /// The id under which a place is made first, then the others that may have one.
    pub ids: Vec<BuyerId>,
    pub signed_in: bool,
    /// Gives the place, and whether it is new.
    pub reply: oneshot::Sender<Result<(QueueToken, bool), QueueError>>,
}

#[derive(Debug)]
pub enum RoomCommand {
    Join(Joining),
    /// A place whose row is lost.
    Return(QueueToken, oneshot::Sender<Result<(), QueueError>>),
    Leave(u32, oneshot::Sender<Result<(), QueueError>>),
    /// Somebody has bought.
    Ended(PassId, oneshot::Sender<Result<(), QueueError>>),
    /// Reads the settings and the event's facts anew, and does what is due.
    Look(oneshot::Sender<Result<(), QueueError>>),
}
