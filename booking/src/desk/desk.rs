//! The desk: a task that owns one event's inventory and decides its commands in order of arrival.
//!
//! While one transaction is in flight, arriving commands wait in a bounded channel; then the whole pile is decided and committed
//! together. Everything a desk knows it can read back from rows: it may stop at any instant.

use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, Clock, EventId};
use jiff::Timestamp;
use lease::{Lease, LeaseName};
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::again::Tally;
use super::keyed::Keyed;
use super::passed::{self, PassTold};
use super::registry::Leaving;
use crate::config::BookingConfig;
use crate::error::BookingError;
use crate::rules::change::JournalRow;
use crate::rules::command::{Command, Reply};
use crate::rules::controls::Guard;
use crate::rules::inventory::Inventory;
use crate::rules::seat::GRACE;
use crate::store::houses::Houses;
use crate::watch::{Gallery, Waitlists};

/// A command, before anybody waits for what becomes of it.
#[derive(Debug)]
pub struct Letter {
    pub command: Command,
    pub keyed: Option<Keyed>,
    pub by: Option<Actor>,
    /// It was given to a desk before, and nobody knows whether that committed it.
    pub uncertain: bool,
}

/// What a desk says of a command.
#[derive(Debug)]
pub enum DeskAnswer {
    Answered(Result<Answered, BookingError>),
    /// Not decided here: the event is another node's, or the desk goes.
    Back(Box<Letter>),
}

/// A command on its way through a desk, with whom to answer.
#[derive(Debug)]
pub struct Envelope {
    pub command: Command,
    pub keyed: Option<Keyed>,
    /// Whose change it is, for the audit log; none for a buyer's and for the desk's own.
    pub by: Option<Actor>,
    /// See [`Letter::uncertain`].
    pub uncertain: bool,
    pub reply: oneshot::Sender<DeskAnswer>,
}

/// A desk's answer, and the version it was at then.
#[derive(Debug)]
pub struct Answered {
    pub reply: Reply,
    pub version: i64,
}

/// What every desk of this node shares.
#[derive(Clone)]
pub struct Premises {
    pub pool: PgPool,
    /// For what only looks.
    pub others: PgPool,
    pub clock: Clock,
    pub config: BookingConfig,
    pub houses: Houses,
    pub tally: std::sync::Arc<Tally>,
    pub gallery: Arc<Gallery>,
    /// News of passes; nobody need listen.
    pub passes: broadcast::Sender<PassTold>,
    pub waitlists: Arc<Waitlists>,
}

impl Premises {
    /// The clock that decides: none for the database's own, a test's otherwise.
    pub fn decides_at(&self) -> Option<Timestamp> {
        match &self.clock {
            Clock::System => None,
            Clock::Manual(_) => Some(self.clock.now()),
        }
    }

    /// Tells everybody on this node who listens what a version has brought.
    pub(super) fn committed(&self, event: EventId, row: &JournalRow) {
        for told in passed::told(event, &row.changes.changes) {
            let _ = self.passes.send(told);
        }
        self.gallery.committed(event, row);
        if let Some(broker) = self.config.nodes.as_ref().and_then(|nodes| nodes.broker.as_ref()) {
            broker.tell(event, row.version.unsigned_abs());
        }
    }
}

pub struct Desk {
    pub(super) premises: Premises,
    pub(super) event: EventId,
    pub(super) inventory: Inventory,
    pub(super) version: i64,
    /// The last time a transaction was decided at, and when that was on this machine.
    pub(super) decided: Option<(Timestamp, Instant)>,
    pub(super) commands: mpsc::Receiver<Envelope>,
    /// Kept from one pile to the next while they come without a pause: its backend knows the statements and the pages by then. At first
    /// the one that opened the desk, for the command that it was opened for.
    pub(super) db: Option<PoolConnection<Postgres>>,
    /// Whether an attempt at the present pile ended without a word of the database: it may be committed.
    pub(super) uncertain: bool,
    /// By which this node has the event; none where nodes need not agree. Kept until the desk is gone.
    pub(super) lease: Option<Lease>,
    /// Asks this desk to finish and close.
    pub(super) close: CancellationToken,
}

/// Why the desk woke.
enum Woken {
    Pile,
    Deadline,
    /// Whoever it was opened for has not come.
    Unasked,
    Idle,
    Close,
}

impl Desk {
    /// Serves until it is told to close or nobody has asked for anything for a while.
    ///
    /// Takes     `leaving`: told when the desk takes no more commands, and what becomes due here later.
    pub async fn run(mut self, mut leaving: Leaving) {
        let mut pile = Vec::with_capacity(self.premises.config.pile);
        let mut used = Instant::now();
        loop {
            match self.wake(&mut pile, used).await {
                Woken::Pile => {
                    used = Instant::now();
                    self.decide_pile(std::mem::take(&mut pile)).await;
                }
                Woken::Deadline => self.sweep().await,
                Woken::Unasked => self.db = None,
                Woken::Idle | Woken::Close => break,
            }
        }
        leaving.leave();
        self.commands.close();
        while self.commands.recv_many(&mut pile, self.premises.config.pile).await > 0 {
            self.decide_pile(std::mem::take(&mut pile)).await;
        }
        leaving.done(self.until_deadline());
    }

    /// Gives the connection back when nothing waits here, or when others may be waiting for one.
    pub(super) fn keep_or_give_back(&mut self) {
        if self.commands.is_empty() || self.premises.pool.num_idle() == 0 {
            self.db = None;
        }
    }

    async fn wake(&mut self, pile: &mut Vec<Envelope>, used: Instant) -> Woken {
        let config = &self.premises.config;
        // Held places lapse in sight of all: the desk stays for them, while there is room.
        let needed = self.inventory.next_deadline().is_some() || !self.inventory.lines.is_empty();
        let idle = if needed { Duration::MAX } else { (used + config.idle).saturating_duration_since(Instant::now()) };
        let deadline = self.until_deadline();
        let unasked = if self.db.is_some() { UNASKED } else { Duration::MAX };
        let lease = self.lease.clone();
        tokio::select! {
            biased;
            () = self.close.cancelled() => Woken::Close,
            () = lost(&lease) => Woken::Close,
            // A desk that closed its channel has no sender left: that is a close too.
            taken = self.commands.recv_many(pile, config.pile) => if taken == 0 { Woken::Close } else { Woken::Pile },
            () = sleep(deadline) => Woken::Deadline,
            () = sleep(unasked) => Woken::Unasked,
            () = sleep(idle) => Woken::Idle,
        }
    }

    /// How long until the first hold is over, the grace included, or something is due in the waitlist. A manual clock wakes nobody.
    fn until_deadline(&self) -> Duration {
        let (Some((now, at)), Clock::System) = (self.decided, &self.premises.clock) else { return Duration::MAX };
        let closes_at = self.inventory.terms.closes_at;
        let held = self.inventory.next_deadline().map(|until| until.saturating_add(GRACE).unwrap_or(Timestamp::MAX));
        let waits = self.inventory.lines.next_deadline(closes_at, self.premises.config.waitlist);
        let Some(until) = [held, waits].into_iter().flatten().min() else { return Duration::MAX };
        let left = Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO);
        (left + WAKE_LATE).saturating_sub(at.elapsed())
    }

    /// Whether the event is this node's, as far as it knows; the fence says the last word.
    pub(super) fn owns(&self) -> bool {
        !self.premises.config.controls.stands(Guard::Lease) || self.lease.as_ref().is_none_or(Lease::is_good)
    }

    /// Forgets that the event is this node's: the fence says that it is not.
    pub(super) fn lose(&self) {
        if let (Some(nodes), Some(lease)) = (&self.premises.config.nodes, &self.lease) {
            nodes.leases.lose(&LeaseName::event(self.event), lease.epoch);
        }
        self.close.cancel();
    }

    /// Gives back what has lapsed, though nobody asked.
    async fn sweep(&mut self) {
        let (envelope, answer) = Letter::of(Command::Sweep).sealed();
        self.decide_pile(vec![envelope]).await;
        if let Ok(DeskAnswer::Answered(Err(error))) = answer.await {
            tracing::warn!(event = %self.event, %error, "lapsed holds wait for the next command");
            tokio::time::sleep(self.premises.config.poll).await;
        }
    }
}

impl Letter {
    /// A command of the node's own.
    pub fn of(command: Command) -> Letter {
        Letter { command, keyed: None, by: None, uncertain: false }
    }

    /// Gives     what a desk takes, and where it says what became of it.
    pub fn sealed(self) -> (Envelope, oneshot::Receiver<DeskAnswer>) {
        let Letter { command, keyed, by, uncertain } = self;
        let (reply, answer) = oneshot::channel();
        (Envelope { command, keyed, by, uncertain, reply }, answer)
    }
}

/// Waits until a lease is lost.
async fn lost(lease: &Option<Lease>) {
    match lease {
        Some(lease) => lease.lost.cancelled().await,
        None => std::future::pending().await,
    }
}

/// How long the connection that opened a desk waits for a command: not long, since who only looks after held places sends none.
const UNASKED: Duration = Duration::from_millis(10);
/// Wakes a little late rather than once in vain: the database's clock and this machine's differ by as much.
const WAKE_LATE: Duration = Duration::from_millis(20);

async fn sleep(how_long: Duration) {
    if how_long == Duration::MAX {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(how_long).await;
}
