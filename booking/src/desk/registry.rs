//! The desks that are open on this node: found by event, opened once, bounded in number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::{Clock, EventId};
use futures::StreamExt as _;
use lease::{Lease, LeaseName, Leases, Neighbour, Ownership};
use tokio::sync::{OnceCell, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::{Desk, Envelope, Letter, Premises, Said};
use super::lapsing::Lapsing;
use super::leaving::{Leaving, Left};
use super::open::open;
use crate::error::{BookingError, Fault};
use crate::rules::command::Command;
use crate::store::{desks, waitlist};
use crate::waiting::{ByEvent, Fill, Waiting};

/// How to reach an open desk.
#[derive(Clone)]
pub struct Handle {
    pub commands: mpsc::Sender<Envelope>,
    close: CancellationToken,
}

impl Handle {
    /// Hands over a command and waits for what becomes of it.
    ///
    /// Gives     none when the desk went away without a word.
    /// Refuses   Busy when the desk's queue is full.
    pub async fn hand(&self, letter: Letter) -> Option<Said> {
        let (envelope, answer) = letter.sealed();
        match self.commands.try_send(envelope) {
            Ok(()) => answer.await.ok(),
            Err(mpsc::error::TrySendError::Full(_)) => {
                metrics::counter!("booking_busy_total").increment(1);
                Some(Said::Answered(Err(BookingError::Busy { retry_after: Duration::from_secs(1) })))
            }
            // this desk is closing: the next one will take it
            Err(mpsc::error::TrySendError::Closed(back)) => {
                let Envelope { command, keyed, by, uncertain, .. } = back;
                Some(Said::Back(Box::new(Letter { command, keyed, by, uncertain })))
            }
        }
    }
}

/// Where an event's commands are decided.
pub enum Found {
    Here(Handle),
    /// Another node has the event, and can be asked.
    There(Neighbour),
}

/// Whose an event is.
enum Whose {
    /// None: nodes need not agree, or cannot; the fence alone keeps their desks apart.
    Ours(Option<Lease>),
    Theirs(Neighbour),
}

/// A desk's place in the registry, also while it opens: who comes meanwhile waits for the same opening.
#[derive(Default)]
struct Slot {
    handle: OnceCell<Handle>,
    used: Mutex<Option<Instant>>,
}

impl Fill for Slot {
    fn filled(&self) -> bool {
        self.handle.initialized()
    }
}

pub struct Registry {
    premises: Premises,
    slots: ByEvent<Slot>,
    /// What opens at once: asking about events that do not exist must not take all connections.
    openings: Arc<Semaphore>,
    lapsing: Lapsing,
    /// This node gives its events to others, or takes none.
    leaving: AtomicBool,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// Desks that open at once.
const OPENINGS: usize = 16;
/// Commands that may wait for their desk to open, by desk: more of them are answered Busy.
const WAITING: usize = 4_096;
/// How long the room that another desk leaves is waited for.
const ROOM: Duration = Duration::from_secs(5);
/// A connection inside the fence of an event that has become this node's, and was asked nothing for so long, is put out.
const STOPPED: Duration = Duration::from_secs(1);

impl Registry {
    pub fn new(premises: Premises) -> Arc<Registry> {
        Arc::new(Registry {
            slots: Mutex::default(),
            openings: Arc::new(Semaphore::new(OPENINGS)),
            lapsing: Lapsing::default(),
            leaving: AtomicBool::new(premises.config.nodes.as_ref().is_some_and(|nodes| !nodes.sells)),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            premises,
        })
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<EventId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds who decides the event's commands, opening its desk here if it is this node's, or nobody's.
    ///
    /// Refuses   an event that does not exist; Busy when all desks are in use.
    pub async fn desk(self: &Arc<Self>, event: EventId) -> Result<Found, BookingError> {
        if let Some(open) = self.opened(event) {
            return Ok(Found::Here(open));
        }
        let lease = match self.whose(event).await? {
            Whose::Ours(lease) => lease,
            Whose::Theirs(other) => return Ok(Found::There(other)),
        };
        let slot = self.slot(event)?;
        let opened = slot.handle.get_or_try_init(|| self.open(event, &slot, lease)).await.cloned();
        drop(slot);
        if opened.is_err() {
            self.release(event).await;
        }
        Ok(Found::Here(opened?))
    }

    /// The desk that is open here and not about to close.
    fn opened(&self, event: EventId) -> Option<Handle> {
        let slots = self.slots();
        let slot = slots.get(&event)?;
        let open = slot.handle.get().filter(|handle| !handle.close.is_cancelled())?;
        *slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Some(open.clone())
    }

    fn leases(&self) -> Option<&Leases> {
        self.premises.config.nodes.as_ref().map(|nodes| &nodes.leases)
    }

    /// Whether a node can be sent commands from here.
    fn can_ask(&self, other: &Neighbour) -> bool {
        other.url.is_some() && self.premises.config.nodes.as_ref().is_some_and(|nodes| nodes.neighbours.is_some())
    }

    async fn whose(&self, event: EventId) -> Result<Whose, BookingError> {
        let Some(leases) = self.leases() else { return Ok(Whose::Ours(None)) };
        if self.shutdown.is_cancelled() {
            return Err(Fault::ShuttingDown.into());
        }
        let name = LeaseName::event(event);
        if self.leaving.load(Ordering::SeqCst) {
            return self.whose_next(leases, name).await;
        }
        Ok(match leases.claim(&name).await? {
            Ownership::Mine(lease) => Whose::Ours(Some(lease)),
            Ownership::Theirs(other) if self.can_ask(&other) => Whose::Theirs(other),
            Ownership::Theirs(_) => Whose::Ours(None),
        })
    }

    /// Whose an event is that this node gives away, or had: another node takes it with the first command.
    async fn whose_next(&self, leases: &Leases, name: LeaseName) -> Result<Whose, BookingError> {
        let other = match leases.owner(&name).await? {
            Some(Ownership::Mine(_)) => return Err(Fault::Unowned("its desk is closing here".to_owned()).into()),
            Some(Ownership::Theirs(other)) => Some(other),
            None => leases.other().await?,
        };
        Ok(other.filter(|other| self.can_ask(other)).map_or(Whose::Ours(None), Whose::Theirs))
    }

    /// Who else has the event and can be asked; none where it is this node's or nobody's. Opens no desk and claims nothing.
    pub async fn owner(&self, event: EventId) -> Result<Option<Neighbour>, BookingError> {
        let Some(leases) = self.leases() else { return Ok(None) };
        Ok(match leases.owner(&LeaseName::event(event)).await? {
            Some(Ownership::Theirs(other)) if self.can_ask(&other) => Some(other),
            _ => None,
        })
    }

    /// Whether another node still has the event; takes it where that one's time is over.
    pub async fn still_has(&self, event: EventId, other: &Neighbour) -> Result<bool, BookingError> {
        let Some(leases) = self.leases() else { return Ok(false) };
        let name = LeaseName::event(event);
        let leaving = self.leaving.load(Ordering::SeqCst);
        let now = if leaving { leases.owner(&name).await? } else { Some(leases.claim(&name).await?) };
        // one that was asked though the event was nobody's has it by now, or answers that it has not
        let same = |now: &Neighbour| now.node == other.node && (now.epoch == other.epoch || other.epoch == 0);
        Ok(matches!(now, Some(Ownership::Theirs(now)) if same(&now)))
    }

    /// Gives the event to whoever asks for it next, unless a desk is open here.
    async fn release(&self, event: EventId) {
        let Some(leases) = self.leases() else { return };
        if let Err(error) = leases.release(&LeaseName::event(event)).await {
            tracing::debug!(%event, %error, "an event's lease is given back later");
        }
    }

    fn slot(&self, event: EventId) -> Result<Waiting<'_, Slot>, BookingError> {
        if self.shutdown.is_cancelled() {
            return Err(Fault::ShuttingDown.into());
        }
        let mut slots = self.slots();
        if !slots.contains_key(&event) && slots.len() >= self.premises.config.desks + WAITING {
            return Err(BookingError::Busy { retry_after: ROOM });
        }
        let slot = slots.entry(event).or_default();
        *slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(Waiting::new(&self.slots, event, Arc::clone(slot)))
    }

    async fn open(self: &Arc<Self>, event: EventId, slot: &Arc<Slot>, lease: Option<Lease>) -> Result<Handle, BookingError> {
        let one = tokio::time::timeout(ROOM, Arc::clone(&self.openings).acquire_owned()).await;
        let one_of_few = match one {
            Ok(permit) => permit.map_err(|error| Fault::corrupt("opening", error))?,
            Err(_) => return Err(BookingError::Busy { retry_after: ROOM }),
        };
        // In a task of its own, which counts until it is over: a caller who gives up makes no room for one more.
        let premises = self.premises.clone();
        let owned = lease.is_some();
        let opening = self.tasks.spawn(async move {
            let _one_of_few = one_of_few;
            if owned {
                // whoever had it before and stopped inside the fence keeps nobody out
                desks::free(&mut *premises.pool.acquire().await?, event, STOPPED).await?;
            }
            open(&premises, event).await
        });
        let opened = opening.await.map_err(|error| Fault::corrupt("opening", error))??;
        // Only now: an event that does not exist takes nobody's room.
        self.make_room()?;
        let (sender, commands) = mpsc::channel(self.premises.config.queue);
        self.premises.waitlists.show(event, &opened.inventory.lines);
        let close = self.shutdown.child_token();
        let desk = Desk {
            premises: self.premises.clone(),
            event,
            inventory: opened.inventory,
            version: opened.version,
            // A manual clock knows nothing of the database's.
            decided: matches!(self.premises.clock, Clock::System).then(|| (opened.now, Instant::now())),
            commands,
            db: None,
            uncertain: false,
            lease,
            close: close.clone(),
        };
        let (running, registry) = (desk.run(self.leaving(event, slot)), Arc::downgrade(self));
        self.tasks.spawn(async move {
            running.await;
            if let Some(registry) = registry.upgrade() {
                registry.release(event).await;
            }
        });
        metrics::counter!("booking_desks_opened_total").increment(1);
        Ok(Handle { commands: sender, close })
    }

    /// Frees a desk's place when it goes, and remembers what lapses there later.
    fn leaving(self: &Arc<Self>, event: EventId, slot: &Arc<Slot>) -> Leaving {
        let (registry, slot) = (Arc::downgrade(self), Arc::downgrade(slot));
        Leaving::new(move |left| {
            let Some(registry) = registry.upgrade() else { return };
            match left {
                Left::Closing => {
                    if let Some(slot) = slot.upgrade() {
                        registry.leave(event, &slot);
                    }
                }
                Left::Done(due) => {
                    if !registry.shutdown.is_cancelled() {
                        registry.lapsing.note(event, due);
                    }
                }
                Left::Panicked => {
                    tracing::error!(%event, "a desk panicked; the next command opens it again");
                    metrics::counter!("booking_desk_panics_total").increment(1);
                    registry.lapsing.note(event, Duration::from_secs(1));
                }
            }
        })
    }

    /// Removes a desk that closes, unless another has taken its place.
    fn leave(&self, event: EventId, slot: &Arc<Slot>) {
        let mut slots = self.slots();
        if slots.get(&event).is_some_and(|known| Arc::ptr_eq(known, slot)) {
            slots.remove(&event);
            self.premises.waitlists.forget(event);
        }
        metrics::gauge!("booking_desks_open").set(slots.len() as f64);
    }

    /// Closes the desk that was used longest ago and has nothing to do, while there are as many as there may be.
    fn make_room(&self) -> Result<(), BookingError> {
        let mut slots = self.slots();
        let used = |slot: &Arc<Slot>| *slot.used.lock().unwrap_or_else(PoisonError::into_inner);
        while slots.values().filter(|slot| slot.handle.initialized()).count() >= self.premises.config.desks {
            let open = slots.iter().filter_map(|(event, slot)| Some((*event, used(slot), slot.handle.get()?)));
            let idle = open.filter(|(_, _, handle)| handle.commands.capacity() == handle.commands.max_capacity());
            let Some((event, _, handle)) = idle.min_by_key(|(_, used, _)| *used) else {
                return Err(BookingError::Busy { retry_after: ROOM });
            };
            handle.close.cancel();
            slots.remove(&event);
            self.premises.waitlists.forget(event);
        }
        Ok(())
    }

    /// Opens desks where held places lapse that nobody asks about: of these events now, of desks that closed when it is time.
    pub fn lapse_from_rows(self: &Arc<Self>, holding: Vec<EventId>) {
        self.tasks.spawn(Self::open_holding(Arc::downgrade(self), holding));
        self.tasks.spawn(Self::open_waited(Arc::downgrade(self), self.shutdown.clone()));
        self.tasks.spawn(Self::lapse(Arc::downgrade(self), self.shutdown.clone()));
    }

    /// Opens desks of events at which somebody waits, here or since another node went: what comes free there is theirs.
    async fn open_waited(registry: Weak<Registry>, shutdown: CancellationToken) {
        loop {
            let Some(here) = registry.upgrade() else { return };
            match waitlist::events(&here.premises.others, WAITED).await {
                Ok(events) => {
                    let closed: Vec<_> = events.into_iter().filter(|event| !here.slots().contains_key(event)).collect();
                    drop(here);
                    Self::open_holding(registry.clone(), closed).await;
                }
                Err(error) => tracing::warn!(%error, "events at which somebody waits cannot be looked for"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(WAITED_LOOK) => {}
            }
        }
    }

    /// An open desk wakes by itself when the first hold is over, and tells when that is if it must make room before.
    async fn open_holding(registry: Weak<Registry>, holding: Vec<EventId>) {
        for event in holding {
            let Some(registry) = registry.upgrade().filter(|registry| !registry.shutdown.is_cancelled()) else { return };
            match registry.desk(event).await {
                // another node's desk looks after what is its own
                Ok(_) | Err(BookingError::NotFound) => {}
                Err(_) => registry.lapsing.note(event, ROOM),
            }
        }
    }

    async fn lapse(registry: Weak<Registry>, shutdown: CancellationToken) {
        loop {
            let Some(wait) = registry.upgrade().map(|registry| registry.lapsing.wait()) else { return };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait.map_or(LAPSE_LOOK, |wait| wait.min(LAPSE_LOOK))) => {}
            }
            let Some(registry) = registry.upgrade() else { return };
            let due: Vec<_> = std::iter::from_fn(|| registry.lapsing.take()).take(LAPSE_MOST).collect();
            let sweeps: Vec<_> = due.into_iter().map(|event| registry.sweep(event)).collect();
            futures::stream::iter(sweeps).buffer_unordered(LAPSE_AT_ONCE).collect::<()>().await;
        }
    }

    /// Gives back what has lapsed at one event: asked for and waited for, so that its desk cannot be sent away before it did.
    async fn sweep(self: &Arc<Self>, event: EventId) {
        let swept = async {
            let Found::Here(desk) = self.desk(event).await? else { return Ok(()) };
            match desk.hand(Letter::of(Command::Sweep)).await {
                Some(Said::Back(_)) => Err(BookingError::Busy { retry_after: ROOM }),
                // a full queue has others before it, and each of them gives back what has lapsed
                Some(Said::Answered(Err(BookingError::Busy { .. }))) | None => Ok(()),
                Some(Said::Answered(answer)) => answer.map(|_| ()),
            }
        };
        match swept.await {
            Ok(()) | Err(BookingError::NotFound) => {}
            Err(_) if self.shutdown.is_cancelled() => {}
            Err(error) => {
                tracing::warn!(%event, %error, "an event's held places lapse later");
                self.lapsing.note(event, ROOM);
            }
        }
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

    /// Gives the events of this node to others, each after its desk has finished its queue. From now on this node opens no desk as long
    /// as another can be asked.
    ///
    /// Gives     whether there was another node.
    pub async fn hand_over(&self) -> Result<bool, BookingError> {
        let Some(leases) = self.leases() else { return Ok(false) };
        // said before it is looked: of two nodes that go at once one at most gives to the other
        leases.give_away().await?;
        if !leases.other().await?.is_some_and(|other| self.can_ask(&other)) {
            return Ok(false);
        }
        self.leaving.store(true, Ordering::SeqCst);
        for slot in self.slots().values() {
            if let Some(open) = slot.handle.get() {
                open.close.cancel();
            }
        }
        Ok(true)
    }

    /// Commands that wait at the fullest desk, and how many may.
    pub fn depth(&self) -> (usize, usize) {
        let slots = self.slots();
        let waiting = |slot: &Arc<Slot>| slot.handle.get().map(|open| open.commands.max_capacity() - open.commands.capacity());
        (slots.values().filter_map(waiting).max().unwrap_or(0), self.premises.config.queue)
    }

    /// Lets every desk finish its queue.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Events with waiters that one look opens, and how often is looked.
const WAITED: i64 = 1_000;
const WAITED_LOOK: Duration = Duration::from_secs(2);
/// How often is looked what has become due meanwhile.
const LAPSE_LOOK: Duration = Duration::from_secs(1);
/// Events swept in one go, and at the same time.
const LAPSE_MOST: usize = 64;
const LAPSE_AT_ONCE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, TIERS, key, map, noon};
    use crate::proof::listening::Heard;
    use crate::store::fixture;
    use crate::{BookingConfig, SeatLetter, Wanted};
    use sqlx::PgPool;

    impl Registry {
        /// The desk of this node.
        async fn own(self: &Arc<Self>, event: EventId) -> Result<Handle, BookingError> {
            match self.desk(event).await? {
                Found::Here(desk) => Ok(desk),
                Found::There(other) => panic!("{other:?} has it"),
            }
        }

        pub fn open_desks(&self) -> usize {
            self.slots().len()
        }
    }

    fn open_desks(hall: &Hall) -> usize {
        hall.booking.registry.open_desks()
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

    /// Whether the desk is there at once.
    async fn asked(desk: &mut std::pin::Pin<Box<impl Future<Output = Result<Handle, BookingError>>>>) -> bool {
        std::future::poll_fn(|cx| std::task::Poll::Ready(desk.as_mut().poll(cx).is_ready())).await
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_gives_up_while_a_desk_opens_leaves_no_place_behind(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let registry = &hall.booking.registry;
        let mut nowhere = Box::pin(registry.own(EventId::at(noon())));
        assert!(!asked(&mut nowhere).await);
        assert_eq!(registry.open_desks(), 1);
        drop(nowhere);
        assert_eq!(registry.open_desks(), 0);
    }

    /// Were the place taken away with one who gives up, the others would open a desk that nobody finds.
    #[sqlx::test(migrations = "../migrations")]
    async fn the_place_of_a_desk_stays_for_those_who_still_wait(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let registry = &hall.booking.registry;
        // all may open again: what is refused is refused to the first only
        let all = Arc::clone(&registry.openings).acquire_many_owned(OPENINGS as u32).await.expect("all");
        let mut first = Box::pin(registry.own(hall.event));
        let mut second = Box::pin(registry.own(hall.event));
        assert!(!asked(&mut first).await && !asked(&mut second).await);
        let failed = first.await;
        assert!(matches!(failed, Err(BookingError::Busy { .. })), "no room in time");
        assert_eq!(registry.open_desks(), 1, "the second still waits");
        drop(all);
        let desk = second.await.expect("a desk");
        assert!(desk.commands.same_channel(&registry.own(hall.event).await.expect("a desk").commands), "it is the one desk");
    }

    async fn one_held(hall: &Hall, event: EventId) -> crate::HoldView {
        let seat = Wanted::Seats(vec!["stalls-A-1".into()]);
        hall.booking.hold(event, hall.ada, seat, key()).await.expect("held").value
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn desks_are_bounded_and_neither_viewers_nor_unknown_events_take_their_room(pool: PgPool) {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { desks: 2, ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        let mut events = vec![first.event];
        for _ in 0..3 {
            events.push(fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event"));
        }
        let mut places = Vec::new();
        for event in &events {
            places.push(hall.booking.subscribe(*event, None).await.expect("a place"));
        }
        for event in &events {
            one_held(&hall, *event).await;
            assert!(open_desks(&hall) <= 2);
        }
        let open: Vec<EventId> = hall.booking.registry.slots().keys().copied().collect();
        for _ in 0..5 {
            let nowhere = hall.booking.sweep(EventId::at(noon())).await;
            assert!(matches!(nowhere, Err(BookingError::NotFound)), "{nowhere:?}");
        }
        assert!(open.iter().all(|event| hall.booking.registry.slots().contains_key(event)), "nobody left for an unknown event");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn held_places_lapse_in_sight_of_all_though_their_desk_had_to_make_room(pool: PgPool) {
        let opened = Clock::System.now() - crate::fixture::seconds(60);
        let mut events = Vec::new();
        for _ in 0..3 {
            events.push(fixture::event(&pool, &map(1, 2, 0), TIERS, opened).await.expect("an event"));
        }
        let config = BookingConfig { hold_ttl: Duration::from_millis(100), desks: 1, ..BookingConfig::default() };
        let hall = Hall::node(&pool, events[0], Clock::System, config).await;
        let mut place = hall.booking.subscribe(events[0], None).await.expect("a place");
        for event in &events {
            one_held(&hall, *event).await;
        }
        while place.seen < 2 {
            let heard = tokio::time::timeout(Duration::from_secs(30), place.next()).await.expect("in time").expect("going on");
            assert!(matches!(heard, Heard::Entry(_)), "{heard:?}");
        }
        assert!(open_desks(&hall) <= 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_desk_that_panics_is_opened_again_and_those_who_waited_hear_of_it(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let broken = hall.booking.ask(hall.event, Command::Panic, None).await;
        assert!(matches!(broken, Err(BookingError::Busy { .. })), "{broken:?}");
        hall.hold(hall.ada, &["A-2"]).await.expect("the next desk goes on");
        assert_eq!(hall.letter("A-2").await, SeatLetter::Held);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_that_is_deleted_while_its_desk_is_open_is_not_found(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.booking.sweep(hall.event).await.expect("a desk is open");
        hall.booking.seats(hall.event).await.expect("seats");
        fixture::spoil(&pool, &format!("DELETE FROM events WHERE id = '{}'", hall.event)).await.expect("nobody sold there");
        for _ in 0..2 {
            let held = hall.hold(hall.ada, &["A-1"]).await;
            assert!(matches!(held, Err(BookingError::NotFound)), "{held:?}");
            let blocked = hall.block(&["A-1"]).await;
            assert!(matches!(blocked, Err(BookingError::NotFound)), "{blocked:?}");
        }
        assert_eq!(fixture::count(&pool, "desks").await.expect("a count"), 0, "and nothing is left of it");
    }

    /// Opening waits for an exchange of the map that is under way, and the other way round.
    #[sqlx::test(migrations = "../migrations")]
    async fn opening_a_desk_and_exchanging_the_map_wait_for_each_other(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let other = fixture::event(&pool, &map(1, 3, 0), TIERS, noon()).await.expect("an event");
        let mut exchange = pool.begin().await.expect("a transaction");
        fixture::change_in(&mut exchange, hall.event, &fixture::map_of(other)).await.expect("exchanged");
        let asked = hall.hold(hall.ada, &["A-3"]);
        let exchanged = async {
            fixture::waits_for_a_lock(&pool).await;
            exchange.commit().await.expect("committed");
        };
        let (held, ()) = tokio::join!(asked, exchanged);
        held.expect("a seat of the new map");
        let fourth = hall.hold(hall.ada, &["A-4"]).await;
        assert!(matches!(fourth, Err(BookingError::Invalid(_))), "{fourth:?}");
        hall.balanced().await;
    }

    /// What a race with an exchange may have left before there was a lock.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_desk_made_for_another_map_is_mended_when_it_opens(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let left = [
            format!("INSERT INTO desks (event_id, available, capacity) VALUES ('{}', 7, 7)", hall.event),
            format!("INSERT INTO area_counts (event_id, area, capacity) VALUES ('{}', 0, 3), ('{0}', 1, 4)", hall.event),
        ];
        for statement in &left {
            fixture::spoil(&pool, statement).await.expect("spoiled");
        }
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").counts.available, 30);
        hall.floor(hall.ada, 4).await.expect("held");
        hall.balanced().await;
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
        hall.booking.sweep(hall.event).await.expect("a desk is open");
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
        let next = tokio::time::timeout(Duration::from_secs(20), place.next()).await.expect("it wakes").expect("going on");
        let Heard::Entry(told) = next else { panic!("{next:?}") };
        let entry = &told.entry;
        assert_eq!((entry.version, entry.seats[0].1), (2, SeatLetter::Available));
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

    /// Ten seats in tier 1, a floor of twenty places in tier 2.
    #[sqlx::test(migrations = "../migrations")]
    async fn each_tier_has_the_badge_of_its_own_places(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let told = async || {
            let counts = hall.booking.availability_within(None).await.expect("counts");
            counts[0].tiers.map(|tiers| tiers.to_string())
        };
        hall.hold(hall.ada, &["A-1", "A-2", "A-3", "A-4", "A-5"]).await.expect("held");
        assert_eq!(told().await.as_deref(), Some(""), "five of ten are left");
        hall.hold(hall.bob, &["B-1", "B-2", "B-3", "B-4"]).await.expect("held");
        assert_eq!(told().await.as_deref(), Some("1f"), "one of ten is left, and of all places more than two thirds");
        let last = hall.hold(hall.bob, &["B-5"]).await.expect("held");
        assert_eq!(told().await.as_deref(), Some("1h"));
        hall.booking.release(last.id, hall.bob).await.expect("released");
        assert_eq!(told().await.as_deref(), Some("1f"));
        crate::store::fixture::spoil(&pool, "UPDATE desks SET version = version + 1")
            .await
            .expect("as a program does that says no badges");
        assert_eq!(told().await, None);
    }

    /// The control is a change that moves nothing: what was said stays said.
    #[sqlx::test(migrations = "../migrations")]
    async fn badges_move_with_their_places_and_no_desk_says_them_by_terms_from_before(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let told = async || {
            let counts = hall.booking.availability_within(None).await.expect("counts");
            counts[0].tiers.map(|tiers| tiers.to_string())
        };
        let floor = hall.floor(hall.ada, 10).await.expect("held");
        hall.floor(hall.bob, 10).await.expect("held");
        assert_eq!(told().await.as_deref(), Some("2h"));
        let change =
            async |assignment: &str| crate::store::fixture::change(&pool, hall.event, assignment).await.expect("changed");
        change("title = 'Other'").await;
        assert_eq!(told().await.as_deref(), Some("2h"));
        change(r#"tier_of = '{"floor": "1", "stalls": "2"}'"#).await;
        assert_eq!(told().await, None, "whoever reads is told none rather than those from before");
        hall.booking.badge_moved(None).await.expect("written");
        assert_eq!(told().await.as_deref(), Some("1h"), "the floor is in tier 1 now");
        crate::store::fixture::spoil(&pool, "UPDATE desks SET tiers_moved = 1000000, badged_version = NULL")
            .await
            .expect("moved");
        hall.booking.badge_moved(None).await.expect("asked for");
        hall.booking.release(floor.id, hall.ada).await.expect("released");
        assert_eq!(told().await, None, "a desk that knows terms from before the move says nothing");
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
