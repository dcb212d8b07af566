//! The handle to selling: shared by all handlers, cheap to clone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, BuyerIds, Clock, EventId};
use sqlx::PgPool;
use tokio::sync::{Notify, Semaphore, broadcast, mpsc::error::TrySendError, oneshot};
use tokio::time::Instant;

use crate::config::{BookingConfig, Pools};
use crate::desk::hoards::Hoards;
use crate::desk::keyed::{Idempotency, InFlight};
use crate::desk::{Answered, Envelope, Keyed, Premises, Registry, backoff};
use crate::error::{BookingError, Fault};
use crate::rules::command::Command;
use crate::rules::terms::Terms;
use crate::store::houses::houses;
use crate::store::{desks, idempotency, sale_terms};
use crate::watch::Gallery;

/// Sells seats of any event; opens a desk where one is needed.
#[derive(Clone)]
pub struct Booking {
    pub(crate) registry: Arc<Registry>,
    pub(crate) gallery: Arc<Gallery>,
    pool: PgPool,
    in_flight: InFlight,
    pub(crate) hoards: Arc<Hoards>,
    /// Somebody asked for a print on this node.
    pub(crate) printing: Arc<Notify>,
    /// Who looks for the best seats; as many at once as there are processors.
    pub(crate) looking: Arc<Semaphore>,
}

/// How often a command is sent to an event's desk that was just closing.
const SENDINGS: usize = 5;
/// Events with held places that a start looks after: their places lapse in sight of all without anybody asking.
const HOLDING: i64 = 100_000;
/// News of passes that a slow listener may be behind.
const PASSES_TOLD: usize = 4_096;

impl Booking {
    /// Starts selling over a migrated database. What a stopped node left goes on by itself: holds lapse, cancellations continue.
    ///
    /// Takes     `clock`: the system's leaves decisions to the database's clock; a manual one decides in its stead, for tests.
    pub async fn start(pools: impl Into<Pools>, clock: Clock, config: BookingConfig) -> Result<Booking, Fault> {
        let booking = Booking::open(pools, clock, config);
        let holding = desks::holding(booking.pool(), HOLDING).await?;
        booking.registry.lapse_from_rows(holding);
        let (watched, shutdown) = (Arc::downgrade(&booking.gallery), booking.registry.shutting_down());
        booking.registry.spawn(Gallery::look_after(watched, booking.premises().config.poll, shutdown));
        let canceller = booking.clone();
        booking.registry.spawn(async move { canceller.give_back_cancelled().await });
        Ok(booking)
    }

    /// The handle alone: nothing begins by itself.
    pub fn open(pools: impl Into<Pools>, clock: Clock, config: BookingConfig) -> Booking {
        let Pools { desks: selling, others } = pools.into();
        let houses = houses();
        let gallery = Gallery::new(others.clone(), houses.clone(), &config);
        let registry = Registry::new(Premises {
            pool: selling,
            clock,
            houses,
            config,
            tally: Arc::default(),
            gallery: Arc::clone(&gallery),
            passes: broadcast::Sender::new(PASSES_TOLD),
        });
        let premises = registry.premises();
        let hoards = Hoards::new(premises.config.hoards, others.clone(), premises.clock.clone());
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Booking {
            registry,
            gallery,
            pool: others,
            in_flight: InFlight::default(),
            hoards: Arc::new(hoards),
            printing: Arc::default(),
            looking: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Gives back what has lapsed at one event now, instead of when its desk wakes.
    pub async fn sweep(&self, event: EventId) -> Result<(), BookingError> {
        self.ask(event, Command::Sweep, None).await.map(|_| ())
    }

    /// Lets every desk finish what it was given, then stops. Callers bound it with their drain deadline.
    pub async fn shutdown(&self) {
        self.registry.shutdown().await;
    }

    /// What time it is here.
    pub fn now(&self) -> jiff::Timestamp {
        self.premises().clock.now()
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(crate) fn premises(&self) -> &Premises {
        self.registry.premises()
    }

    /// Claims a key for this request.
    pub(crate) fn claim(&self, owners: &BuyerIds, key: Idempotency) -> Result<Keyed, BookingError> {
        if key.key.is_empty() || key.key.len() > 255 || !key.key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                crate::rules::invalid::Invalid::new("Idempotency-Key", "must be 1 to 255 visible ASCII characters").into()
            );
        }
        let claim = self.in_flight.claim(owners, &key.key).ok_or(BookingError::InProgress)?;
        Ok(Keyed { owners: owners.clone(), key, claim })
    }

    /// Whether a request with this key was decided before.
    pub(crate) async fn was_decided(&self, keyed: &Keyed) -> Result<bool, Fault> {
        let owners: Vec<_> = keyed.owners.of_late().map(|owner| owner.0).collect();
        idempotency::is_known(self.pool(), &owners, &keyed.key.key, self.premises().decides_at()).await
    }

    /// Sends a command to its event's desk and waits for the answer.
    ///
    /// Refuses   Busy when the desk's queue is full.
    pub(crate) async fn ask(&self, event: EventId, command: Command, keyed: Option<Keyed>) -> Result<Answered, BookingError> {
        self.ask_by(event, command, keyed, None).await
    }

    /// As [`Booking::ask`]; what it changes is told to the audit log in somebody's name.
    pub(crate) async fn ask_by(
        &self,
        event: EventId,
        command: Command,
        keyed: Option<Keyed>,
        by: Option<&Actor>,
    ) -> Result<Answered, BookingError> {
        let (reply, answer) = oneshot::channel();
        let mut envelope = Envelope { command, keyed, by: by.cloned(), reply };
        for _ in 0..SENDINGS {
            match self.patiently(|| self.registry.desk(event)).await?.commands.try_send(envelope) {
                Ok(()) => return answer.await.unwrap_or_else(|_| Err(self.unanswered())),
                Err(TrySendError::Full(_)) => {
                    metrics::counter!("booking_busy_total").increment(1);
                    return Err(BookingError::Busy { retry_after: Duration::from_secs(1) });
                }
                // This desk is closing: the next one will take it.
                Err(TrySendError::Closed(back)) => envelope = back,
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(BookingError::Busy { retry_after: Duration::from_secs(1) })
    }

    /// Reads, and again while the database is away, as long as a pile would be tried.
    ///
    /// Refuses   Busy when the database does not come back.
    pub(crate) async fn patiently<T, F>(&self, read: impl Fn() -> F) -> Result<T, BookingError>
    where
        F: Future<Output = Result<T, BookingError>>,
    {
        let until = Instant::now() + self.premises().config.patience;
        for attempt in 0.. {
            match tokio::time::timeout_at(until, read()).await {
                Ok(Err(BookingError::Fault(Fault::Database(error)))) if pg::away(&error).is_some() => {
                    tracing::debug!(%error, attempt, "a reading is tried again");
                }
                Ok(done) => return done,
                Err(_) => break,
            }
            if Instant::now() >= until {
                break;
            }
            tokio::time::sleep(backoff(attempt, true)).await;
        }
        Err(BookingError::Busy { retry_after: Duration::from_secs(1) })
    }

    /// A desk went away without a word. What became of the command is known to nobody here: its key tells who asks again.
    fn unanswered(&self) -> BookingError {
        if self.registry.shutting_down().is_cancelled() {
            return Fault::ShuttingDown.into();
        }
        BookingError::Busy { retry_after: Duration::from_secs(1) }
    }

    /// The terms of an event now.
    pub(crate) async fn terms(&self, event: EventId) -> Result<Terms, BookingError> {
        let premises = self.registry.premises();
        let mut db = self.pool.acquire().await?;
        sale_terms::find(&mut db, event, &premises.houses).await?.ok_or(BookingError::NotFound)
    }

    /// The terms of these events now, each read once; without those that are gone.
    pub(crate) async fn terms_of(&self, events: impl Iterator<Item = EventId>) -> Result<HashMap<EventId, Terms>, BookingError> {
        let mut events: Vec<EventId> = events.collect();
        events.sort_unstable();
        events.dedup();
        if events.is_empty() {
            return Ok(HashMap::new());
        }
        let premises = self.registry.premises();
        let mut db = self.pool.acquire().await?;
        Ok(sale_terms::of(&mut db, &events, &premises.houses).await?)
    }
}
