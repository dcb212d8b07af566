//! The handle to selling: shared by all handlers, cheap to clone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{BuyerIds, Clock, EventId};
use sqlx::PgPool;
use tokio::sync::{Notify, Semaphore, broadcast};
use tokio::time::Instant;

use crate::config::{BookingConfig, Pools};
use crate::desk::hoards::Hoards;
use crate::desk::keyed::{Idempotency, InFlight};
use crate::desk::{Keyed, Premises, Registry, backoff};
use crate::error::{BookingError, Fault};
use crate::rules::terms::Terms;
use crate::store::houses::houses;
use crate::store::{desks, idempotency, sale_terms};
use crate::watch::{Gallery, Owners};

/// Sells seats of any event; opens a desk where one is needed.
#[derive(Clone)]
pub struct Booking {
    pub(crate) registry: Arc<Registry>,
    pub(crate) gallery: Arc<Gallery>,
    /// Where the events are that are heard here.
    pub(crate) owners: Arc<Owners>,
    pool: PgPool,
    in_flight: InFlight,
    pub(crate) hoards: Arc<Hoards>,
    /// Somebody asked for a print on this node.
    pub(crate) printing: Arc<Notify>,
    /// Who looks for the best seats; as many at once as there are processors.
    pub(crate) looking: Arc<Semaphore>,
}

/// Events with held places that a start looks after: their places lapse in sight of all without anybody asking.
const HOLDING: i64 = 100_000;
/// News of passes that a slow listener may be behind.
const PASSES_TOLD: usize = 4_096;

impl Booking {
    /// Opens the handle and begins at once, as [`Booking::begin`] does.
    pub async fn start(pools: impl Into<Pools>, clock: Clock, config: BookingConfig) -> Result<Booking, Fault> {
        let booking = Booking::open(pools, clock, config);
        booking.begin().await?;
        Ok(booking)
    }

    /// Begins what goes on by itself, such as what a stopped node left: holds lapse, cancellations continue. From now on this node takes
    /// events that nobody asked it about; so it is told when others can ask it.
    pub async fn begin(&self) -> Result<(), Fault> {
        let holding = desks::holding(self.pool(), HOLDING).await?;
        self.registry.lapse_from_rows(holding);
        let (watched, shutdown) = (Arc::downgrade(&self.gallery), self.registry.shutting_down());
        self.registry.spawn(Gallery::look_after(watched, self.premises().config.poll, shutdown));
        let canceller = self.clone();
        self.registry.spawn(async move { Box::pin(canceller.give_back_cancelled()).await });
        // a manual clock knows nothing of the database's
        if matches!(self.premises().clock, Clock::System) {
            let sweeper = self.clone();
            self.registry.spawn(async move { Box::pin(sweeper.give_back_overdue()).await });
        }
        Ok(())
    }

    /// The handle over a migrated database, alone: nothing begins by itself.
    ///
    /// Takes     `clock`: the system's leaves decisions to the database's clock; a manual one decides in its stead, for tests.
    pub fn open(pools: impl Into<Pools>, clock: Clock, config: BookingConfig) -> Booking {
        let Pools { desks: selling, others } = pools.into();
        let houses = houses();
        let gallery = Gallery::new(others.clone(), houses.clone(), &config);
        let registry = Registry::new(Premises {
            pool: selling,
            others: others.clone(),
            clock,
            houses,
            config,
            tally: Arc::default(),
            gallery: Arc::clone(&gallery),
            passes: broadcast::Sender::new(PASSES_TOLD),
            waitlists: Arc::default(),
        });
        let premises = registry.premises();
        let hoards = Hoards::new(premises.config.hoards, others.clone(), premises.clock.clone());
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Booking {
            registry,
            gallery,
            owners: Arc::default(),
            pool: others,
            in_flight: InFlight::default(),
            hoards: Arc::new(hoards),
            printing: Arc::default(),
            looking: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Lets every desk finish what it was given, then stops. Callers bound it with their drain deadline.
    pub async fn shutdown(&self) {
        self.registry.shutdown().await;
    }

    /// Commands that wait at the fullest desk of this node, and how many may: whether it has more to sell than it can.
    pub fn depth(&self) -> (usize, usize) {
        self.registry.depth()
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
            return Err(domain::Invalid::new("Idempotency-Key", "must be 1 to 255 visible ASCII characters").into());
        }
        let claim = self.in_flight.claim(owners, &key.key).ok_or(BookingError::InProgress)?;
        Ok(Keyed { owners: owners.clone(), key, claim })
    }

    /// Whether a request with this key was decided before.
    pub(crate) async fn was_decided(&self, keyed: &Keyed) -> Result<bool, Fault> {
        let owners: Vec<_> = keyed.owners.of_late().map(|owner| owner.0).collect();
        idempotency::is_known(self.pool(), &owners, &keyed.key.key, self.premises().decides_at()).await
    }

    /// Reads, and again while the database is away, as long as a pile would be tried.
    ///
    /// Refuses   Busy when the database does not come back.
    pub(crate) async fn patiently<T, F>(&self, read: impl Fn() -> F) -> Result<T, BookingError>
    where
        F: Future<Output = Result<T, BookingError>>,
    {
        self.patiently_until(Instant::now() + self.premises().config.patience, read).await
    }

    /// As [`Booking::patiently`], until then.
    pub(crate) async fn patiently_until<T, F>(&self, until: Instant, read: impl Fn() -> F) -> Result<T, BookingError>
    where
        F: Future<Output = Result<T, BookingError>>,
    {
        for attempt in 0.. {
            match tokio::time::timeout_at(until, read()).await {
                Ok(Err(error)) if error.is_away() => {
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
