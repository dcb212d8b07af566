//! Opening a room: becoming the owner of an event's queue and reading its places back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;

use domain::{Clock, EventId, Stopwatch};
use lease::{Lease, LeaseName, Ownership};
use rand::RngCore as _;
use sqlx::PgConnection;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::command::RoomCommand;
use super::open_room::{Live, OpenRoom};
use super::premises::Premises;
use super::time::Time;
use crate::error::QueueError;
use crate::rules::controls::Guard;
use crate::rules::refusal::Refusal;
use crate::rules::room::{Restored, Room};
use crate::rules::settings::Settings;
use crate::rules::shuffle::Seed;
use crate::store::queues::QueueRow;
use crate::store::{places, queues, terms};

/// A room, what its task takes commands from, and the lease by which it is here.
pub type Opened = (Arc<OpenRoom>, mpsc::Receiver<RoomCommand>, Option<Lease>);

/// Makes this node the owner and restores the room. Whoever was the owner before writes nothing from then on.
///
/// Refuses   not found; `NoQueue`; busy where another node has the event by now.
/// Cost      a million places: about a second.
pub async fn open(premises: &Premises, event: EventId, close: CancellationToken) -> Result<Opened, QueueError> {
    let watch = Stopwatch::start();
    let mut db = premises.others.acquire().await?;
    let terms = terms::find(&mut db, event, None).await?.ok_or(QueueError::NotFound)?;
    let lease = lease(premises, event).await?;
    let row = claim(&mut db, event, terms.required).await?;
    let time = Time::new(premises.clock.clone(), row.now);
    let restored = restore(&mut db, premises, event, &row, &time).await?;
    let second = time.now().as_second();
    let room = Room::new(row.settings, restored, second);
    tracing::info!(%event, epoch = row.epoch, waiting = room.waiting(), inside = room.inside(), seconds = watch.seconds(), "a queue opens");
    metrics::histogram!("queue_restore_seconds").record(watch.seconds());
    let (sender, commands) = mpsc::channel(premises.config.commands);
    let open = OpenRoom {
        premises: premises.clone(),
        event,
        epoch: row.epoch,
        seed: row.seed,
        time,
        commands: sender,
        wake: Notify::new(),
        close,
        used: AtomicI64::new(second),
        live: Mutex::new(Live {
            room,
            terms,
            started_at: row.started_at,
            blocks: HashMap::new(),
            members: HashMap::new(),
            next_member: 1,
            turned: 0,
            beaten: Instant::now(),
            closed: false,
        }),
        moved: watch::Sender::new(0),
    };
    Ok((Arc::new(open), commands, lease))
}

/// Takes the event's lease. None where there are no other nodes, or the one that has it can be asked nothing: the epoch then says who
/// writes.
async fn lease(premises: &Premises, event: EventId) -> Result<Option<Lease>, QueueError> {
    let Some(leases) = &premises.leases else { return Ok(None) };
    match leases.claim(&LeaseName::event(event)).await? {
        Ownership::Mine(lease) => Ok(Some(lease)),
        Ownership::Theirs(other) if other.url.is_some() => Err(QueueError::again()),
        Ownership::Theirs(_) => Ok(None),
    }
}

/// An event that must have a queue and has no settings gets the usual ones.
async fn claim(db: &mut PgConnection, event: EventId, required: bool) -> Result<QueueRow, QueueError> {
    if let Some(row) = queues::claim(db, event).await? {
        return Ok(row);
    }
    if !required {
        return Err(Refusal::NoQueue.into());
    }
    queues::make(db, event, &Settings::default(), &chance()).await?;
    Ok(queues::claim(db, event).await?.ok_or(Refusal::NoQueue)?)
}

async fn restore(
    db: &mut PgConnection,
    premises: &Premises,
    event: EventId,
    row: &QueueRow,
    time: &Time,
) -> Result<Restored, QueueError> {
    let standings = places::standings(db, event).await?;
    let now = match &premises.clock {
        Clock::System => row.now,
        Clock::Manual(_) => time.now(),
    };
    let inside = places::inside(db, event, now).await?;
    let drawn = queues::drawn(db, event).await?;
    let next = if premises.config.controls.stands(Guard::Range) { row.reserved } else { standings.len() as u32 };
    Ok(Restored { epoch: row.epoch, standings, inside, drawn, next, reserved: row.reserved })
}

/// A seed that nobody knows.
pub fn chance() -> Seed {
    let mut seed = Seed::default();
    rand::rng().fill_bytes(&mut seed);
    seed
}
