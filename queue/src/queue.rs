//! The handle: cheap to clone, shared by all who ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Clock, EventId, Passes, QueueToken, QueueTokens};
use lease::{LeaseName, Leases, Neighbour, Ownership};
use tokio::sync::oneshot;

use crate::config::{Pools, QueueConfig};
use crate::error::QueueError;
use crate::room::{OpenRoom, Premises, RoomCommand, Rooms, Totals};
use crate::rules::orders::Orders;

/// The waiting rooms of this node.
///
/// The room of an event is on the node that has the event's lease; whoever asks another one is told whose it is.
#[derive(Clone)]
pub struct Queue {
    pub(crate) rooms: Arc<Rooms>,
    orders: Arc<Mutex<Orders>>,
}

/// What became of an event that another node had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Stays,
    /// It is this node's by now, or a third one's.
    Moved,
    /// It is nobody's: that node's lease is over.
    Free,
}

/// Tries at a room that closes while it is asked.
const TRIES: u32 = 3;

impl Queue {
    /// Takes     `leases`: where other nodes can be asked; else this one has all rooms.
    pub fn start(
        pools: impl Into<Pools>,
        leases: Option<Leases>,
        clock: Clock,
        tokens: QueueTokens,
        passes: Passes,
        config: QueueConfig,
    ) -> Queue {
        let premises = Premises::new(pools.into(), leases, clock, (tokens, passes), config);
        Queue { rooms: Arc::new(Rooms::new(premises)), orders: Arc::default() }
    }

    /// Which other node is to be asked for an event's queue: the one that has the event or, where this node takes none or no more, any that
    /// does. None where it is this node's, or nobody's that can be asked. Opens nothing.
    pub async fn elsewhere(&self, event: EventId) -> Result<Option<Neighbour>, QueueError> {
        let sells = self.premises().config.sells && !self.rooms.are_shut();
        let Some(leases) = self.premises().leases.as_ref().filter(|_| !sells || !self.is_open(event)) else { return Ok(None) };
        Ok(match leases.owner(&LeaseName::event(event)).await? {
            Some(Ownership::Theirs(other)) if other.url.is_some() => Some(other),
            _ if sells => None,
            _ => leases.other().await?,
        })
    }

    /// What became of an event that another node had.
    pub async fn since(&self, event: EventId, had: &Neighbour) -> Since {
        let Some(leases) = &self.premises().leases else { return Since::Stays };
        match leases.owner(&LeaseName::event(event)).await {
            Ok(Some(Ownership::Theirs(now))) if now.node == had.node => Since::Stays,
            Ok(Some(_)) => Since::Moved,
            Ok(None) => Since::Free,
            // nobody can say
            Err(_) => Since::Stays,
        }
    }

    /// Forgets that this other node has the event: it does not answer.
    pub fn doubt(&self, event: EventId, other: &Neighbour) {
        if let Some(leases) = &self.premises().leases {
            leases.doubt(&LeaseName::event(event), other.epoch);
        }
    }

    /// Signs with other keys from now on, in rooms that are open, too; what the old ones signed is good as long as they are among these.
    pub fn turn(&self, tokens: QueueTokens, passes: Passes) {
        self.premises().turn(tokens, passes);
    }

    /// Closes the room of an event.
    pub fn close(&self, event: EventId) {
        self.rooms.close(event);
    }

    /// Whether the event's room is open here.
    pub fn is_open(&self, event: EventId) -> bool {
        self.rooms.opened(event).is_some()
    }

    /// Lets every room finish what it was given, then stops. Callers bound it with their drain deadline.
    pub async fn shutdown(&self) {
        self.rooms.shutdown().await;
    }

    /// What stands in `/metrics`.
    pub fn totals(&self) -> Totals {
        self.rooms.totals()
    }

    /// Reads the event's facts anew and does what is due, if its room is open here.
    pub async fn look_again(&self, event: EventId) -> Result<(), QueueError> {
        match self.rooms.opened(event) {
            Some(_) => self.ask(event, RoomCommand::Look).await,
            None => Ok(()),
        }
    }

    /// The published orders that are kept here.
    pub(crate) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn premises(&self) -> &Premises {
        self.rooms.premises()
    }

    /// The place that a token stands for.
    ///
    /// Refuses   not found: nobody here signed it.
    pub(crate) fn token(&self, text: &str) -> Result<QueueToken, QueueError> {
        self.premises().tokens().open(text).ok_or(QueueError::NotFound)
    }

    /// Sends a command to the event's room, and to the next one should it close meanwhile.
    pub(crate) async fn ask<T>(
        &self,
        event: EventId,
        command: impl Fn(oneshot::Sender<Result<T, QueueError>>) -> RoomCommand,
    ) -> Result<T, QueueError> {
        for _ in 0..TRIES {
            let room = self.rooms.room(event).await?;
            if !room.commands.is_closed() {
                return room.ask(&command).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(QueueError::again())
    }

    /// The room of a token, in which somebody has its number: a place whose row is lost is given back.
    pub(crate) async fn room_of(&self, token: &QueueToken) -> Result<Arc<OpenRoom>, QueueError> {
        let room = self.rooms.room(token.event).await.map_err(hidden)?;
        if room.status(token, false)?.is_none() {
            let is_possible = token.epoch <= room.epoch && token.number < room.live().room.numbers().0;
            if !is_possible {
                return Err(QueueError::NotFound);
            }
            self.ask(token.event, |reply| RoomCommand::Return(*token, reply)).await?;
        }
        Ok(room)
    }
}

/// A token of a queue that is there no more.
fn hidden(error: QueueError) -> QueueError {
    match error {
        QueueError::Refused(_) => QueueError::NotFound,
        other => other,
    }
}
