//! The desks that are open on this node: found by event, opened once, bounded in number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Clock, EventId};
use tokio::sync::{OnceCell, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::{Desk, Envelope, Premises};
use super::open::open;
use super::shared::Shared;
use crate::error::{BookingError, Fault};

/// How to reach an open desk.
#[derive(Clone)]
pub struct Handle {
    pub commands: mpsc::Sender<Envelope>,
    pub shared: Arc<Shared>,
    close: CancellationToken,
}

/// A desk's place in the registry, also while it opens: who comes meanwhile waits for the same opening.
#[derive(Default)]
struct Slot {
    handle: OnceCell<Handle>,
    used: Mutex<Option<Instant>>,
}

pub struct Registry {
    premises: Premises,
    slots: Mutex<HashMap<EventId, Arc<Slot>>>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Registry {
    pub fn new(premises: Premises) -> Arc<Registry> {
        let slots = Mutex::new(HashMap::new());
        Arc::new(Registry { premises, slots, tasks: TaskTracker::new(), shutdown: CancellationToken::new() })
    }

    /// Finds the event's desk, opening it if need be.
    ///
    /// Refuses   an event that does not exist; Busy when all desks are in use.
    pub async fn desk(self: &Arc<Self>, event: EventId) -> Result<Handle, BookingError> {
        let slot = self.slot(event)?;
        let opened = slot.handle.get_or_try_init(|| self.open(event, &slot)).await;
        match opened {
            Ok(handle) => Ok(handle.clone()),
            Err(error) => {
                self.leave(event, &slot);
                Err(error)
            }
        }
    }

    fn slot(&self, event: EventId) -> Result<Arc<Slot>, BookingError> {
        if self.shutdown.is_cancelled() {
            return Err(Fault::ShuttingDown.into());
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if !slots.contains_key(&event) && slots.len() >= self.premises.config.desks {
            evict(&mut slots)?;
        }
        let slot = slots.entry(event).or_default();
        *slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(Arc::clone(slot))
    }

    async fn open(self: &Arc<Self>, event: EventId, slot: &Arc<Slot>) -> Result<Handle, BookingError> {
        // In a task of its own: a caller who gives up in the middle of BEGIN would leave the connection inside a transaction.
        let premises = self.premises.clone();
        let opening = self.tasks.spawn(async move { open(&premises, event).await });
        let opened = opening.await.map_err(|error| Fault::corrupt("opening", error))??;
        let shared = Arc::new(Shared::new(opened.picture(), self.premises.config.backlog));
        let (sender, commands) = mpsc::channel(self.premises.config.queue);
        let close = self.shutdown.child_token();
        let desk = Desk {
            premises: self.premises.clone(),
            event,
            inventory: opened.inventory,
            version: opened.version,
            // A manual clock knows nothing of the database's.
            decided: matches!(self.premises.clock, Clock::System).then(|| (opened.now, Instant::now())),
            shared: Arc::clone(&shared),
            commands,
            db: None,
            close: close.clone(),
        };
        let (registry, mine) = (Arc::downgrade(self), Arc::downgrade(slot));
        let leave = move || {
            if let (Some(registry), Some(slot)) = (registry.upgrade(), mine.upgrade()) {
                registry.leave(event, &slot);
            }
        };
        self.tasks.spawn(desk.run(leave));
        metrics::counter!("booking_desks_opened_total").increment(1);
        Ok(Handle { commands: sender, shared, close })
    }

    /// Removes a desk that closes, unless another has taken its place.
    fn leave(&self, event: EventId, slot: &Arc<Slot>) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.get(&event).is_some_and(|known| Arc::ptr_eq(known, slot)) {
            slots.remove(&event);
        }
        metrics::gauge!("booking_desks_open").set(slots.len() as f64);
    }

    pub fn premises(&self) -> &Premises {
        &self.premises
    }

    /// Runs something to its end; it looks at [`Self::shutting_down`] between its steps.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    pub fn shutting_down(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Lets every desk finish its queue.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Closes the desk that was used longest ago and that nobody watches.
fn evict(slots: &mut HashMap<EventId, Arc<Slot>>) -> Result<(), BookingError> {
    let used = |slot: &Arc<Slot>| *slot.used.lock().unwrap_or_else(PoisonError::into_inner);
    let open = slots.iter().filter_map(|(event, slot)| Some((*event, used(slot), slot.handle.get()?)));
    let oldest = open.filter(|(_, _, handle)| !handle.shared.watched()).min_by_key(|(_, used, _)| *used);
    let Some((event, _, handle)) = oldest else { return Err(BookingError::Busy { retry_after: Duration::from_secs(5) }) };
    handle.close.cancel();
    slots.remove(&event);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, TIERS, map, noon};
    use crate::store::fixture;
    use crate::{BookingConfig, SeatLetter};
    use sqlx::PgPool;

    fn open_desks(hall: &Hall) -> usize {
        hall.booking.registry.slots.lock().expect("a lock").len()
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_desk_is_rebuilt_from_rows_as_it_was(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.buy(hall.ada, &["A-1"]).await;
        hall.hold(hall.ada, &["A-2"]).await.expect("held");
        hall.floor(hall.bob, 2).await.expect("held");
        hall.block(&["B-1"]).await.expect("blocked");
        let before = hall.booking.seats(hall.event).await.expect("seats");
        // Nothing is shut down: the first node just stops being asked, as after kill -9.
        let next = Hall::node(&pool, hall.event, hall.clock.clone(), BookingConfig::default()).await;
        assert_eq!(*next.booking.seats(hall.event).await.expect("seats"), *before);
        next.wait(305_000_000);
        next.booking.sweep(hall.event).await.expect("swept");
        assert_eq!(next.letter("A-2").await, SeatLetter::Available);
        next.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn desks_are_bounded_and_the_oldest_goes_first(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { desks: 2, ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        let mut events = vec![first.event];
        for _ in 0..3 {
            events.push(fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event"));
        }
        for event in &events {
            hall.booking.seats(*event).await.expect("seats");
        }
        assert_eq!(open_desks(&hall), 2);
        let _one = hall.booking.subscribe(events[0], None).await.expect("a place");
        let _two = hall.booking.subscribe(events[1], None).await.expect("a place");
        let third = hall.booking.seats(events[2]).await;
        assert!(matches!(third, Err(BookingError::Busy { .. })), "both desks are watched");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_full_queue_answers_busy_at_once(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { queue: 1, pile: 1, ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        let asked = (0..20).map(|_| hall.hold(hall.ada, &["A-1"]));
        let answers = futures::future::join_all(asked).await;
        let busy = answers.iter().filter(|answer| matches!(answer, Err(BookingError::Busy { .. }))).count();
        assert!(busy > 0 && answers.iter().filter(|answer| answer.is_ok()).count() == 1, "{answers:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_idle_desk_closes_and_the_next_command_opens_it_again(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { idle: Duration::from_millis(50), ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        hall.booking.seats(hall.event).await.expect("seats");
        for _ in 0..200 {
            if open_desks(&hall) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(open_desks(&hall), 0);
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_seat_map_stays_once_a_seat_was_taken(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let other = fixture::event(&pool, &map(1, 3, 0), TIERS, noon()).await.expect("an event");
        let swap = format!("seat_map_id = (SELECT seat_map_id FROM events WHERE id = '{other}')");
        hall.booking.seats(hall.event).await.expect("seats");
        fixture::change(&pool, hall.event, &swap).await.expect("nothing was taken yet");
        hall.hold(hall.ada, &["A-3"]).await.expect("a seat of the new map");
        let fourth = hall.hold(hall.ada, &["A-4"]).await;
        assert!(matches!(fourth, Err(BookingError::Invalid(_))), "the new map has three: {fourth:?}");
        for statement in ["seat_map_id = NULL", &swap.replace(&other.to_string(), &EventId::at(noon()).to_string())] {
            let refused = fixture::change(&pool, hall.event, statement).await.expect_err("in use").to_string();
            assert!(refused.contains("seat_map_in_use"), "{refused}");
        }
        let gone = fixture::spoil(&pool, &format!("DELETE FROM events WHERE id = '{}'", hall.event)).await.expect_err("in use");
        assert!(gone.to_string().contains("event_in_use"), "{gone}");
        fixture::spoil(&pool, &format!("DELETE FROM events WHERE id = '{other}'")).await.expect("nobody sold there");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_desk_wakes_by_itself_when_a_hold_is_over(pool: PgPool) {
        let opened = Clock::System.now() - crate::fixture::seconds(60);
        let event = fixture::event(&pool, &map(1, 2, 0), TIERS, opened).await.expect("an event");
        let config = BookingConfig { hold_ttl: Duration::from_millis(100), ..BookingConfig::default() };
        let hall = Hall::node(&pool, event, Clock::System, config).await;
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let mut place = hall.booking.subscribe(event, None).await.expect("a place");
        let next = tokio::time::timeout(Duration::from_secs(20), place.next()).await.expect("it wakes");
        let entry = next.expect("going on").expect("an entry");
        assert_eq!((entry.version, entry.seats[0].state), (2, SeatLetter::Available));
        let given_back = async {
            while pool.num_idle() < pool.size() as usize {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), given_back).await.expect("a desk that waits holds no connection");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_counts_behind_the_badge_move_with_every_sale(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let counts = hall.booking.availability_within(None).await.expect("counts");
        assert_eq!(
            counts.iter().map(|of| (of.event_id, of.counts.available, of.counts.held)).collect::<Vec<_>>(),
            [(hall.event, 29, 1)]
        );
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_changed_lately_is_told_by_the_databases_clock(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let changed = async |seconds: i64| {
            let statement = "UPDATE desks SET changed_slot = floor(extract(epoch FROM clock_timestamp()) / 10)::bigint + $1 / 10";
            sqlx::query(statement).bind(seconds).execute(&pool).await.expect("set");
        };
        let told = async |within: Option<u64>| {
            let counts = hall.booking.availability_within(within.map(Duration::from_secs)).await.expect("counts");
            !counts.is_empty()
        };
        changed(0).await;
        assert!(told(Some(0)).await && told(None).await);
        changed(-120).await;
        assert!(!told(Some(0)).await && told(Some(120)).await && told(None).await);
        changed(1_000_000).await;
        assert!(
            told(Some(0)).await,
            "a clock in the future is told each time, and hides nothing: no row says from when on to ask"
        );
    }
}
