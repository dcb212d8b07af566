//! The journal: an event's committed changes by version, as those hear them who watch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::EventId;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::watch::{News, Shown, cadence};

/// One look at an event for all of this node who watch it: what came since the last frame becomes the next, at a pace that their number
/// sets.
pub struct Watch {
    shown: Arc<Shown>,
    turn: tokio::sync::Mutex<WatchTurn>,
    shutdown: CancellationToken,
    /// As long as it is kept, the event's node is heard.
    _heard: Option<DropGuard>,
}

struct WatchTurn {
    versions: watch::Receiver<i64>,
    /// The version up to which all were told, and when.
    told_to: i64,
    at: Option<Instant>,
}

impl Watch {
    /// What somebody who has seen `version` has missed of what all were told. Waits for nothing.
    pub fn after(&self, version: u64) -> News {
        self.shown.after(i64::try_from(version).unwrap_or(i64::MAX))
    }

    /// Waits until there is something new for those who have seen all, and their turn has come.
    ///
    /// Takes     `viewers`: how many they are, also while it waits.
    /// Gives     false once booking shuts down, or the event is shown no longer.
    pub async fn moved(&self, viewers: &AtomicUsize) -> bool {
        let mut turn = self.turn.lock().await;
        loop {
            // seen before the look, so that what comes between the two wakes again
            turn.versions.mark_unchanged();
            if self.shown.ended() {
                return false;
            }
            if self.shown.version() != turn.told_to {
                break;
            }
            tokio::select! {
                () = self.shutdown.cancelled() => return false,
                moved = turn.versions.changed() => if moved.is_err() { return false },
            }
        }
        if let Some(at) = turn.at {
            let due = at + cadence(viewers.load(Ordering::Relaxed));
            tokio::select! {
                () = self.shutdown.cancelled() => return false,
                () = tokio::time::sleep_until(due) => {}
            }
        }
        self.shown.tell();
        (turn.told_to, turn.at) = (self.shown.told_to(), Some(Instant::now()));
        true
    }
}

impl Booking {
    /// Watches an event: from now on what changes there is kept for a minute, for whoever hears of it by this look.
    ///
    /// Refuses   Busy when as much is watched on this node as may be, and this event is not.
    /// Cost      no desk.
    pub async fn watch(&self, event: EventId) -> Result<Watch, BookingError> {
        let (shown, versions) = self.gallery.watch(event).await?;
        let turn = WatchTurn { versions, told_to: shown.told_to(), at: None };
        let (turn, shutdown) = (tokio::sync::Mutex::new(turn), self.registry.shutting_down());
        Ok(Watch { shown, turn, shutdown, _heard: self.hear(event) })
    }

    /// Whether an event that nobody watches on this node cannot be watched, unless somebody leaves another one.
    pub fn watches_all_it_may(&self) -> bool {
        self.gallery.is_full()
    }

    /// Where somebody begins who comes to a look at an event, having seen `after` (none: nothing, and he begins now).
    ///
    /// Gives     the version he has seen; what he missed is brought back where that is possible, else he will hear that it is gone.
    /// Cost      at most one page of the journal, read once for all who come back.
    pub async fn join(&self, event: EventId, after: Option<u64>) -> Result<u64, BookingError> {
        let version = after.map_or(0, |version| i64::try_from(version).unwrap_or(i64::MAX));
        let shown = self.gallery.at_least(event, version).await?;
        match after {
            None => Ok(shown.told_to().unsigned_abs()),
            Some(after) => {
                self.gallery.recall(event, &shown, version).await?;
                Ok(after)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixture::{Hall, TIERS, map, noon};
    use crate::live::frame::{self, SeatFrame};
    use crate::proof::listening::{Heard, Subscriber};
    use crate::store::fixture;
    use crate::{BookingConfig, Places, SeatLetter};
    use sqlx::PgPool;

    async fn heard(place: &mut Subscriber) -> (u64, Vec<(String, char)>) {
        let next = tokio::time::timeout(Duration::from_secs(60), place.next()).await.expect("in time").expect("going on");
        let Heard::Entry(told) = next else { panic!("{next:?}") };
        let entry = &told.entry;
        (entry.version, told.seats().map(|seat| (seat.id, seat.state.as_char())).collect())
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_listener_hears_the_past_and_then_the_present_without_gap_or_repetition(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        hall.booking.release(hold.id, hall.ada).await.expect("released");
        let mut place = hall.booking.subscribe(hall.event, Some(0)).await.expect("a place");
        let mut late = hall.booking.subscribe(hall.event, None).await.expect("a place");
        hall.hold(hall.ada, &["A-2", "A-1"]).await.expect("held");
        assert_eq!(heard(&mut place).await, (2, vec![("stalls-A-1".into(), 'A')]), "as one");
        let third = (3, vec![("stalls-A-1".into(), 'H'), ("stalls-A-2".into(), 'H')]);
        assert_eq!(heard(&mut place).await, third);
        assert_eq!(heard(&mut late).await, third);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_was_missed_is_read_once_for_all_who_come_back(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        for seat in ["A-1", "A-2", "A-3"] {
            hall.hold(hall.ada, &[seat]).await.expect("held");
        }
        let (mut seen, mut places) = (Vec::new(), Vec::new());
        for after in [1, 0, 0] {
            let mut place = hall.booking.subscribe(hall.event, Some(after)).await.expect("a place");
            let Some(Heard::Entry(told)) = place.next().await else { panic!("a frame") };
            assert_eq!((told.entry.after, told.entry.version, told.entry.seats.len() as u64), (after, 3, 3 - after));
            seen.push(told);
            places.push(place);
        }
        assert!(Arc::ptr_eq(&seen[1], &seen[2]), "and encoded once");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_listener_that_is_slow_hears_what_it_came_to(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        let quick = hall.booking.subscribe(hall.event, None).await.expect("a place").watch;
        for _ in 0..6 {
            let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
            quick.moved(&AtomicUsize::new(0)).await;
            hall.booking.release(hold.id, hall.ada).await.expect("released");
        }
        hall.hold(hall.ada, &["A-2"]).await.expect("held");
        while place.seen < 13 {
            let (version, seats) = heard(&mut place).await;
            if version == 13 {
                assert!(seats.contains(&("stalls-A-2".into(), 'H')), "{seats:?}");
            }
        }
    }

    async fn reset_to(place: &mut Subscriber) -> u64 {
        let heard = tokio::time::timeout(Duration::from_secs(60), place.next()).await.expect("in time").expect("going on");
        let Heard::Reset { version } = heard else { panic!("{heard:?}") };
        version
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn where_too_much_changed_the_whole_is_told(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let event = fixture::event(&pool, &map(60, 100, 0), TIERS, noon()).await.expect("an event");
        let hall = Hall::node(&pool, event, first.clock.clone(), BookingConfig::default()).await;
        let mut place = hall.booking.subscribe(event, None).await.expect("a place");
        let row = |label: String| (1..=100).map(move |n| format!("stalls-{label}-{n}"));
        let letters = |from: char, to: char| (from..=to).flat_map(|letter| row(letter.to_string())).collect::<Vec<_>>();
        let numbered = (26..51).flat_map(|n| row(format!("R{n}"))).collect();
        for seats in [letters('A', 'M'), letters('N', 'Z'), numbered] {
            hall.booking.block(&domain::Actor::house(), event, Places { seats, area: None }).await.expect("blocked");
        }
        let Some(Heard::Entry(told)) = place.next().await else { panic!("a frame") };
        assert_eq!((told.entry.version, told.entry.seats.len(), told.is_long()), (3, 5_100, true));
        let Some(SeatFrame::Whole { version: 3, seats, .. }) = frame::read(&told.frame()) else { panic!("the whole") };
        assert_eq!(seats.iter().filter(|seat| **seat == SeatLetter::Blocked).count(), 5_100);
        hall.hold(hall.ada, &["R59-1"]).await.expect("held");
        assert_eq!(heard(&mut place).await.0, 4, "and goes on from there");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn all_who_know_as_much_hear_one_word_and_who_knows_less_hears_more(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let watch = hall.booking.watch(hall.event).await.expect("a look");
        let word = |from| match watch.after(from) {
            News::Told(told) => told,
            other => panic!("{other:?}"),
        };
        let viewers = AtomicUsize::new(0);
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        assert!(watch.moved(&viewers).await);
        hall.hold(hall.ada, &["A-2"]).await.expect("held");
        hall.hold(hall.ada, &["A-3"]).await.expect("held");
        assert!(matches!(watch.after(1), News::Nothing), "nobody hears it before its time");
        assert!(watch.moved(&viewers).await);
        assert_eq!((word(1).entry.version, word(1).entry.seats.len()), (3, 2));
        assert_eq!((word(0).entry.version, word(0).entry.seats.len()), (3, 3));
        for from in [0, 1] {
            assert!(Arc::ptr_eq(&word(from), &word(from)), "put together once");
        }
        assert!(Arc::ptr_eq(&word(1), &word(2)), "who knows a part of it hears all of it");
        assert!(matches!(watch.after(9), News::Gone { version: 3 }));
    }

    /// A frame in each pace, and no pause where nothing came before: what is told first is told at once.
    #[sqlx::test(migrations = "../migrations")]
    async fn the_next_word_waits_for_its_turn(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        for (viewers, ms) in [(0, 100), (2_001, 250)] {
            let watch = hall.booking.watch(hall.event).await.expect("a look");
            hall.hold(hall.ada, &["A-1"]).await.map(drop).unwrap_or_default();
            let hold = hall.hold(hall.bob, &["B-1"]).await.expect("held");
            assert!(watch.moved(&AtomicUsize::new(viewers)).await);
            let told = Instant::now();
            hall.booking.release(hold.id, hall.bob).await.expect("released");
            assert!(watch.moved(&AtomicUsize::new(viewers)).await);
            assert!(told.elapsed().as_millis() >= ms, "{viewers}: {:?}", told.elapsed());
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_comes_back_from_far_or_from_nowhere_begins_anew_instead_of_reading_the_journal(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let mut nowhere = hall.booking.subscribe(hall.event, Some(7)).await.expect("a place");
        assert_eq!(reset_to(&mut nowhere).await, 1, "there is no version 7");
        fixture::spoil(&pool, "UPDATE desks SET version = 500").await.expect("spoiled");
        let next = Hall::node(&pool, hall.event, hall.clock.clone(), BookingConfig::default()).await;
        let mut far = next.booking.subscribe(hall.event, Some(1)).await.expect("a place");
        assert_eq!(reset_to(&mut far).await, 500);
        let mut gap = next.booking.subscribe(hall.event, Some(400)).await.expect("a place");
        assert_eq!(reset_to(&mut gap).await, 500, "the journal does not lead there");
    }

    /// The other node's sale comes by the poll and by nothing else: a node that does not poll has not heard of it by then.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_another_node_sold_is_heard_here_too(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let node = async |poll| {
            Hall::node(&pool, first.event, first.clock.clone(), BookingConfig { poll, ..BookingConfig::default() }).await
        };
        let (here, there) = (node(Duration::from_millis(50)).await, node(Duration::from_secs(3_600)).await);
        let deaf = node(Duration::from_secs(3_600)).await;
        let mut place = here.booking.subscribe(here.event, None).await.expect("a place");
        let unheard = deaf.booking.subscribe(here.event, None).await.expect("a place");
        there.hold(there.ada, &["A-1"]).await.expect("held");
        assert_eq!(heard(&mut place).await, (1, vec![("stalls-A-1".into(), 'H')]));
        assert_eq!(unheard.watch.shown.version(), 0, "without a poll nobody tells it");
        let mut late = here.booking.subscribe(here.event, None).await.expect("a place");
        there.hold(there.ada, &["B-1"]).await.expect("held");
        assert_eq!(heard(&mut late).await, (2, vec![("stalls-B-1".into(), 'H')]), "who comes late hears it as soon");
        here.hold(here.ada, &["A-1"]).await.expect_err("taken, and this node knows");
        here.hold(here.ada, &["A-2"]).await.expect("held");
        while place.seen < 3 {
            heard(&mut place).await;
        }
        here.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_comes_back_to_a_node_that_lags_goes_forwards_only(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { poll: Duration::from_secs(3_600), ..BookingConfig::default() };
        let here = Hall::node(&pool, first.event, first.clock.clone(), config.clone()).await;
        let there = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        assert_eq!(here.booking.seats(here.event).await.expect("seats").version, 0);
        for seat in ["A-1", "A-2", "A-3", "A-4"] {
            there.hold(there.ada, &[seat]).await.expect("held");
        }
        let mut place = here.booking.subscribe(here.event, Some(4)).await.expect("a place");
        assert_eq!(place.seen, 4);
        here.hold(here.ada, &["B-1"]).await.expect("held");
        assert_eq!(heard(&mut place).await.0, 5);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_last_word_on_a_listeners_place_is_the_shutdown(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        hall.booking.shutdown().await;
        assert!(place.next().await.is_none());
    }
}
