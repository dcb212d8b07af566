//! The owner: the task that changes a room. It may stop at any instant: all it knows it can read back from rows.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lease::{Lease, LeaseName, Ownership};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::command::RoomCommand;
use super::open_room::{BEAT, OpenRoom};
use crate::error::{Fault, QueueError};
use crate::rules::controls::Guard;
use crate::rules::settings::Order;
use crate::rules::shuffle;
use crate::store::{places, queues, terms};

/// The pause between two tries to take a lease again, and how long one may take.
const AGAIN: Duration = Duration::from_millis(50);
const TRY: Duration = Duration::from_secs(1);

pub struct Owner {
    pub(super) room: Arc<OpenRoom>,
    commands: mpsc::Receiver<RoomCommand>,
    /// By which the room is on this node; none: there are no others.
    lease: Option<Lease>,
    reread: Instant,
}

/// Whatever ends the task, nobody goes on believing the room.
struct Shut(Arc<OpenRoom>);

impl Drop for Shut {
    fn drop(&mut self) {
        self.0.shut();
        if std::thread::panicking() {
            tracing::error!(event = %self.0.event, "a queue panicked; who asks next opens it again");
            metrics::counter!("queue_room_panics_total").increment(1);
        }
    }
}

impl Owner {
    pub fn new(room: Arc<OpenRoom>, commands: mpsc::Receiver<RoomCommand>, lease: Option<Lease>) -> Self {
        Self { room, commands, lease, reread: Instant::now() }
    }

    /// Serves until it is told to close, nobody has asked for a while, or rows say what they cannot. While the database is away those who
    /// wait are still told their places.
    pub async fn run(mut self) {
        let _shut = Shut(Arc::clone(&self.room));
        let mut pile = Vec::new();
        let owns = loop {
            let (room, most) = (Arc::clone(&self.room), self.room.premises.config.pile);
            let wait = self.until_something();
            let lost = self.lost();
            tokio::select! {
                biased;
                () = room.close.cancelled() => break true,
                () = lost.cancelled() => if self.regains().await { continue } else { break false },
                taken = self.commands.recv_many(&mut pile, most) => if taken == 0 { break true },
                () = room.wake.notified() => {}
                () = tokio::time::sleep(wait) => if self.is_idle() { break true },
            }
            match self.step(std::mem::take(&mut pile)).await {
                // what may have been written without a word is found by whoever asks again, or when it is written once more
                Err(fault) if fault.passes() => tracing::warn!(event = %room.event, %fault, "a queue writes nothing for now"),
                Err(fault) => return room.fault(&fault),
                Ok(()) => {}
            }
        };
        self.go(owns).await;
    }

    /// Tells those who wait their places while its lease is over and nobody can say whose the event is, and writes nothing: whoever wants
    /// something written is told to ask again. Takes the lease again where it is free; the epoch in the queue's row then says whether
    /// anybody was the owner meanwhile.
    ///
    /// Gives     whether the event is this node's again.
    async fn regains(&mut self) -> bool {
        let room = Arc::clone(&self.room);
        let (Some(lost), Some(leases)) = (self.lease.take(), &room.premises.leases) else { return false };
        let (name, mut unwritten) = (LeaseName::event(room.event), Vec::new());
        let until = lost.good_until().min(Instant::now()) + room.premises.config.adrift;
        tracing::warn!(event = %room.event, "a queue has lost its lease");
        while Instant::now() < until {
            match tokio::time::timeout(TRY, leases.claim(&name)).await {
                Ok(Ok(Ownership::Mine(lease))) => {
                    self.lease = Some(lease);
                    self.look_again().await;
                    return true;
                }
                Ok(Ok(Ownership::Theirs(_))) => return false,
                // nobody can say
                Ok(Err(_)) | Err(_) => {}
            }
            tokio::select! {
                biased;
                () = room.close.cancelled() => return false,
                taken = self.commands.recv_many(&mut unwritten, room.premises.config.pile) => if taken == 0 { return false },
                () = tokio::time::sleep(AGAIN) => {}
            }
            unwritten.clear();
            self.room.beat_if_due(false);
        }
        false
    }

    /// Answers what was sent before the room closes, and gives back the numbers that nobody was given.
    ///
    /// Takes     `writes`: whether the event is this node's; else all are told to ask again.
    async fn go(&mut self, writes: bool) {
        self.commands.close();
        let mut pile = Vec::new();
        while writes && self.commands.recv_many(&mut pile, self.room.premises.config.pile).await > 0 {
            if let Err(fault) = self.write(std::mem::take(&mut pile)).await {
                return self.room.fault(&fault);
            }
        }
        self.room.shut();
        if !writes {
            return;
        }
        let (next, _) = self.room.live().room.numbers();
        let given = async {
            let mut db = self.room.premises.pool.acquire().await?;
            queues::reserve(&mut db, self.room.event, self.room.epoch, next).await
        };
        // an error: some numbers are given to nobody
        let _ = self.while_owned(given).await;
        // its own part goes first: the event's desk may keep the lease, else another node may have it now
        let had = self.lease.take().is_some();
        if let (true, Some(leases)) = (had, &self.room.premises.leases) {
            let _ = leases.release(&LeaseName::event(self.room.event)).await;
        }
    }

    async fn step(&mut self, pile: Vec<RoomCommand>) -> Result<(), Fault> {
        let (looks, pile): (Vec<_>, Vec<_>) = pile.into_iter().partition(|command| matches!(command, RoomCommand::Look(_)));
        if !looks.is_empty() || self.reread.elapsed() >= self.room.premises.config.reread {
            self.look_again().await;
        }
        self.start_if_due().await?;
        self.write(pile).await?;
        self.let_in().await?;
        self.room.beat_if_due(!looks.is_empty());
        // whoever looks is answered when all is done
        self.write(looks).await
    }

    /// Reads what the organiser may have changed. Where it cannot be read the room goes on with what it knows.
    async fn look_again(&mut self) {
        self.reread = Instant::now();
        let room = &self.room;
        let read = async {
            let mut db = room.premises.pool.acquire().await?;
            let terms = terms::find(&mut db, room.event, None).await?;
            let row = queues::find(&mut db, room.event).await?;
            Ok::<_, Fault>(terms.zip(row))
        };
        match self.while_owned(read).await {
            Ok(Some((terms, row))) => {
                room.time.heard(row.now);
                room.reread(terms, row.settings);
                if row.epoch != room.epoch && room.premises.config.controls.stands(Guard::Epoch) {
                    room.close.cancel();
                }
            }
            // the event or its queue is gone
            Ok(None) => room.close.cancel(),
            Err(fault) => tracing::warn!(event = %room.event, %fault, "a queue goes on with what it knows"),
        }
    }

    /// Starts when the sale begins: those who came before are drawn, or stay in the order in which they came.
    async fn start_if_due(&mut self) -> Result<(), Fault> {
        let room = Arc::clone(&self.room);
        let order = {
            let live = room.live();
            if live.room.has_started() || !live.terms.has_opened(room.time.now()) {
                return Ok(());
            }
            live.room.settings().order
        };
        let drawn = self.patiently(|| self.draw(order)).await?;
        let mut live = room.live();
        live.room.start(&drawn);
        live.started_at = Some(room.time.now());
        // they stand elsewhere now: whoever listens begins anew
        room.move_members(&mut live, room.second());
        tracing::info!(event = %room.event, drawn = drawn.len(), waiting = live.room.waiting(), "a queue starts");
        Ok(())
    }

    /// Draws outside any transaction: only this task changes places, as the fence then says.
    async fn draw(&self, order: Order) -> Result<Vec<u32>, Fault> {
        let (premises, event) = (&self.room.premises, self.room.event);
        let mut db = premises.others.acquire().await?;
        let row = queues::find(&mut db, event).await?.ok_or(Fault::Fenced)?;
        let waiting = match order {
            Order::FirstCome => Vec::new(),
            Order::Shuffle => places::waiting(&mut db, event).await?,
        };
        drop(db);
        let drawing = tokio::task::spawn_blocking(move || shuffle::draw(&row.seed, &waiting));
        let drawn = drawing.await.map_err(|error| Fault::corrupt("draw", error))?;
        let mut db = pg::begin(&premises.pool).await?;
        queues::fence(&mut db, event, self.epoch()).await?;
        if let Some(drawn) = queues::drawn(&mut db, event).await? {
            // an attempt of which nothing was heard has come through
            return Ok(drawn);
        }
        queues::start(&mut db, event, &drawn).await?;
        db.commit().await?;
        Ok(drawn)
    }

    /// The epoch that writes are guarded by.
    pub(super) fn epoch(&self) -> Option<u32> {
        self.room.premises.config.controls.stands(Guard::Epoch).then_some(self.room.epoch)
    }

    /// Does it, and again while the database is away or asks for another try, for as long as patience lasts.
    pub(super) async fn patiently<T, F: Future<Output = Result<T, Fault>>>(&self, work: impl Fn() -> F) -> Result<T, Fault> {
        let until = Instant::now() + self.room.premises.config.patience;
        let mut pause = Duration::from_millis(5);
        loop {
            match self.while_owned(work()).await {
                Err(fault) if fault.passes() && Instant::now() + pause < until && !self.lost().is_cancelled() => {
                    tokio::time::sleep(pause).await
                }
                done => return done,
            }
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    /// Fires when the event is this node's no more; never where there are no others.
    fn lost(&self) -> CancellationToken {
        self.lease.as_ref().map_or_else(CancellationToken::new, |lease| lease.lost.clone())
    }

    /// Does something with a database that may say nothing at all, for as long as the event is this node's and not for ever; whoever waits is
    /// told his place all the while.
    ///
    /// Refuses   with a fault that passes; what was begun may be written all the same.
    async fn while_owned<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let (lost, silent) = (self.lost(), Instant::now() + self.room.premises.config.silence);
        let mut work = std::pin::pin!(work);
        while !lost.is_cancelled() && Instant::now() < silent {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = lost.cancelled() => {}
                () = tokio::time::sleep(BEAT) => self.room.beat_if_due(false),
            }
        }
        Err(Fault::Database(sqlx::Error::PoolTimedOut))
    }

    fn until_something(&self) -> Duration {
        let second = self.room.time.until_second();
        let live = self.room.live();
        if live.room.is_urgent() { BEAT.saturating_sub(live.beaten.elapsed()).min(second) } else { second }
    }

    fn is_idle(&self) -> bool {
        let since = self.room.second() - self.room.used.load(Ordering::Relaxed);
        since > self.room.premises.config.idle.as_secs() as i64 && self.room.live().room.connected() == 0
    }
}

/// What is told to whoever asked for something that was not written.
pub(super) fn unwritten() -> QueueError {
    QueueError::again()
}
