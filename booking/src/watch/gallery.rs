//! All events that are shown on this node: each loaded once, kept as [`GallerySlots`] has room, looked after by one task.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use domain::EventId;
use futures::StreamExt as _;
use sqlx::PgPool;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::read;
use super::shown::{News, Shown};
use super::slots::GallerySlots;
use crate::config::BookingConfig;
use crate::error::{BookingError, Fault};
use crate::rules::change::JournalRow;
use crate::store::houses::Houses;

/// Events asked about in one statement of the poll.
const BATCH: usize = 500;
/// What is read for viewers at once: the rest of the pool is for others.
const READS: usize = 4;
/// How long a viewer waits for news before what was there is shown.
const LOOK: Duration = Duration::from_secs(2);
/// How long a viewer waits for what was never read.
const LOAD: Duration = Duration::from_secs(5);
/// How long nobody looks again after a look that failed.
const AGAIN: Duration = Duration::from_secs(1);
/// When those come back who want to watch one event more than may be watched.
const FULL: Duration = Duration::from_secs(5);

/// Shows events to viewers, who need no desk for it.
pub struct Gallery {
    pool: PgPool,
    houses: Houses,
    poll: Duration,
    slots: GallerySlots,
    reads: Arc<Semaphore>,
}

impl Gallery {
    pub fn new(pool: PgPool, houses: Houses, config: &BookingConfig) -> Arc<Gallery> {
        Arc::new(Gallery {
            pool,
            houses,
            poll: config.poll,
            slots: GallerySlots::new(config),
            reads: Arc::new(Semaphore::new(READS)),
        })
    }

    /// Finds the event as it is now, at most a poll ago.
    ///
    /// Refuses   an event that does not exist; Busy when the database is away.
    pub async fn fresh(self: &Arc<Self>, event: EventId) -> Result<Arc<Shown>, BookingError> {
        let arrived = Instant::now();
        let (committed, shown) = self.shown(event).await?;
        if shown.age() >= self.poll || committed > shown.version() {
            match self.look(event, &shown, committed, arrived).await {
                // what was true a moment ago is better than nothing, and says how old it is
                Ok(()) | Err(BookingError::Busy { .. }) => {}
                Err(BookingError::NotFound) => return Err(BookingError::NotFound),
                Err(error) => tracing::warn!(%event, %error, "cannot look for news of an event"),
            }
        }
        Ok(shown)
    }

    /// Finds the event at no less than `version`, if anyone committed that.
    pub async fn at_least(self: &Arc<Self>, event: EventId, version: i64) -> Result<Arc<Shown>, BookingError> {
        let arrived = Instant::now();
        let shown = self.fresh(event).await?;
        if shown.version() < version {
            self.look(event, &shown, version, arrived).await?;
        }
        Ok(shown)
    }

    /// Finds the event for somebody who will hear what changes there. It is kept for as long as he listens.
    ///
    /// Refuses   Busy when those that are watched have their share, and this one is not among them.
    pub async fn watch(self: &Arc<Self>, event: EventId) -> Result<(Arc<Shown>, watch::Receiver<i64>), BookingError> {
        let shown = self.at_least(event, 0).await?;
        let versions = self.slots.listen(event, &shown).ok_or(BookingError::Busy { retry_after: FULL })?;
        Ok((shown, versions))
    }

    /// Whether those that are watched have their share.
    pub fn is_full(&self) -> bool {
        self.slots.watched_is_full()
    }

    /// Brings back what a listener at `after` has missed, for all who come back. Gives false where it cannot be told.
    pub async fn recall(&self, event: EventId, shown: &Shown, after: i64) -> Result<bool, BookingError> {
        in_time(LOAD, async {
            let _one = shown.looking.lock().await;
            if !matches!(shown.after(after), News::Gone { .. }) {
                return Ok(true);
            }
            let missed = shown.version() - after;
            if missed < 0 || read::far_behind(missed) {
                return Ok(false);
            }
            let _one_of_few = self.reads.acquire().await.map_err(|error| Fault::corrupt("gallery", error))?;
            Ok(shown.recall(after, &read::page(&self.pool, event, after).await?))
        })
        .await
    }

    /// The event, and the newest version that a desk of this node committed there.
    async fn shown(self: &Arc<Self>, event: EventId) -> Result<(i64, Arc<Shown>), BookingError> {
        let slot = self.slots.slot(event);
        let mut is_new = false;
        let loaded = slot.shown.get_or_try_init(|| {
            is_new = true;
            self.load(event)
        });
        let shown = Arc::clone(loaded.await?);
        shown.touch();
        if is_new {
            self.slots.fit();
        }
        Ok((slot.committed.load(Ordering::Acquire), shown))
    }

    /// In a task of its own, which counts until it is over: a caller who gives up makes no room for one more.
    async fn load(self: &Arc<Self>, event: EventId) -> Result<Arc<Shown>, BookingError> {
        let gallery = Arc::clone(self);
        let turn = async { Ok(Arc::clone(&self.reads).acquire_owned().await.map_err(|error| Fault::corrupt("gallery", error))?) };
        let one_of_few = in_time(LOAD, turn).await?;
        let loading = tokio::spawn(async move {
            let _one_of_few = one_of_few;
            in_time(LOAD, read::picture(&gallery.pool, &gallery.houses, event)).await
        });
        let picture = loading.await.map_err(|error| Fault::corrupt("gallery", error))??;
        let shown = Shown::new(picture);
        self.slots.loaded(&shown);
        Ok(Arc::new(shown))
    }

    /// Takes over what a desk of this node has committed.
    pub fn committed(&self, event: EventId, row: &JournalRow) {
        let Some(slot) = self.slots.lock().get(&event).cloned() else { return };
        slot.committed.fetch_max(row.version, Ordering::AcqRel);
        if let Some(shown) = slot.shown.get()
            && !shown.step(row)
        {
            shown.doubted();
        }
    }

    /// Looks for news of one event; whoever comes meanwhile waits for the same look. After one that failed nobody looks for a while.
    async fn look(&self, event: EventId, shown: &Shown, version: i64, arrived: Instant) -> Result<(), BookingError> {
        let busy = BookingError::Busy { retry_after: AGAIN };
        if shown.failed_lately(AGAIN) {
            return Err(busy);
        }
        let looked = in_time(LOOK, async {
            let mut looked = shown.looking.lock().await;
            if shown.failed_lately(AGAIN) {
                return Err(busy);
            }
            let known = shown.version() >= version && shown.age() < self.poll;
            if known || looked.is_some_and(|began| began >= arrived) {
                return Ok(());
            }
            let _one_of_few = self.reads.acquire().await.map_err(|error| Fault::corrupt("gallery", error))?;
            let began = Instant::now();
            let found = read::versions(&self.pool, &[event]).await?;
            self.follow(event, shown, found.get(&event).copied()).await?;
            *looked = Some(began);
            Ok(())
        });
        let looked = looked.await;
        if looked.as_ref().is_err_and(|error| !matches!(error, BookingError::NotFound)) && !shown.failed_lately(AGAIN) {
            tracing::warn!(%event, "an event is shown as it was: the database does not tell");
            shown.failed();
        }
        looked
    }

    /// Brings the event to a version that others committed: by the journal, or from rows where that is far or does not fit.
    async fn follow(&self, event: EventId, shown: &Shown, found: Option<(i64, i64)>) -> Result<(), BookingError> {
        let Some((version, terms_version)) = found else {
            self.slots.lock().remove(&event);
            shown.end();
            return Err(BookingError::NotFound);
        };
        let picture = shown.picture();
        let mut fits = true;
        if picture.terms.version != terms_version {
            let terms = read::terms(&self.pool, &self.houses, event).await?.ok_or(BookingError::NotFound)?;
            fits = terms.map == picture.terms.map;
            if fits {
                shown.set_terms(Arc::new(terms));
            }
        }
        fits = fits && !read::far_behind(version - shown.version());
        while fits && shown.version() < version {
            let rows = read::page(&self.pool, event, shown.version()).await?;
            fits = !rows.is_empty() && rows.iter().all(|row| shown.step(row));
        }
        if !fits {
            shown.replace(read::picture(&self.pool, &self.houses, event).await?);
        }
        shown.verified();
        Ok(())
    }

    /// Looks after all events that are shown until booking stops: news of those that are watched, room for those to come.
    pub async fn look_after(gallery: Weak<Gallery>, period: Duration, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let Some(gallery) = gallery.upgrade() else { return };
            if let Err(error) = gallery.poll_watched().await {
                tracing::warn!(%error, "cannot look for other nodes' sales");
            }
            gallery.slots.tidy();
        }
    }

    async fn poll_watched(&self) -> Result<(), BookingError> {
        let watched = self.slots.watched(self.poll / 2);
        for batch in watched.chunks(BATCH) {
            let events: Vec<EventId> = batch.iter().map(|(event, _)| *event).collect();
            let found = in_time(LOAD, async { Ok(read::versions(&self.pool, &events).await?) }).await?;
            let news: Vec<_> =
                batch.iter().map(|(event, shown)| self.take_news(*event, Arc::clone(shown), found.get(event).copied())).collect();
            futures::stream::iter(news).buffer_unordered(READS).collect::<()>().await;
        }
        Ok(())
    }

    async fn take_news(&self, event: EventId, shown: Arc<Shown>, found: Option<(i64, i64)>) {
        let picture = shown.picture();
        if found.is_some_and(|(version, terms)| version <= picture.version && terms == picture.terms.version) {
            return shown.verified();
        }
        // whoever looks already brings the same news
        let Ok(_one) = shown.looking.try_lock() else { return };
        match in_time(LOAD, self.follow(event, &shown, found)).await {
            Ok(()) | Err(BookingError::NotFound) => {}
            Err(error) => tracing::warn!(%event, %error, "cannot take news of an event over"),
        }
    }
}

/// Refuses   with Busy what a viewer would wait too long for.
async fn in_time<T>(patience: Duration, work: impl Future<Output = Result<T, BookingError>>) -> Result<T, BookingError> {
    tokio::time::timeout(patience, work).await.unwrap_or(Err(BookingError::Busy { retry_after: AGAIN }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeatLetter;
    use crate::fixture::{Hall, TIERS, map, noon};
    use crate::proof::wire::{Cut, Wire};
    use crate::store::fixture;

    impl Gallery {
        fn shows(&self) -> usize {
            self.slots.lock().len()
        }
    }

    /// Both lock what is taken and what is shown; were it in two orders, this would never end.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_makes_room_and_who_begins_to_listen_never_wait_for_each_other(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let gallery = &hall.booking.gallery;
        std::thread::scope(|threads| {
            threads.spawn(|| (0..100_000).for_each(|_| gallery.slots.fit()));
            threads.spawn(|| {
                for _ in 0..100_000 {
                    let slots = gallery.slots.lock();
                    assert!(!gallery.slots.watched_is_full() && slots.is_empty());
                }
            });
        });
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn looking_writes_nothing_and_opens_no_desk(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").counts.available, 30);
        let _place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        for table in ["desks", "area_counts"] {
            assert_eq!(fixture::count(&pool, table).await.expect("a count"), 0, "{table}");
        }
        assert_eq!(hall.booking.registry.open_desks(), 0);
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        assert_eq!(hall.letter("A-1").await, SeatLetter::Held, "the buyer sees what was just held");
    }

    /// More events than there may be desks: watching takes no desk, so holds and looks at any of them go on.
    #[sqlx::test(migrations = "../migrations")]
    async fn more_events_are_watched_than_there_are_desks_and_holds_go_on(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let mut events = vec![hall.event];
        for _ in 0..BookingConfig::default().desks {
            events.push(fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event"));
        }
        assert_eq!(events.len(), 1_025);
        let mut places = Vec::new();
        for event in &events {
            places.push(hall.booking.subscribe(*event, None).await.expect("a place"));
        }
        let last = places.last_mut().expect("a place");
        let seat = || crate::Wanted::Seats(vec!["stalls-A-1".into()]);
        for event in [events[0], events[512], events[1_024]] {
            hall.booking.hold(event, hall.ada, seat(), crate::fixture::key()).await.expect("held");
        }
        assert!(last.next().await.is_some(), "and it is heard");
        assert_eq!(hall.booking.registry.open_desks(), 3, "desks are where something is sold");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_shown_is_bounded_and_the_watched_stays(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { shown: 4, ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        let mut place = hall.booking.subscribe(first.event, None).await.expect("a place");
        let event = async || fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event");
        for _ in 0..6 {
            hall.booking.seats(event().await).await.expect("seats");
            assert!(hall.booking.gallery.shows() <= 4);
        }
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        assert!(place.next().await.is_some(), "it is still shown");
        let _two = hall.booking.subscribe(event().await, None).await.expect("a place");
        let _three = hall.booking.subscribe(event().await, None).await.expect("a place");
        let other = event().await;
        let refused = hall.booking.subscribe(other, None).await.map(drop);
        assert!(matches!(refused, Err(BookingError::Busy { .. })), "three quarters are watched: {refused:?}");
        hall.booking.seats(other).await.expect("who only looks has the rest");
        hall.booking.subscribe(first.event, None).await.map(drop).expect("and what is watched may be watched by more");
        drop(place);
        hall.booking.subscribe(other, None).await.map(drop).expect("who leaves makes room");
    }

    /// The control: with room for all, what was looked at is kept.
    #[sqlx::test(migrations = "../migrations")]
    async fn strangers_who_watch_all_there_is_room_for_keep_nobody_from_looking_and_from_joining_a_queue(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let _seen = first.booking.subscribe(first.event, None).await.expect("a place");
        let one = first.booking.gallery.slots.taken().bytes;
        for (shown_bytes, kept) in [(one, 1), (1 << 20, 2)] {
            let config = BookingConfig { shown_bytes, ..BookingConfig::default() };
            let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
            let _place = hall.booking.subscribe(hall.event, None).await.expect("a place");
            let other = fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event");
            assert_eq!(hall.booking.seats(other).await.expect("seats").counts.available, 2);
            hall.booking.check_before_queue(other, &hall.ada.into()).await.expect("may join");
            hall.booking.best(other, &crate::rules::wanted::Best::of(2)).await.expect("the best");
            assert_eq!(hall.booking.gallery.shows(), kept, "{shown_bytes}");
        }
    }

    /// Each hangs up while the event is looked for; a place that stayed would be room taken for ever.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_hangs_up_leaves_no_place_behind(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { shown: 3, ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        for n in 0..9 {
            let mut asked = Box::pin(hall.booking.seats(EventId::at(noon())));
            let answered = std::future::poll_fn(|cx| std::task::Poll::Ready(asked.as_mut().poll(cx).is_ready())).await;
            assert!(!answered, "{n}: it is looked for");
            assert_eq!(hall.booking.gallery.shows(), 1, "{n}");
            drop(asked);
            assert_eq!(hall.booking.gallery.shows(), 0, "{n}");
        }
        assert_eq!(hall.booking.seats(first.event).await.expect("seats").counts.available, 30);
    }

    /// Who waits for a place keeps it, whoever hung up or heard an error before.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_place_stays_for_those_who_still_wait(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let mut left = Box::pin(hall.booking.seats(hall.event));
        let answered = std::future::poll_fn(|cx| std::task::Poll::Ready(left.as_mut().poll(cx).is_ready())).await;
        assert!(!answered, "it is loaded");
        let mut waits = Box::pin(hall.booking.seats(hall.event));
        let answered = std::future::poll_fn(|cx| std::task::Poll::Ready(waits.as_mut().poll(cx).is_ready())).await;
        assert!(!answered, "it waits for the same");
        drop(left);
        assert_eq!(hall.booking.gallery.shows(), 1);
        waits.await.expect("seats");
        assert_eq!(hall.booking.gallery.shows(), 1, "and it is shown");
    }

    /// Nobody has committed version 7: all who ask for it at once are told by the look that begins after they came.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_herd_looks_once(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let (wire, wired) = Wire::to(&pool).await;
        let config = BookingConfig { poll: Duration::from_secs(3_600), ..BookingConfig::default() };
        let hall = Hall::node(&wired, first.event, first.clock.clone(), config).await;
        hall.booking.seats(hall.event).await.expect("seats");
        wire.forget();
        let herd = (0..100).map(|_| hall.booking.gallery.at_least(hall.event, 7));
        let seen = futures::future::join_all(herd).await;
        // Busy is what a machine that is too busy for one look says
        assert!(seen.iter().all(|shown| matches!(shown, Ok(_) | Err(BookingError::Busy { .. }))));
        let asked = wire.asked.load(Ordering::SeqCst);
        assert!((1..50).contains(&asked), "{asked} messages");
    }

    /// What was loaded may miss what a desk here committed just then: who looks next sees it, however new the picture is.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_was_committed_here_is_seen_at_once(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { poll: Duration::from_secs(3_600), ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").version, 0);
        first.hold(first.ada, &["A-1"]).await.expect("held");
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").version, 0, "nobody told");
        hall.booking.gallery.slots.lock()[&hall.event].committed.store(1, Ordering::SeqCst);
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").version, 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_watched_is_bounded_in_bytes(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { shown_bytes: 1, ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        let other = fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event");
        // nothing fits: what is looked at goes at once, and who would listen is told so
        hall.booking.seats(other).await.expect("seats");
        assert_eq!(hall.booking.gallery.shows(), 0);
        let refused = hall.booking.subscribe(other, None).await.map(drop);
        assert!(matches!(refused, Err(BookingError::Busy { .. })), "{refused:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn viewers_do_not_wait_for_a_database_that_does_not_answer(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let (wire, wired) = Wire::to(&pool).await;
        let config = BookingConfig { poll: Duration::from_millis(20), ..BookingConfig::default() };
        let hall = Hall::node(&wired, first.event, first.clock.clone(), config).await;
        while hall.booking.seats(hall.event).await.is_err() {}
        wire.cut_next(Cut::Frozen);
        let other = EventId::at(noon());
        let answers = async { (hall.booking.seats(hall.event).await, hall.booking.seats(other).await) };
        let (known, unknown) = tokio::time::timeout(Duration::from_secs(120), answers).await.expect("answered");
        assert_eq!(known.expect("as it was").counts.available, 30);
        assert!(matches!(unknown, Err(BookingError::Busy { .. })), "{unknown:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_that_is_gone_is_shown_no_longer(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { poll: Duration::from_millis(20), ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        hall.booking.seats(hall.event).await.expect("seats");
        let mut place = hall.booking.subscribe(hall.event, None).await.expect("a place");
        fixture::spoil(&pool, &format!("DELETE FROM events WHERE id = '{}'", hall.event)).await.expect("nobody sold there");
        let ended = tokio::time::timeout(Duration::from_secs(60), place.next()).await.expect("in time");
        assert!(ended.is_none(), "its streams end");
        assert!(matches!(hall.booking.seats(hall.event).await, Err(BookingError::NotFound)));
        assert!(matches!(hall.booking.subscribe(hall.event, None).await, Err(BookingError::NotFound)));
    }
}
