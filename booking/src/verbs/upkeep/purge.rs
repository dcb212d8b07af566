//! Purging: what is kept no longer is removed, in bites, each a transaction of its own. Stopped anywhere, the next purge goes on.
//!
//! Money is never purged: captures, refunds, orders, tickets, and payments to which money came.

use std::collections::HashMap;
use std::time::Duration;

use domain::{BuyerId, EventId, HoldId};
use jiff::Timestamp;

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::store::{
    checkpoints, desks, holds, idempotency, journal, notices, orders, pass_uses, payments, prints, sale_terms, waitlist,
};
use crate::verbs::audit::begin_replay;

/// How many of each a purge removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Days of keys that were dropped whole.
    pub key_days: u64,
    /// Keys that stood in no day's partition.
    pub keys: u64,
    pub journal_entries: u64,
    pub holds: u64,
    pub payments: u64,
    pub notices: u64,
    /// Prints of events that are long over.
    pub prints: u64,
    /// Passes that are over and let nobody in any more.
    pub passes: u64,
    /// Places in waitlists that ended.
    pub entries: u64,
}

/// Events looked at together.
const PAGE: i64 = 500;
/// Versions between two checkpoints of one purge.
const VERSIONS: usize = 10_000;
/// How long it is known which passes orders have ended: no pass is good for so long.
const PASSES_KEPT: Duration = Duration::from_secs(24 * 3_600);
/// A day's keys go together, and this much later than the last of them could: a clock that was set forward takes none that is good.
const MARGIN: Duration = Duration::from_secs(3_600);

impl Booking {
    /// Removes what is kept no longer.
    ///
    /// Gives     nothing where another node purges at this time; the first fault of any, when all was tried.
    /// Cost      bites of `purge_bite` rows; no lock outlives a bite, but the one that keeps other purges away.
    pub async fn purge(&self) -> Result<Purged, BookingError> {
        // taken from the pool: dropped wherever, it is closed, and the next may purge
        let mut alone = self.pool().acquire().await?.detach();
        if !idempotency::purges_alone(&mut alone).await? {
            return Ok(Purged::default());
        }
        let purged = self.purge_alone().await;
        // the end of a connection is noticed later than the next purge may begin
        desks::run(&mut alone, desks::LEAVE).await?;
        purged
    }

    async fn purge_alone(&self) -> Result<Purged, BookingError> {
        let mut purged = Purged::default();
        let config = &self.premises().config;
        let bite = i64::from(config.purge_bite);
        let now = self.decided_at().await?;
        let before = kept_since(now, config.keys_kept);
        let notices_before = kept_since(now, config.notices_kept);
        // what fails keeps nothing else
        let made = idempotency::make_days(self.pool(), now).await;
        let days = idempotency::drop_days(self.pool(), kept_since(before, MARGIN)).await;
        let keys = self.in_bites(|| idempotency::purge(self.pool(), before, bite)).await;
        let told = self.in_bites(|| notices::purge(self.pool(), notices_before, bite)).await;
        let prints = self.in_bites(|| prints::purge(self.pool(), now, bite)).await;
        let passes = self.in_bites(|| pass_uses::purge(self.pool(), kept_since(now, PASSES_KEPT), bite)).await;
        let entries_before = kept_since(now, config.holds_kept);
        let waited = self.in_bites(|| waitlist::purge(self.pool(), entries_before, bite)).await;
        let holds = self.purge_holds(now, &mut purged).await;
        let entries = self.purge_journal(now, &mut purged).await;
        made?;
        (purged.key_days, purged.keys, purged.notices, purged.prints, purged.passes) = (days?, keys?, told?, prints?, passes?);
        purged.entries = waited?;
        holds.and(entries).map(|()| purged)
    }

    /// Which of these buyers never bought anything.
    pub async fn without_orders(&self, buyers: &[BuyerId]) -> Result<Vec<BuyerId>, BookingError> {
        let bought = orders::buyers(self.pool(), buyers).await?;
        Ok(buyers.iter().filter(|buyer| !bought.contains(buyer)).copied().collect())
    }

    /// What time it is by the clock that rows are written by: the database's. This machine's may be days off.
    async fn decided_at(&self) -> Result<Timestamp, BookingError> {
        match self.premises().decides_at() {
            Some(now) => Ok(now),
            None => Ok(desks::now(&mut *self.pool().acquire().await?).await?),
        }
    }

    /// Takes bites until one is not full, or the node stops.
    async fn in_bites<F>(&self, bite: impl Fn() -> F) -> Result<u64, BookingError>
    where
        F: Future<Output = Result<u64, Fault>>,
    {
        let (full, shutdown) = (u64::from(self.premises().config.purge_bite), self.registry.shutting_down());
        let mut sum = 0;
        loop {
            let removed = bite().await?;
            sum += removed;
            if removed < full || shutdown.is_cancelled() {
                return Ok(sum);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Removes holds that ended without an order, and the payments that came to nothing with them.
    async fn purge_holds(&self, now: Timestamp, purged: &mut Purged) -> Result<(), BookingError> {
        let config = &self.premises().config;
        let (ended_before, unpaid_before) = (kept_since(now, config.holds_kept), kept_since(now, config.unpaid_kept));
        let shutdown = self.registry.shutting_down();
        let mut after = None;
        while !shutdown.is_cancelled() {
            let ended = holds::ended(self.pool(), ended_before, after.as_ref(), i64::from(config.purge_bite)).await?;
            let Some(last) = ended.last() else { break };
            after = Some(*last);
            let ids: Vec<(EventId, HoldId)> = ended.iter().map(|(event, hold, _)| (*event, *hold)).collect();
            let begun: HashMap<_, bool> = payments::begun(self.pool(), &ids).await?.into_iter().collect();
            let goes = |(event, hold, at): &holds::Ended| match begun.get(&(*event, *hold)) {
                None => true,
                Some(taken) => !taken && *at < unpaid_before,
            };
            let gone: Vec<(EventId, HoldId)> = ended.iter().filter(|ended| goes(ended)).map(|(e, h, _)| (*e, *h)).collect();
            if !gone.is_empty() {
                // A payment that began or was captured meanwhile keeps its row, and the audit's books stay whole.
                let mut tx = pg::begin(self.pool()).await?;
                purged.payments += payments::purge(&mut tx, &gone).await?;
                purged.holds += holds::purge(&mut tx, &gone).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Removes old entries of every journal, behind a checkpoint of what they came to.
    async fn purge_journal(&self, now: Timestamp, purged: &mut Purged) -> Result<(), BookingError> {
        let before = kept_since(now, self.premises().config.journal_kept);
        let shutdown = self.registry.shutting_down();
        let mut after = None;
        loop {
            let page = desks::page(self.pool(), after, PAGE).await?;
            for event in journal::older(self.pool(), &page, before).await? {
                if shutdown.is_cancelled() {
                    return Ok(());
                }
                match self.purge_journal_of(event, before).await {
                    Ok(removed) => purged.journal_entries += removed,
                    // What cannot be played stays for the audit to name.
                    Err(error) => tracing::error!(%event, %error, "a journal cannot be purged"),
                }
            }
            match page.last() {
                Some(last) => after = Some(*last),
                None => return Ok(()),
            }
        }
    }

    async fn purge_journal_of(&self, event: EventId, before: Timestamp) -> Result<u64, BookingError> {
        let checkpoint = self.advance_checkpoint(event, before).await?;
        self.in_bites(|| journal::purge(self.pool(), event, checkpoint, i64::from(self.premises().config.purge_bite))).await
    }

    /// Moves an event's checkpoint behind every entry that is older than `before`. Gives its version.
    pub(crate) async fn advance_checkpoint(&self, event: EventId, before: Timestamp) -> Result<i64, BookingError> {
        let mut db = self.pool().acquire().await?;
        let terms = sale_terms::find(&mut db, event, &self.premises().houses).await?.ok_or(BookingError::NotFound)?;
        let mut replay = begin_replay(&mut db, terms).await?;
        loop {
            let mut reached = None;
            for _ in 0..VERSIONS / PAGE as usize {
                let rows = journal::page(&mut db, event, replay.version, PAGE, journal::BYTES).await?;
                let old = rows.iter().take_while(|row| row.at < before);
                for row in old {
                    replay.step(row).map_err(|broken| Fault::corrupt("journal", broken))?;
                    reached = Some(row.at);
                }
                if rows.last().is_none_or(|last| last.version != replay.version) {
                    break;
                }
            }
            let Some(at) = reached else { return Ok(replay.version) };
            checkpoints::put(self.pool(), event, replay.version, at, &replay.inventory.checkpoint()).await?;
        }
    }
}

/// What is older than this instant is kept no longer; what is of it, still is.
fn kept_since(now: Timestamp, kept: Duration) -> Timestamp {
    now.checked_sub(kept).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, key};
    use crate::store::fixture;
    use crate::{BookingConfig, NoticeKind};
    use sqlx::PgPool;

    const DAY: i64 = 24 * 3_600 * 1_000_000;

    async fn rows(pool: &PgPool, table: &str) -> i64 {
        fixture::count(pool, table).await.expect("a count")
    }

    /// What each is kept for, both sides of the boundary instant: nothing goes before, everything one microsecond after.
    #[sqlx::test(migrations = "../migrations")]
    async fn each_thing_goes_at_its_instant_and_not_before(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-1"]).await.map(|hold| hold.id).expect("held");
        let released = hall.hold(hall.ada, &["A-2"]).await.expect("held");
        hall.booking.release(released.id, hall.ada).await.expect("released");
        let tried = hall.hold(hall.bob, &["A-3"]).await.expect("held");
        let payment = hall.begin(&tried, hall.bob).await;
        hall.say(&payment, NoticeKind::Declined, "no").await;
        hall.booking.release(tried.id, hall.bob).await.expect("released");
        hall.buy(hall.ada, &["B-1"]).await;
        // (kept for, what goes one microsecond later)
        let mut at = 0;
        let nothing = Purged::default();
        let entries = rows(&pool, "journal").await as u64;
        let steps: [(i64, Purged); 4] = [
            (DAY, Purged { keys: rows(&pool, "idempotency").await as u64, ..nothing }),
            (7 * DAY, Purged { holds: 1, journal_entries: entries, ..nothing }),
            (30 * DAY, Purged { notices: rows(&pool, "payment_notices").await as u64, ..nothing }),
            (90 * DAY, Purged { holds: 1, payments: 1, ..nothing }),
        ];
        for (kept, goes) in steps {
            hall.wait(kept - at);
            assert_eq!(
                Purged { key_days: 0, ..hall.booking.purge().await.expect("purged") },
                nothing,
                "kept for {} days",
                kept / DAY
            );
            hall.wait(1);
            assert_eq!(Purged { key_days: 0, ..hall.booking.purge().await.expect("purged") }, goes, "after {} days", kept / DAY);
            at = kept + 1;
            hall.balanced().await;
        }
        assert_eq!((rows(&pool, "captures").await, rows(&pool, "orders").await, rows(&pool, "payments").await), (1, 1, 1));
        assert_eq!(rows(&pool, "holds").await, 2, "the order's, and one that is live until somebody asks");
    }

    /// A day's keys go together once the last of them is older than 24 hours; each is answered for 24 hours and not for longer.
    #[sqlx::test(migrations = "../migrations")]
    async fn keys_go_by_the_day_and_are_good_for_a_day_across_midnight(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.booking.purge().await.expect("days are made");
        hall.wait(DAY / 2 - 1);
        let (one, two) = (key(), key());
        let wish = |seat: &str| crate::Wanted::Seats(vec![format!("stalls-{seat}")]);
        let hold = |seat, key: &crate::Idempotency| hall.booking.hold(hall.event, hall.ada, wish(seat), key.clone());
        let late = hold("A-1", &one).await.expect("held a microsecond before midnight").value;
        hall.wait(1);
        let early = hold("A-2", &two).await.expect("held at midnight").value;
        for (seat, key, made) in [("A-1", &one, &late), ("A-2", &two, &early)] {
            let again = hold(seat, key).await.expect("the same");
            assert_eq!((again.replayed, again.value.id), (true, made.id));
        }
        let table = |day: u32| format!("idempotency_202703{day}");
        assert_eq!((rows(&pool, &table(12)).await, rows(&pool, &table(13)).await), (1, 1), "each in its day");
        hall.wait(DAY - 1);
        assert!(hold("A-1", &one).await.expect("the same").replayed, "24 hours later, the day after");
        hall.booking.purge().await.expect("purged");
        assert_eq!(rows(&pool, &table(12)).await, 1, "its day is not over by 24 hours");
        hall.wait(1);
        fixture::change(
            &pool,
            hall.event,
            "sale_closes_at = sale_closes_at + interval '9 days', starts_at = starts_at + interval '9 days'",
        )
        .await
        .expect("changed");
        assert!(!hold("A-3", &one).await.expect("a new request").replayed, "a key that is forgotten is a new key");
        assert!(hold("A-2", &two).await.expect("the same").replayed, "exactly 24 hours later");
        hall.wait(DAY / 24 - 1);
        assert_eq!(hall.booking.purge().await.expect("purged").key_days, 0, "an hour's margin");
        hall.wait(1);
        let purged = hall.booking.purge().await.expect("purged");
        assert_eq!(purged.key_days, 1, "{purged:?}");
        hall.balanced().await;
    }

    /// The database's clock is ten days behind this machine's: a key of 23 hours by the one is of eleven days by the other.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_old_is_old_by_the_database_s_clock(pool: PgPool) {
        let options = (*pool.connect_options()).clone().options([("search_path", "public,pg_catalog")]);
        let behind = fixture::behind(options).await.expect("connected");
        fixture::spoil(
            &pool,
            "INSERT INTO idempotency SELECT gen_random_uuid(), 'k', decode(repeat('00', 32), 'hex'), '{}', now() - interval '10 days 23 hours'",
        )
        .await
        .expect("a key");
        let purge = async |pool: &PgPool| {
            let booking = Booking::open(pool.clone(), domain::Clock::System, BookingConfig::default());
            booking.purge().await.expect("purged").keys
        };
        assert_eq!(purge(&behind).await, 0, "good for another hour");
        assert_eq!(purge(&pool).await, 1, "the control: by a clock that is right it is old");
    }

    /// A desk opens the same before and after, and goes on selling; what is heard of money later is still told apart.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_purged_event_sells_on_as_before(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let payment = hall.begin(&hold, hall.ada).await;
        hall.say(&payment, NoticeKind::Captured, "paid").await;
        hall.floor(hall.bob, 2).await.expect("held");
        hall.block(&["B-5"]).await.expect("blocked");
        hall.wait(40 * DAY);
        hall.booking.sweep(hall.event).await.expect("swept");
        hall.block(&["B-4"]).await.expect("blocked");
        let seats = hall.booking.seats(hall.event).await.expect("seats");
        let purged = hall.booking.purge().await.expect("purged");
        assert!(purged.journal_entries > 0 && rows(&pool, "journal").await > 0, "the young entries stay: {purged:?}");
        let next = Hall::node(&pool, hall.event, hall.clock.clone(), BookingConfig::default()).await;
        assert_eq!(*next.booking.seats(hall.event).await.expect("seats"), *seats);
        next.balanced().await;
        assert_eq!(rows(&pool, "payment_notices").await, 0);
        next.say(&payment, NoticeKind::Captured, "paid").await;
        assert_eq!(rows(&pool, "refunds").await, 0, "the same capture, told after its notice was forgotten");
        let order = next.booking.payment(payment.id).await.expect("a payment").order_id.expect("an order");
        next.booking.cancel_order(order, None).await.expect("given back");
        next.wait(8 * DAY);
        next.booking.purge().await.expect("purged");
        assert_eq!(rows(&pool, "journal").await, 0, "all of it stands in the checkpoint");
        next.balanced().await;
    }

    /// Stopped between the checkpoint and the removal, or in the middle of it: the next purge goes on, and the audit is clean meanwhile.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_purge_that_was_stopped_goes_on_and_bites_are_bounded(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.booking.shutdown().await;
        let config = BookingConfig { purge_bite: 2, ..BookingConfig::default() };
        let hall = Hall::node(&pool, hall.event, hall.clock.clone(), config).await;
        for _ in 0..5 {
            let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
            hall.booking.release(hold.id, hall.ada).await.expect("released");
        }
        hall.wait(8 * DAY);
        let checkpoint = hall.booking.advance_checkpoint(hall.event, hall.booking.now()).await.expect("a checkpoint");
        assert_eq!((checkpoint, rows(&pool, "journal").await), (10, 10));
        hall.balanced().await;
        assert_eq!(journal::purge(&pool, hall.event, checkpoint, 2).await.expect("a bite"), 2);
        assert_eq!(rows(&pool, "journal").await, 8);
        hall.balanced().await;
        let purged = hall.booking.purge().await.expect("the rest");
        assert_eq!((purged.journal_entries, purged.holds, purged.keys), (8, 5, 5));
        hall.balanced().await;
    }

    /// Whoever reads a day's keys keeps it from being dropped, and nothing else from being purged; and two do not purge at once.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_day_that_is_in_use_is_dropped_later_and_one_purges_at_a_time(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.booking.purge().await.expect("days are made");
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        hall.wait(40 * DAY);
        let mut reader = pool.begin().await.expect("begun");
        sqlx::raw_sql("LOCK TABLE idempotency_20270312 IN ACCESS SHARE MODE").execute(&mut *reader).await.expect("in use");
        let purged = hall.booking.purge().await.expect("purged");
        assert!(purged.key_days < 4 && purged.journal_entries > 0, "{purged:?}");
        reader.rollback().await.expect("ended");
        let mut alone = pool.acquire().await.expect("a connection");
        assert!(idempotency::purges_alone(&mut alone).await.expect("asked"));
        assert_eq!(hall.booking.purge().await.expect("nothing"), Purged::default(), "another purges");
        alone.close().await.expect("closed");
    }

    /// The control: entries that no checkpoint stands for are missed by the audit.
    #[sqlx::test(migrations = "../migrations")]
    async fn without_a_checkpoint_the_audit_misses_what_was_purged(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        hall.hold(hall.ada, &["A-2"]).await.expect("held");
        assert_eq!(journal::purge(&pool, hall.event, 1, 10).await.expect("purged"), 1);
        let found = hall.booking.audit().await.expect("an audit").violations;
        assert!(found.iter().any(|violation| violation.law == "journal_gap"), "{found:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_bought_is_told_from_who_did_not(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.buy(hall.ada, &["A-1"]).await;
        hall.booking.hold(hall.event, hall.bob, crate::Wanted::Seats(vec!["stalls-A-2".into()]), key()).await.expect("held");
        assert_eq!(hall.booking.without_orders(&[hall.ada, hall.bob]).await.expect("an answer"), [hall.bob]);
    }
}
