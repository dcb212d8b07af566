//! The journal: an event's committed changes by version, replayed and then live.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::EventId;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::booking::Booking;
use crate::desk::Live;
use crate::error::BookingError;
use crate::live::entry::JournalEntry;
use crate::rules::command::Command;
use crate::rules::house::House;
use crate::store::journal;

/// One listener's place in an event's journal.
pub struct Subscription {
    booking: Booking,
    event: EventId,
    house: Arc<House>,
    live: broadcast::Receiver<Live>,
    /// The last version given.
    last: u64,
    /// Whether the table has versions that this listener has not read.
    behind: bool,
    read: VecDeque<Arc<JournalEntry>>,
}

/// Versions read at once.
const PAGE: i64 = 200;

impl Subscription {
    /// Waits for the next version; none is skipped and none comes twice. `None` once booking shuts down.
    pub async fn next(&mut self) -> Option<Result<Arc<JournalEntry>, BookingError>> {
        let shutdown = self.booking.registry.shutting_down();
        loop {
            if let Some(entry) = self.read.pop_front() {
                self.last = entry.version;
                return Some(Ok(entry));
            }
            if self.behind {
                if let Err(error) = self.read_page().await {
                    return Some(Err(error));
                }
                continue;
            }
            let heard = tokio::select! {
                // first: a desk that closes because all do is not looked for again
                biased;
                () = shutdown.cancelled() => return None,
                heard = self.live.recv() => heard,
            };
            match heard {
                Ok(Live::Entry(entry)) if entry.version <= self.last => {}
                Ok(Live::Entry(entry)) if entry.version == self.last + 1 => self.read.push_back(entry),
                // A gap: whatever is missing stands in the table.
                Ok(Live::Entry(_) | Live::Look) | Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => match self.listen_again().await {
                    Ok(()) => {}
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }

    async fn read_page(&mut self) -> Result<(), BookingError> {
        let mut db = self.booking.pool().acquire().await?;
        let rows = journal::after(&mut db, self.event, self.last as i64, PAGE).await?;
        self.behind = rows.len() as i64 == PAGE;
        self.read.extend(rows.iter().map(|row| Arc::new(JournalEntry::of(&self.house, row))));
        Ok(())
    }

    /// The desk closed: its successor goes on.
    async fn listen_again(&mut self) -> Result<(), BookingError> {
        let desk = self.booking.registry.desk(self.event).await?;
        self.live = desk.shared.listen();
        self.behind = true;
        Ok(())
    }

    /// The same as a stream.
    pub fn into_stream(self) -> impl futures::Stream<Item = Result<Arc<JournalEntry>, BookingError>> + Send {
        futures::stream::unfold(self, |mut place| async move { place.next().await.map(|entry| (entry, place)) })
    }
}

impl Booking {
    /// Listens to an event's journal: every version after `after` (none: from now on), then live.
    pub async fn subscribe(&self, event: EventId, after: Option<u64>) -> Result<Subscription, BookingError> {
        let desk = self.registry.desk(event).await?;
        // Listen first, read afterwards: what is committed between the two is heard, and told apart by its version.
        let live = desk.shared.listen();
        if desk.shared.age() >= self.premises().config.poll {
            self.ask(event, Command::Refresh, None).await?;
        }
        let picture = desk.shared.picture();
        let now = picture.version.unsigned_abs();
        let last = after.unwrap_or(now).min(now);
        let (booking, house) = (self.clone(), Arc::clone(&picture.terms.house));
        Ok(Subscription { booking, event, house, live, last, behind: last < now, read: VecDeque::new() })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::BookingConfig;
    use crate::fixture::Hall;
    use sqlx::PgPool;

    async fn heard(place: &mut Subscription) -> (u64, Vec<(String, char)>) {
        let next = tokio::time::timeout(Duration::from_secs(20), place.next()).await.expect("in time");
        let entry = next.expect("going on").expect("an entry");
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
    async fn a_listener_that_lags_reads_the_table(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let config = BookingConfig { backlog: 2, ..BookingConfig::default() };
        let hall = Hall::node(&pool, hall.event, hall.clock.clone(), config).await;
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        for _ in 0..6 {
            let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
            hall.booking.release(hold.id, hall.ada).await.expect("released");
        }
        for version in 1..=12 {
            assert_eq!(heard(&mut place).await.0, version);
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_another_node_sold_is_heard_here_too(pool: PgPool) {
        let here = Hall::open(&pool).await;
        let config = BookingConfig { poll: Duration::from_millis(50), ..BookingConfig::default() };
        let here = Hall::node(&pool, here.event, here.clock.clone(), config).await;
        let there = Hall::node(&pool, here.event, here.clock.clone(), BookingConfig::default()).await;
        let mut place = here.booking.subscribe(here.event, None).await.expect("a place");
        there.hold(there.ada, &["A-1"]).await.expect("held");
        assert_eq!(heard(&mut place).await, (1, vec![("stalls-A-1".into(), 'H')]));
        here.hold(here.ada, &["A-1"]).await.expect_err("taken, and this node knows");
        here.hold(here.ada, &["A-2"]).await.expect("held");
        assert_eq!(heard(&mut place).await.0, 2);
        here.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_last_word_on_a_listeners_place_is_the_shutdown(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        hall.booking.shutdown().await;
        assert!(place.next().await.is_none());
    }
}
