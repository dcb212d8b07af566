//! The journal: an event's committed changes by version, as those hear them who watch.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::EventId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::live::entry::Told;
use crate::watch::{Member, News, Shown};

/// What a listener hears next.
#[derive(Debug, Clone)]
pub enum Heard {
    /// The next version, or several at once where many listen: the entry's version is the last of them.
    Entry(Arc<Told>),
    /// Too much was missed to be told step by step: all seats are to be read again, at this version or a later one.
    Reset { version: u64 },
}

/// One listener's place in an event's journal: forwards only.
pub struct Subscription {
    shown: Arc<Shown>,
    versions: watch::Receiver<i64>,
    shutdown: CancellationToken,
    member: Member,
    /// The last version given.
    last: i64,
    ready: VecDeque<Heard>,
}

impl Subscription {
    /// The version after which the next one is given.
    pub fn position(&self) -> u64 {
        self.last.unsigned_abs()
    }

    /// Waits for the next version, or for all since the last where many listen; none comes twice, and none is skipped without a reset.
    /// `None` once booking shuts down, or the event is shown no longer.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.ready.pop_front() {
                self.last = match &heard {
                    Heard::Entry(told) => told.entry.version as i64,
                    Heard::Reset { version } => *version as i64,
                };
                return Some(heard);
            }
            let beat = tokio::select! {
                () = self.shutdown.cancelled() => return None,
                beat = self.member.turn() => beat,
            };
            // seen before the look, so that what comes between the two wakes again
            self.versions.mark_unchanged();
            match beat.map_or_else(|| self.shown.after(self.last), |beat| self.shown.at_beat(self.last, beat)) {
                _ if self.shown.ended() => return None,
                // a beat that told of less than there is by now is followed by the next one
                News::Entries(entries) if entries.is_empty() && self.last < self.shown.version() => {
                    self.member.told(beat);
                    continue;
                }
                News::Entries(entries) if entries.is_empty() => {}
                News::Entries(entries) => {
                    self.member.told(beat);
                    self.ready.extend(entries.into_iter().map(Heard::Entry));
                    continue;
                }
                // too slow, or the event was read anew
                News::Gone => {
                    self.ready.push_back(reset(&self.shown));
                    continue;
                }
            }
            tokio::select! {
                () = self.shutdown.cancelled() => return None,
                moved = self.versions.changed() => moved.ok()?,
            }
        }
    }
}

fn reset(shown: &Shown) -> Heard {
    Heard::Reset { version: shown.version().unsigned_abs() }
}

impl Booking {
    /// Listens to an event's journal: every version after `after` (none: from now on), then live.
    ///
    /// Gives     a listener whose first word is a reset when `after` is too far back, or no version of this event.
    /// Cost      no desk; at most one page of the journal.
    pub async fn subscribe(&self, event: EventId, after: Option<u64>) -> Result<Subscription, BookingError> {
        let after = after.map(|version| i64::try_from(version).unwrap_or(i64::MAX));
        let shown = self.gallery.at_least(event, after.unwrap_or(0)).await?;
        // Listen first, look afterwards: what is committed between the two is heard, and told apart by its version.
        let versions = shown.listen();
        if shown.ended() {
            return Err(BookingError::Busy { retry_after: std::time::Duration::from_secs(1) });
        }
        let last = after.unwrap_or_else(|| shown.version());
        let shutdown = self.registry.shutting_down();
        let member = self.gallery.join();
        let mut place = Subscription { shown, versions, shutdown, member, last, ready: VecDeque::new() };
        if !self.told(event, &place).await? {
            place.ready = VecDeque::from([reset(&place.shown)]);
        }
        Ok(place)
    }

    /// Whether a listener who comes back can be told step by step what was missed; it is read for all of them.
    async fn told(&self, event: EventId, place: &Subscription) -> Result<bool, BookingError> {
        let version = place.shown.version();
        if place.last >= version {
            return Ok(place.last == version);
        }
        self.gallery.recall(event, &place.shown, place.last).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixture::{Hall, TIERS, map, noon};
    use crate::store::fixture;
    use crate::{BookingConfig, Places};
    use sqlx::PgPool;

    async fn heard(place: &mut Subscription) -> (u64, Vec<(String, char)>) {
        let next = tokio::time::timeout(Duration::from_secs(20), place.next()).await.expect("in time").expect("going on");
        let Heard::Entry(told) = next else { panic!("{next:?}") };
        let entry = &told.entry;
        (entry.version, entry.seats.iter().map(|seat| (seat.id.clone(), seat.state.as_char())).collect())
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_listener_hears_the_past_and_then_the_present_without_gap_or_repetition(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        hall.booking.release(hold.id, hall.ada).await.expect("released");
        let mut place = hall.booking.subscribe(hall.event, Some(0)).await.expect("a place");
        let mut late = hall.booking.subscribe(hall.event, None).await.expect("a place");
        hall.hold(hall.ada, &["A-2", "A-1"]).await.expect("held");
        assert_eq!(heard(&mut place).await, (1, vec![("stalls-A-1".into(), 'H')]));
        assert_eq!(heard(&mut place).await, (2, vec![("stalls-A-1".into(), 'A')]));
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
        let mut seen = Vec::new();
        for after in [1, 0, 0] {
            let mut place = hall.booking.subscribe(hall.event, Some(after)).await.expect("a place");
            for version in after + 1..=3 {
                let Some(Heard::Entry(told)) = place.next().await else { panic!("a version") };
                assert_eq!(told.entry.version, version);
                seen.push(told);
            }
        }
        let third: Vec<_> = seen.iter().filter(|told| told.entry.version == 3).collect();
        assert_eq!(third.len(), 3);
        assert!(third.iter().all(|told| Arc::ptr_eq(told, third[0])), "and encoded once");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_listener_that_is_a_little_slow_misses_nothing(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        for _ in 0..6 {
            let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
            hall.booking.release(hold.id, hall.ada).await.expect("released");
        }
        for version in 1..=12 {
            assert_eq!(heard(&mut place).await.0, version);
        }
    }

    async fn reset_to(place: &mut Subscription) -> u64 {
        let heard = tokio::time::timeout(Duration::from_secs(20), place.next()).await.expect("in time").expect("going on");
        let Heard::Reset { version } = heard else { panic!("{heard:?}") };
        version
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_listener_for_whom_too_much_would_be_kept_begins_anew(pool: PgPool) {
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
        assert_eq!(reset_to(&mut place).await, 3, "5,100 seats are more than is kept");
        hall.hold(hall.ada, &["R59-1"]).await.expect("held");
        assert_eq!(heard(&mut place).await.0, 4, "and goes on from there");
    }

    /// The control: with room for a few, the same sale is told version by version (the first test above).
    #[sqlx::test(migrations = "../migrations")]
    async fn a_crowd_hears_at_a_beat_what_changed_since_the_last_one(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let hall =
            Hall::node(&pool, first.event, first.clock.clone(), BookingConfig { few: 0, ..BookingConfig::default() }).await;
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        hall.hold(hall.ada, &["A-3", "A-2"]).await.expect("held");
        hall.booking.release(hold.id, hall.ada).await.expect("released");
        let (letters, mut told) =
            (|entry: Vec<(String, char)>| entry.into_iter().collect::<std::collections::BTreeMap<_, _>>(), Vec::new());
        let mut known = std::collections::BTreeMap::new();
        while told.last() != Some(&3) {
            let (version, seats) = heard(&mut place).await;
            told.push(version);
            known.extend(letters(seats));
        }
        assert!(told.is_sorted_by(|one, next| one < next), "{told:?}");
        let expected = [("stalls-A-1", 'A'), ("stalls-A-2", 'H'), ("stalls-A-3", 'H')];
        assert_eq!(known, expected.into_iter().map(|(seat, state)| (seat.to_owned(), state)).collect());
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_crowd_at_one_beat_hears_one_word(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let hall =
            Hall::node(&pool, first.event, first.clock.clone(), BookingConfig { few: 0, ..BookingConfig::default() }).await;
        let shown = hall.booking.subscribe(hall.event, None).await.expect("a place").shown;
        let mut members: Vec<_> = (0..2).map(|_| hall.booking.gallery.join()).collect();
        let (beat, later) = (members[0].turn().await.expect("a beat"), members[1].turn().await.expect("a beat"));
        let _listening = shown.listen();
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        hall.hold(hall.ada, &["A-2"]).await.expect("held");
        let word = |from, beat| match shown.at_beat(from, beat) {
            News::Entries(told) => told,
            News::Gone => panic!("gone"),
        };
        let (one, other) = (word(0, beat), word(0, beat));
        assert!(Arc::ptr_eq(&one[0], &other[0]), "put together once");
        assert_eq!((one[0].entry.version, one[0].entry.seats.len()), (2, 2));
        assert_eq!(word(1, beat)[0].entry.seats.len(), 1, "who knew more hears less");
        hall.hold(hall.ada, &["A-3"]).await.expect("held");
        assert!(word(2, beat).is_empty(), "this beat told up to 2");
        assert_eq!(word(2, later)[0].entry.version, 3, "the other phase tells more");
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
        assert_eq!(unheard.shown.version(), 0, "without a poll nobody tells it");
        let mut late = here.booking.subscribe(here.event, None).await.expect("a place");
        there.hold(there.ada, &["B-1"]).await.expect("held");
        assert_eq!(heard(&mut late).await, (2, vec![("stalls-B-1".into(), 'H')]), "who comes late hears it as soon");
        here.hold(here.ada, &["A-1"]).await.expect_err("taken, and this node knows");
        here.hold(here.ada, &["A-2"]).await.expect("held");
        assert_eq!((heard(&mut place).await.0, heard(&mut place).await.0), (2, 3));
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
        assert_eq!(place.position(), 4);
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
