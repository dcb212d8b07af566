//! Who holds how much at once, over all events and all nodes, so that nobody hoards.
//!
//! A hold's row says from which address it was asked for, as a hash. What is held is read from the table now and then, and always
//! before somebody is refused; between two readings this node's own holds are counted in memory. So the usual answer is a look into
//! a map, a restart forgets nothing, and another node's holds are seen within [`SEEN_EVERY`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{BuyerId, Clock};
use jiff::Timestamp;
use sqlx::PgPool;
use tokio::time::Instant;

use crate::error::{BookingError, Fault};
use crate::rules::hoard::{Amount, Hoard, HoardLimits, Holder};
use crate::store::holds;

/// How old what was read may be while people hold.
const SEEN_EVERY: Duration = Duration::from_secs(2);
/// How old it may be when somebody is refused by it: a crowd that is refused reads four times a second. Tests, whose clock stands
/// still, look each time.
const SEEN_BEFORE_REFUSAL: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_millis(250) };
/// Who holds less than this part of a limit is not read, and taken to hold just less than it.
const PART: u32 = 8;

/// What is held, by holder.
pub struct Hoards {
    limits: HoardLimits,
    pool: PgPool,
    clock: Clock,
    state: Mutex<HoardState>,
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct HoardState {
    /// What the table said of those who hold much.
    seen: HashMap<Holder, Hoard>,
    read_at: Option<Instant>,
    /// What was held here since.
    recent: HashMap<Holder, Recent>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Recent {
    /// Asked for and not decided yet.
    asked: Amount,
    /// Held since the last reading began.
    held: Amount,
    /// Held before a reading that has not ended.
    before: Amount,
}

/// Places that one command asks for, counted until it is decided.
pub struct HoardClaim<'h> {
    hoards: &'h Hoards,
    holders: [Option<Holder>; 2],
    amount: Amount,
}

impl Hoards {
    pub fn new(limits: HoardLimits, pool: PgPool, clock: Clock) -> Self {
        Self { limits, pool, clock, state: Mutex::default(), reading: tokio::sync::Mutex::default() }
    }

    /// Counts what a buyer asks for from an address.
    ///
    /// Gives     the claim, to be kept once the hold is made; none where nothing is limited.
    /// Refuses   too_many_holds, after a look into the table.
    /// Cost      a look into a map; every two seconds one of all who ask reads the live holds.
    pub async fn claim(&self, client: Option<i64>, buyer: BuyerId, places: u32) -> Result<Option<HoardClaim<'_>>, BookingError> {
        if self.limits.are_off() {
            return Ok(None);
        }
        let holders = [Some(Holder::Buyer(buyer)), client.map(Holder::Client)];
        let amount = Amount { holds: 1, places };
        match self.age() {
            None => Box::pin(self.read(SEEN_EVERY)).await?,
            Some(age) if age >= SEEN_EVERY => {
                // what was read before will do, and what is held here is counted
                if let Err(fault) = Box::pin(self.read_if_nobody_does()).await {
                    tracing::warn!(%fault, "what is held cannot be read");
                }
            }
            Some(_) => {}
        }
        if let Ok(claim) = self.take(holders, amount) {
            return Ok(Some(claim));
        }
        Box::pin(self.read(SEEN_BEFORE_REFUSAL)).await?;
        self.take(holders, amount).map(Some).map_err(|free_at| {
            metrics::counter!("booking_hoards_refused_total").increment(1);
            let left = free_at.map_or(1, |at| at.duration_since(self.clock.now()).as_secs().max(1));
            BookingError::TooManyHolds { retry_after: Duration::from_secs(left.unsigned_abs()) }
        })
    }

    fn state(&self) -> MutexGuard<'_, HoardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn age(&self) -> Option<Duration> {
        self.state().read_at.map(|at| at.elapsed())
    }

    /// Counts it, or says when the first of what is held may be free again.
    fn take(&self, holders: [Option<Holder>; 2], amount: Amount) -> Result<HoardClaim<'_>, Option<Timestamp>> {
        let mut state = self.state();
        for holder in holders.into_iter().flatten() {
            if !self.limits.allow(state.held(holder, self.least()).plus(amount)) {
                return Err(state.seen.get(&holder).map(|hoard| hoard.free_at));
            }
        }
        for holder in holders.into_iter().flatten() {
            let recent = state.recent.entry(holder).or_default();
            recent.asked = recent.asked.plus(amount);
        }
        Ok(HoardClaim { hoards: self, holders, amount })
    }

    /// What is worth reading of one holder.
    fn least(&self) -> Amount {
        let part = |limit: u32| if limit == 0 { u32::MAX } else { (limit / PART).max(1) };
        Amount { holds: part(self.limits.holds), places: part(self.limits.places) }
    }

    async fn read_if_nobody_does(&self) -> Result<(), Fault> {
        match self.reading.try_lock() {
            Ok(_one) => self.read_now().await,
            Err(_) => Ok(()),
        }
    }

    /// Reads what is held, unless somebody did so lately.
    async fn read(&self, lately: Duration) -> Result<(), Fault> {
        let _one = self.reading.lock().await;
        if self.age().is_some_and(|age| age < lately) { Ok(()) } else { self.read_now().await }
    }

    async fn read_now(&self) -> Result<(), Fault> {
        let begun = Instant::now();
        self.state().begin_reading();
        let decides_at = match &self.clock {
            Clock::System => None,
            Clock::Manual(_) => Some(self.clock.now()),
        };
        let seen = holds::hoards(&self.pool, decides_at, self.least()).await?;
        self.state().end_reading(begun, seen);
        Ok(())
    }
}

impl HoardState {
    /// What somebody holds at most: one who was not read holds less than `least`.
    fn held(&self, holder: Holder, least: Amount) -> Amount {
        let seen = self.seen.get(&holder).map_or_else(|| least.less_one(), |hoard| hoard.amount);
        let recent = self.recent.get(&holder).copied().unwrap_or_default();
        seen.plus(recent.asked).plus(recent.held).plus(recent.before)
    }

    /// What is held by now will be seen; what is decided from now on may not be.
    fn begin_reading(&mut self) {
        for recent in self.recent.values_mut() {
            recent.before = recent.before.plus(recent.held);
            recent.held = Amount::default();
        }
    }

    fn end_reading(&mut self, begun: Instant, seen: Vec<(Holder, Hoard)>) {
        self.seen = seen.into_iter().collect();
        self.read_at = Some(begun);
        self.recent.retain(|_, recent| {
            recent.before = Amount::default();
            *recent != Recent::default()
        });
    }
}

impl HoardClaim<'_> {
    /// The hold is made: it counts until it is seen in the table.
    pub fn keep(self) {
        let mut state = self.hoards.state();
        for holder in self.holders.into_iter().flatten() {
            if let Some(recent) = state.recent.get_mut(&holder) {
                recent.held = recent.held.plus(self.amount);
            }
        }
    }
}

impl Drop for HoardClaim<'_> {
    fn drop(&mut self) {
        let mut state = self.hoards.state();
        for holder in self.holders.into_iter().flatten() {
            if let Some(recent) = state.recent.get_mut(&holder) {
                recent.asked = recent.asked.minus(self.amount);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::fixture::{Hall, TIERS, key, map, noon};
    use crate::store::fixture;
    use crate::{Asker, BookingConfig, HoldView, Wanted};

    const HOME: Option<i64> = Some(7);
    const AWAY: Option<i64> = Some(8);

    struct Two {
        here: Hall,
        there: Hall,
    }

    async fn nodes(pool: &PgPool, holds: u32, places: u32) -> Two {
        let event = fixture::event(pool, &map(2, 5, 20), TIERS, noon()).await.expect("an event");
        let clock = Clock::manual(noon());
        let config = BookingConfig { hoards: HoardLimits { holds, places }, ..BookingConfig::default() };
        let node = || Hall::node(pool, event, clock.clone(), config.clone());
        Two { here: node().await, there: node().await }
    }

    async fn floor(hall: &Hall, client: Option<i64>, buyer: BuyerId, quantity: u32) -> Result<HoldView, BookingError> {
        let wanted = Wanted::Area { area: "floor".into(), quantity };
        Ok(hall.booking.hold_for(hall.event, Asker { buyer: buyer.into(), client, pass: None }, wanted, key()).await?.value)
    }

    fn somebody() -> BuyerId {
        BuyerId::at(noon())
    }

    /// What was read is too old, however quick the test was.
    fn age(hall: &Hall) {
        hall.booking.hoards.state().read_at = None;
    }

    fn retry_after(answer: Result<HoldView, BookingError>) -> u64 {
        match answer {
            Err(BookingError::TooManyHolds { retry_after }) => retry_after.as_secs(),
            other => panic!("{other:?}"),
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn one_address_holds_so_much_on_all_nodes_and_after_a_restart(pool: PgPool) {
        let Two { here, there } = nodes(&pool, 3, 0).await;
        let first = floor(&here, HOME, somebody(), 1).await.expect("one");
        floor(&here, HOME, somebody(), 1).await.expect("two");
        floor(&there, HOME, somebody(), 1).await.expect("three, the first of which the other node only reads of");
        age(&there);
        assert_eq!(retry_after(floor(&there, HOME, somebody(), 1).await), 300);
        floor(&there, AWAY, somebody(), 1).await.expect("another address is none of it");
        floor(&there, None, somebody(), 1).await.expect("nor who comes from none");
        let again = Hall::node(
            &pool,
            here.event,
            here.clock.clone(),
            BookingConfig { hoards: HoardLimits { holds: 3, places: 0 }, ..BookingConfig::default() },
        );
        assert_eq!(retry_after(floor(&again.await, HOME, somebody(), 1).await), 300);
        let owner = here.booking.registry.premises().pool.clone();
        let buyer = holds::find(&owner, first.id, Some(noon())).await.expect("read").expect("a hold").0.buyer;
        here.booking.release(first.id, buyer).await.expect("released");
        age(&there);
        floor(&there, HOME, somebody(), 1).await.expect("what was given back counts no longer");
        here.clock.advance(Duration::from_secs(400));
        age(&here);
        for _ in 0..3 {
            floor(&here, HOME, somebody(), 1).await.expect("what lapsed counts no longer");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn one_buyer_holds_so_much_wherever_he_asks_from(pool: PgPool) {
        let Two { here, .. } = nodes(&pool, 2, 0).await;
        floor(&here, HOME, here.ada, 1).await.expect("one");
        floor(&here, AWAY, here.ada, 1).await.expect("two");
        age(&here);
        assert_eq!(retry_after(floor(&here, None, here.ada, 1).await), 300);
        floor(&here, HOME, here.bob, 1).await.expect("another buyer is none of it");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn places_count_as_well_as_holds(pool: PgPool) {
        let Two { here, .. } = nodes(&pool, 0, 10).await;
        floor(&here, HOME, somebody(), 4).await.expect("four");
        floor(&here, HOME, somebody(), 6).await.expect("ten");
        retry_after(floor(&here, HOME, somebody(), 1).await);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn without_limits_nothing_is_counted(pool: PgPool) {
        let Two { here, .. } = nodes(&pool, 0, 0).await;
        for _ in 0..12 {
            floor(&here, HOME, here.ada, 1).await.expect("held");
        }
        assert!(here.booking.hoards.state().recent.is_empty());
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_was_asked_for_before_is_answered_again_at_the_limit_and_a_refusal_counts_nothing(pool: PgPool) {
        let Two { here, .. } = nodes(&pool, 1, 0).await;
        let asker = || Asker { buyer: here.ada.into(), client: HOME, pass: None };
        let wanted = || Wanted::Seats(vec!["stalls-A-1".into()]);
        let key = key();
        let first = here.booking.hold_for(here.event, asker(), wanted(), key.clone()).await.expect("held");
        let again = here.booking.hold_for(here.event, asker(), wanted(), key).await.expect("the same again");
        assert_eq!((again.value.id, again.replayed), (first.value.id, true));
        let other = || Asker { buyer: here.bob.into(), client: AWAY, pass: None };
        for _ in 0..3 {
            let taken = here.booking.hold_for(here.event, other(), wanted(), crate::fixture::key()).await;
            assert!(matches!(taken, Err(BookingError::Refused(_))), "{taken:?}");
        }
        floor(&here, AWAY, here.bob, 1).await.expect("refusals hold nothing");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_of_yesterday_passes_no_limit(pool: PgPool) {
        let Two { here, .. } = nodes(&pool, 1, 0).await;
        let late = "sale_closes_at = sale_closes_at + interval '9 days', starts_at = starts_at + interval '9 days'";
        fixture::change(&pool, here.event, late).await.expect("changed");
        let asker = || Asker { buyer: here.ada.into(), client: HOME, pass: None };
        let (wanted, key) = (|| Wanted::Seats(vec!["stalls-A-1".into()]), key());
        here.hold(here.bob, &["A-1"]).await.expect("held");
        let ask = || here.booking.hold_for(here.event, asker(), wanted(), key.clone());
        assert!(matches!(ask().await, Err(BookingError::Refused(_))), "taken");
        here.clock.advance(Duration::from_secs(24 * 3_600));
        floor(&here, HOME, here.ada, 1).await.expect("one");
        assert!(matches!(ask().await, Err(BookingError::Refused(_))), "the control: exactly 24 hours later it is told again");
        here.clock.advance(Duration::from_micros(1));
        let asked = ask().await.map(|held| held.value);
        retry_after(asked);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_crowd_at_one_moment_gets_no_more_than_the_limit(pool: PgPool) {
        let Two { here, .. } = nodes(&pool, 5, 0).await;
        let asked = (0..20).map(|_| floor(&here, HOME, somebody(), 1));
        let answers = futures::future::join_all(asked).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    }
}
