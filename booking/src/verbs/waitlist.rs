//! The waitlist: buyers who wait for places that others hold or give back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, BuyerIds, EntryId, EventId, HoldId, Invalid, TierId};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::booking::Booking;
use crate::desk::keyed::{Decided, Idempotency};
use crate::error::{BookingError, Fault};
use crate::rules::command::{Command, Joining, Outcome, Reply};
use crate::rules::hoard::Asker;
use crate::rules::waitlist::entry::EntryState;
use crate::rules::wanted::MAX_PLACES;
use crate::store::waitlist::{self, EntryRow};
use crate::verbs::hold::HoldView;
use crate::watch::Waitlist;

/// What the buyer sees of a place in a waitlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryView {
    pub id: EntryId,
    pub event_id: EventId,
    pub state: EntryState,
    pub quantity: u32,
    /// Places of these tiers; none: of any.
    pub tiers: Vec<TierId>,
    /// 1 for who is next among the parties of this size; none once it waits no more.
    pub position: Option<u32>,
    pub joined_at: Timestamp,
    /// While it waits for what is only held: until when at most.
    pub waits_until: Option<Timestamp>,
    /// What was offered, and what became of it.
    pub hold: Option<HoldView>,
}

/// What an organiser sees of a waitlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistView {
    pub open: bool,
    /// Entries and places in them, by state.
    pub counts: Vec<(EntryState, u64, u64)>,
    pub entries: Vec<WaitingView>,
    /// After which number the next page begins.
    pub next: Option<u64>,
}

/// One entry of it, without who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingView {
    pub id: EntryId,
    pub number: u64,
    pub state: EntryState,
    pub quantity: u32,
    pub tiers: Vec<TierId>,
    pub joined_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Live entries of one buyer that are shown together.
const OWN: i64 = 50;
/// How often a position is looked at, and how often rows are where no desk of this node tells of them.
const LOOK: Duration = Duration::from_secs(1);
/// How often a row is read all the same where a desk does.
const READ: Duration = Duration::from_secs(5);

impl Booking {
    /// Joins an event's waitlist.
    ///
    /// Takes     `quantity`: 1..=10.  `tiers`: any of them will do; none: any of all.
    /// Gives     the entry; asked again, the one that there is, whatever is asked for.
    /// Refuses   sale_not_open, queue_first, buyer_limit, not_waiting: the first that applies.
    pub async fn join_waitlist(
        &self,
        event: EventId,
        asker: Asker,
        quantity: u32,
        tiers: Vec<TierId>,
        key: Option<Idempotency>,
    ) -> Result<Decided<EntryView>, BookingError> {
        if !(1..=MAX_PLACES).contains(&quantity) {
            return Err(Invalid::new("quantity", format!("must be 1 to {MAX_PLACES}")).into());
        }
        if tiers.len() > TierId::COUNT {
            return Err(Invalid::new("tiers", format!("at most {}", TierId::COUNT)).into());
        }
        let buyer = asker.buyer.clone();
        let keyed = key.map(|key| self.claim(&buyer, key)).transpose()?;
        let now = self.now();
        let joining = Joining { entry: EntryId::at(now), hold: HoldId::at(now), asker, size: quantity, tiers };
        match self.ask(event, Command::Join(Box::new(joining)), keyed).await?.reply {
            Reply::Outcome { outcome: Outcome::Waits(entry), replayed } => {
                Ok(Decided { value: self.entry(event, entry, buyer).await?, replayed })
            }
            Reply::Outcome { outcome: Outcome::Refused(refusal), .. } => Err(refusal.into()),
            Reply::Outcome { outcome: Outcome::Hold(_) | Outcome::Checkout(_), .. } => Err(BookingError::KeyReused),
            Reply::Blocked(_) | Reply::Done | Reply::Gone => {
                Err(Fault::corrupt("reply", "joining was answered with something else").into())
            }
        }
    }

    /// Reads the buyer's own entry.
    pub async fn entry(&self, event: EventId, entry: EntryId, buyer: impl Into<BuyerIds>) -> Result<EntryView, BookingError> {
        let buyer = &buyer.into();
        let read = || async move {
            let row = self.own_entry(event, entry, buyer).await?;
            self.entry_view(row, buyer).await
        };
        self.patiently(read).await
    }

    /// Another buyer's entry is as if it were not there.
    async fn own_entry(&self, event: EventId, entry: EntryId, buyer: &BuyerIds) -> Result<EntryRow, BookingError> {
        let found = waitlist::find(self.pool(), event, entry).await?;
        found.filter(|row| row.waiter.is_of(buyer)).ok_or(BookingError::NotFound)
    }

    async fn entry_view(&self, row: EntryRow, buyer: &BuyerIds) -> Result<EntryView, BookingError> {
        let EntryRow { event, waiter, state, ended_at: _ } = row;
        let position = match (state, self.premises().waitlists.find(event).and_then(|list| list.standing(waiter.id))) {
            (EntryState::Waiting, Some(standing)) => standing.position,
            (EntryState::Waiting, None) => Some(1 + waitlist::ahead(self.pool(), event, &waiter).await?),
            _ => None,
        };
        let hold = match waiter.offered_until {
            // an ended hold may be purged before the entry is
            Some(_) => self.get_holds(&[waiter.hold], waiter.ids_with(buyer)).await?.pop(),
            None => None,
        };
        Ok(EntryView {
            id: waiter.id,
            event_id: event,
            state,
            quantity: waiter.party.size,
            tiers: waiter.party.tiers.tiers(),
            position,
            joined_at: waiter.joined_at,
            waits_until: waiter.waits_until.filter(|_| state == EntryState::Waiting),
            hold,
        })
    }

    /// The live entries of a buyer, at whatever events, the newest first; fifty at most.
    pub async fn entries(&self, buyer: impl Into<BuyerIds>) -> Result<Vec<EntryView>, BookingError> {
        let buyer = &buyer.into();
        let ids: Vec<uuid::Uuid> = buyer.all().map(|id| id.0).collect();
        let mut views = Vec::new();
        for row in waitlist::of_buyer(self.pool(), &ids, OWN).await? {
            views.push(self.entry_view(row, buyer).await?);
        }
        Ok(views)
    }

    /// Looks at an entry until it changes.
    pub fn watch_entry(&self, event: EventId, entry: EntryId, buyer: impl Into<BuyerIds>) -> EntryWatch {
        EntryWatch { booking: self.clone(), event, entry, buyer: buyer.into(), seen: None, read_at: None }
    }

    /// Leaves the waitlist; what was offered is given back.  Again: the same answer.
    pub async fn leave_waitlist(
        &self,
        event: EventId,
        entry: EntryId,
        buyer: impl Into<BuyerIds>,
    ) -> Result<EntryView, BookingError> {
        let buyer = buyer.into();
        if self.patiently(|| self.own_entry(event, entry, &buyer)).await?.state.is_live() {
            // Done or gone: the row says how it ended.
            self.ask(event, Command::Leave { entry, buyer: buyer.clone() }, None).await?;
        }
        self.entry(event, entry, buyer).await
    }

    /// Opens an event's waitlist or closes it: then nobody joins, and who waits is told that it cannot be met.
    ///
    /// Refuses   not_found: there is no such event, or it is another's.
    pub async fn open_waitlist(&self, by: &Actor, event: EventId, open: bool) -> Result<(), BookingError> {
        self.within(by, event).await?;
        self.ask_by(event, Command::OpenWaitlist(open), None, Some(by)).await.map(|_| ())
    }

    /// Shows an organiser a page of an event's waitlist, in order of arrival.
    ///
    /// Refuses   not_found: there is no such event, or it is another's.
    pub async fn waitlist(&self, by: &Actor, event: EventId, after: u64, limit: u32) -> Result<WaitlistView, BookingError> {
        self.within(by, event).await?;
        let (counts, closed) = waitlist::counts(self.pool(), event).await?;
        let rows = waitlist::page(self.pool(), event, after, i64::from(limit) + 1).await?;
        let more = rows.len() > limit as usize;
        let entries: Vec<WaitingView> = rows.into_iter().take(limit as usize).map(WaitingView::from).collect();
        let next = entries.last().filter(|_| more).map(|entry| entry.number);
        Ok(WaitlistView { open: !closed, counts: by_state(&counts), entries, next })
    }
}

fn by_state(counts: &HashMap<EntryState, (u64, u64)>) -> Vec<(EntryState, u64, u64)> {
    let count = |state: EntryState| counts.get(&state).copied().unwrap_or_default();
    EntryState::ALL.into_iter().map(|state| (state, count(state).0, count(state).1)).collect()
}

impl From<EntryRow> for WaitingView {
    fn from(EntryRow { event: _, waiter, state, ended_at }: EntryRow) -> Self {
        Self {
            id: waiter.id,
            number: waiter.number,
            state,
            quantity: waiter.party.size,
            tiers: waiter.party.tiers.tiers(),
            joined_at: waiter.joined_at,
            ended_at,
        }
    }
}

/// Who looks at one entry.
pub struct EntryWatch {
    booking: Booking,
    event: EventId,
    entry: EntryId,
    buyer: BuyerIds,
    seen: Option<EntryView>,
    read_at: Option<Instant>,
}

impl EntryView {
    /// Whether nothing is told by the other that this does not tell: time passes in both.
    fn stands_like(&self, other: &EntryView) -> bool {
        let hold = |entry: &EntryView| entry.hold.as_ref().map(|hold| (hold.id, hold.state));
        (self.state, self.position, hold(self)) == (other.state, other.position, hold(other))
    }
}

impl EntryWatch {
    /// The entry as it is, and from then on as soon as it is another: a change of its state at once, of its position within a second.
    ///
    /// Gives     none when it is still the same at `until`, or when booking shuts down.
    pub async fn next(&mut self, until: Instant) -> Result<Option<EntryView>, BookingError> {
        let shutdown = self.booking.registry.shutting_down();
        loop {
            let list = self.booking.premises().waitlists.find(self.event);
            let bell = list.as_ref().map(|list| list.bell(self.entry)).unwrap_or_default();
            // before the look, so that what comes between the two rings
            let mut rung = std::pin::pin!(bell.notified());
            rung.as_mut().enable();
            if !self.stands_as_seen(list.as_ref()) {
                self.read_at = Some(Instant::now());
                let view = self.booking.entry(self.event, self.entry, self.buyer.clone()).await?;
                if !self.seen.as_ref().is_some_and(|seen| seen.stands_like(&view)) {
                    self.seen = Some(view.clone());
                    return Ok(Some(view));
                }
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            tokio::select! {
                () = shutdown.cancelled() => return Ok(None),
                () = rung => {}
                () = tokio::time::sleep_until(until.min(Instant::now() + LOOK)) => {}
            }
        }
    }

    /// Whether a desk of this node says that nothing has changed: then no row is read.
    fn stands_as_seen(&self, list: Option<&Arc<Waitlist>>) -> bool {
        // where nodes do not know of each other, another one's desk may decide
        if self.read_at.is_none_or(|read| read.elapsed() >= READ) {
            return false;
        }
        let (Some(seen), Some(standing)) = (&self.seen, list.and_then(|list| list.standing(self.entry))) else { return false };
        let offer = || seen.hold.as_ref().map(|hold| hold.id) == Some(standing.hold);
        seen.state == standing.state && seen.position == standing.position && (standing.state == EntryState::Waiting || offer())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, TIERS, key, map, noon, refusal, seconds};
    use crate::rules::controls::{Controls, Guard};
    use crate::rules::refusal::{NotWaiting, Refusal};
    use crate::store::fixture;
    use crate::{BookingConfig, HoldState, NoticeKind, SeatLetter, WaitlistKnobs};
    use domain::{BuyerId, Clock};
    use sqlx::PgPool;

    /// An event of two seats, both held by Ada.
    async fn full(pool: &PgPool) -> (Hall, HoldView) {
        let event = fixture::event(pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event");
        let hall = Hall::node(pool, event, Clock::manual(noon()), BookingConfig::default()).await;
        let hold = hall.hold(hall.ada, &["A-1", "A-2"]).await.expect("held");
        (hall, hold)
    }

    async fn join(hall: &Hall, buyer: BuyerId, quantity: u32) -> Result<EntryView, BookingError> {
        let asker = Asker { buyer: buyer.into(), client: None, pass: None };
        Ok(hall.booking.join_waitlist(hall.event, asker, quantity, vec![], Some(key())).await?.value)
    }

    async fn look(hall: &Hall, entry: &EntryView, buyer: BuyerId) -> EntryView {
        hall.booking.entry(hall.event, entry.id, buyer).await.expect("an entry")
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_given_back_is_offered_taken_when_paid_and_else_offered_to_the_next(pool: PgPool) {
        let (hall, hold) = full(&pool).await;
        let cyd = BuyerId::at(noon());
        let (first, second) = (join(&hall, hall.bob, 2).await.expect("waits"), join(&hall, cyd, 2).await.expect("waits"));
        assert_eq!((first.state, first.position, second.position), (EntryState::Waiting, Some(1), Some(2)));
        assert_eq!(first.waits_until, Some(noon() + seconds(3_600)));
        hall.booking.release(hold.id, hall.ada).await.expect("given back");
        assert_eq!(hall.letter("A-1").await, SeatLetter::Held, "nobody saw it free");
        let offered = look(&hall, &first, hall.bob).await;
        let offer = offered.hold.clone().expect("an offer");
        assert_eq!((offered.state, offered.position, offer.until), (EntryState::Offered, None, noon() + seconds(120)));
        assert_eq!(look(&hall, &second, cyd).await.position, Some(1));
        assert!(matches!(hall.booking.entry(hall.event, first.id, cyd).await, Err(BookingError::NotFound)), "another's");
        hall.balanced().await;
        // not taken: the next one
        hall.wait(125_000_000);
        hall.booking.sweep(hall.event).await.expect("swept");
        assert_eq!(look(&hall, &first, hall.bob).await.state, EntryState::Expired);
        let offer = look(&hall, &second, cyd).await.hold.expect("an offer");
        let payment = hall.begin(&offer, cyd).await;
        assert_eq!(look(&hall, &second, cyd).await.state, EntryState::Offered, "what is being paid may still lapse");
        hall.say(&payment, NoticeKind::Captured, "paid").await;
        let taken = look(&hall, &second, cyd).await;
        assert_eq!((taken.state, taken.hold.expect("a hold").state), (EntryState::Taken, HoldState::Ordered));
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn events_at_which_somebody_waits_are_gone_through_some_at_a_time(pool: PgPool) {
        let mut events = Vec::new();
        for _ in 0..3 {
            let (hall, _hold) = full(&pool).await;
            join(&hall, hall.bob, 1).await.expect("waits");
            events.push(hall.event);
        }
        events.sort_unstable();
        let after = async |after, limit| waitlist::events(&pool, after, limit).await.expect("events");
        assert_eq!(after(None, 2).await, events[..2]);
        assert_eq!(after(Some(events[1]), 2).await, events[2..]);
        assert_eq!(after(Some(events[2]), 2).await, []);
    }

    /// The controls: where nobody waits a hold in place of another is as long as any, and so is one of other places.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_holds_the_same_places_again_and_again_keeps_nobody_waiting_for_ever(pool: PgPool) {
        let event = fixture::event(&pool, &map(1, 3, 0), TIERS, noon()).await.expect("an event");
        let hall = Hall::node(&pool, event, Clock::manual(noon()), BookingConfig::default()).await;
        let again = async |old: HoldId, seats: &[&str]| {
            let wanted = crate::Wanted::Seats(seats.iter().map(|seat| format!("stalls-{seat}")).collect());
            let asker = Asker { buyer: hall.ada.into(), client: None, pass: None };
            hall.booking.hold_in_place_of(Some(old), hall.event, asker, wanted, key()).await.expect("held").value
        };
        let first = hall.hold(hall.ada, &["A-1", "A-2"]).await.expect("held");
        hall.wait(200_000_000);
        let second = again(first.id, &["A-1", "A-2"]).await;
        assert_eq!(second.until, noon() + seconds(500), "nobody waits");
        let entry = join(&hall, hall.bob, 3).await.expect("waits");
        hall.wait(200_000_000);
        let third = again(second.id, &["A-2"]).await;
        assert_eq!(third.until, second.until, "what stays is held as long as it was");
        let other = again(third.id, &["A-3"]).await;
        assert_eq!(other.until, noon() + seconds(700), "others are held anew");
        hall.wait(305_000_000);
        hall.booking.sweep(hall.event).await.expect("swept");
        assert_eq!(look(&hall, &entry, hall.bob).await.state, EntryState::Offered);
        hall.balanced().await;
    }

    /// Such a hold would be over before it began, which no table takes: the desk would read all its rows anew, again and again. The control:
    /// a hundredth of a second before its end it still can.
    #[sqlx::test(migrations = "../migrations")]
    async fn in_its_last_seconds_a_hold_is_replaced_by_none_of_the_same_places_while_somebody_waits(pool: PgPool) {
        let (hall, old) = full(&pool).await;
        let entry = join(&hall, hall.bob, 1).await.expect("waits");
        let again = async |old: HoldId| {
            let asker = Asker { buyer: hall.ada.into(), client: None, pass: None };
            hall.booking
                .hold_in_place_of(
                    Some(old),
                    hall.event,
                    asker,
                    crate::Wanted::Seats(vec!["stalls-A-1".into(), "stalls-A-2".into()]),
                    key(),
                )
                .await
        };
        hall.wait(299_990_000);
        let new = again(old.id).await.expect("held").value;
        assert_eq!(new.until, old.until);
        for wait in [10_000, 4_000_000] {
            hall.wait(wait);
            assert_eq!(refusal(again(new.id).await), Refusal::SeatsHeld);
            assert_eq!(
                hall.booking.get_hold(new.id, hall.ada).await.expect("a hold").state,
                HoldState::Held,
                "it can still be paid"
            );
        }
        hall.wait(1_000_000);
        hall.booking.sweep(hall.event).await.expect("swept");
        assert_eq!(look(&hall, &entry, hall.bob).await.state, EntryState::Offered);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_can_no_longer_be_met_is_told_at_once_and_then_waits_for_what_is_given_back(pool: PgPool) {
        let (hall, hold) = full(&pool).await;
        let entry = join(&hall, hall.bob, 1).await.expect("waits");
        let payment = hall.begin(&hold, hall.ada).await;
        let paid = hall.say(&payment, NoticeKind::Captured, "paid").await;
        assert_eq!(look(&hall, &entry, hall.bob).await.state, EntryState::Impossible);
        let again = join(&hall, hall.bob, 1).await.expect("waits");
        assert_eq!((again.waits_until, again.position), (None, Some(1)), "as long as the sale goes on");
        hall.wait(7_200_000_000);
        hall.booking.cancel_order(paid.order_id.expect("an order"), Some(hall.ada.into())).await.expect("given back");
        assert_eq!(look(&hall, &again, hall.bob).await.state, EntryState::Offered);
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_waits_leaves_gives_back_or_is_sent_away_and_nobody_waits_where_something_is_free(pool: PgPool) {
        let (hall, hold) = full(&pool).await;
        let (bob, cyd) = (join(&hall, hall.bob, 1).await.expect("waits"), BuyerId::at(noon()));
        let again = join(&hall, hall.bob, 2).await.expect("the same");
        assert_eq!((again.id, again.quantity), (bob.id, 1));
        for (quantity, tiers, field) in [(0, vec![], "quantity"), (11, vec![], "quantity"), (3, vec![], "quantity")] {
            let asker = Asker { buyer: cyd.into(), client: None, pass: None };
            let answer = hall.booking.join_waitlist(hall.event, asker, quantity, tiers, None).await;
            assert!(matches!(&answer, Err(BookingError::Invalid(invalid)) if invalid.field == field), "{answer:?}");
        }
        let asker = Asker { buyer: cyd.into(), client: None, pass: None };
        let unknown = hall.booking.join_waitlist(hall.event, asker, 1, vec![TierId::nth(8).expect("a tier")], None).await;
        assert!(matches!(&unknown, Err(BookingError::Invalid(invalid)) if invalid.field == "tiers[0]"), "{unknown:?}");
        let left = hall.booking.leave_waitlist(hall.event, bob.id, hall.bob).await.expect("left");
        let twice = hall.booking.leave_waitlist(hall.event, bob.id, hall.bob).await.expect("still left");
        assert_eq!((left.state, twice.state), (EntryState::Left, EntryState::Left));
        let bob = join(&hall, hall.bob, 2).await.expect("waits anew");
        hall.booking.release(hold.id, hall.ada).await.expect("given back");
        hall.booking.leave_waitlist(hall.event, bob.id, hall.bob).await.expect("left");
        assert_eq!(hall.letter("A-1").await, SeatLetter::Available, "what was offered is given back");
        assert_eq!(refusal(join(&hall, cyd, 1).await), Refusal::from(NotWaiting::SeatsFree));
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_organiser_sees_who_waits_and_sends_them_away(pool: PgPool) {
        let (hall, _) = full(&pool).await;
        let house = Actor::house();
        let entry = join(&hall, hall.bob, 1).await.expect("waits");
        let seen = hall.booking.waitlist(&house, hall.event, 0, 10).await.expect("seen");
        assert_eq!((seen.open, seen.entries.len(), seen.entries[0].id, seen.next), (true, 1, entry.id, None));
        let other = Actor::system(domain::OrganiserId::at(noon()));
        assert!(matches!(hall.booking.waitlist(&other, hall.event, 0, 10).await, Err(BookingError::NotFound)));
        assert!(matches!(hall.booking.open_waitlist(&other, hall.event, false).await, Err(BookingError::NotFound)));
        hall.booking.open_waitlist(&house, hall.event, false).await.expect("closed");
        assert_eq!(look(&hall, &entry, hall.bob).await.state, EntryState::Impossible);
        assert_eq!(refusal(join(&hall, hall.bob, 1).await), Refusal::from(NotWaiting::Closed));
        let there = Hall::node(&pool, hall.event, hall.clock.clone(), BookingConfig::default()).await;
        assert_eq!(refusal(join(&there, there.bob, 1).await), Refusal::from(NotWaiting::Closed), "another node knows");
        hall.booking.open_waitlist(&house, hall.event, true).await.expect("open");
        join(&there, there.bob, 1).await.expect("waits");
        assert_eq!(fixture::audited(&pool).await.expect("lines"), ["events.waitlist", "events.waitlist"]);
    }

    /// Nothing is shut down: the first node just stops being asked, as after kill -9.
    #[sqlx::test(migrations = "../migrations")]
    async fn another_node_goes_on_with_the_same_order(pool: PgPool) {
        let (here, hold) = full(&pool).await;
        let buyers: Vec<BuyerId> = (0..6).map(|_| BuyerId::at(noon())).collect();
        let mut entries = vec![join(&here, buyers[0], 1).await.expect("waits")];
        let there = Hall::node(&pool, here.event, here.clock.clone(), BookingConfig::default()).await;
        // each node in turn: each takes over what the other wrote
        for (n, buyer) in buyers.iter().enumerate().skip(1) {
            let node = if n % 2 == 0 { &here } else { &there };
            entries.push(join(node, *buyer, 1).await.expect("waits"));
            assert_eq!(entries[n].position, Some(n as u32 + 1));
        }
        let next = Hall::node(&pool, here.event, here.clock.clone(), BookingConfig::default()).await;
        next.booking.release(hold.id, here.ada).await.expect("given back");
        for (n, (entry, buyer)) in entries.iter().zip(&buyers).enumerate() {
            let seen = look(&next, entry, *buyer).await;
            let (state, position) = if n < 2 { (EntryState::Offered, None) } else { (EntryState::Waiting, Some(n as u32 - 1)) };
            assert_eq!((seen.state, seen.position), (state, position), "the {n}th");
        }
        next.balanced().await;
    }

    /// The buyer asks twice. The rule gives the same entry; without it the key of live entries refuses; without both there are two.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_buyer_has_one_place_by_rule_and_by_key(pool: PgPool) {
        for (off, key_stands, entries) in [(false, true, 1), (true, true, 1), (true, false, 2)] {
            if !key_stands {
                fixture::spoil(&pool, "DROP INDEX waitlist_one_live").await.expect("the key goes");
            }
            let (hall, _) = full(&pool).await;
            let off: &[Guard] = if off { &[Guard::OneEntry] } else { &[] };
            let config = BookingConfig { controls: Controls::without(off), attempts: 2, ..BookingConfig::default() };
            let node = Hall::node(&pool, hall.event, hall.clock.clone(), config).await;
            join(&node, hall.bob, 1).await.expect("waits");
            _ = join(&node, hall.bob, 1).await;
            let rows = fixture::count(&pool, &format!("waitlist WHERE event_id = '{}'", hall.event)).await.expect("a count");
            assert_eq!(rows, entries, "{off:?}, key: {key_stands}");
        }
    }

    /// A desk that is behind and blind serves one who has left: the statement says no. Without it he is offered a seat.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_has_left_is_offered_nothing_by_a_blind_desk(pool: PgPool) {
        for stands in [true, false] {
            let (here, hold) = full(&pool).await;
            let off: &[Guard] = if stands { &[Guard::Fence] } else { &[Guard::Fence, Guard::LiveEntry] };
            let config = BookingConfig { controls: Controls::without(off), ..BookingConfig::default() };
            let there = Hall::node(&pool, here.event, here.clock.clone(), config).await;
            let entry = join(&there, here.bob, 1).await.expect("waits, and the desk there is open");
            here.booking.leave_waitlist(here.event, entry.id, here.bob).await.expect("left");
            there.booking.release(hold.id, here.ada).await.expect("given back");
            let state = look(&here, &entry, here.bob).await.state;
            assert_eq!(state == EntryState::Left, stands, "{state:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_looks_hears_of_an_offer_without_asking_again(pool: PgPool) {
        let (hall, hold) = full(&pool).await;
        let entry = join(&hall, hall.bob, 2).await.expect("waits");
        let mut watch = hall.booking.watch_entry(hall.event, entry.id, hall.bob);
        let until = Instant::now() + Duration::from_secs(60);
        assert_eq!(watch.next(until).await.expect("seen"), Some(entry), "as it is");
        let (heard, released) = tokio::join!(watch.next(until), hall.booking.release(hold.id, hall.ada));
        released.expect("given back");
        assert_eq!(heard.expect("seen").expect("before the time is over").state, EntryState::Offered);
        assert_eq!(watch.next(Instant::now()).await.expect("seen"), None, "nothing new");
    }

    /// A node that stops leaves an offer behind; the next one opens the desk by itself, and the next waiter is served in time.
    #[sqlx::test(migrations = "../migrations")]
    async fn offers_go_on_without_anybody_asking(pool: PgPool) {
        let opened = Clock::System.now() - seconds(60);
        let event = fixture::event(&pool, &map(1, 1, 0), TIERS, opened).await.expect("an event");
        let waitlist = WaitlistKnobs { offer: Duration::from_millis(10), ..WaitlistKnobs::default() };
        let config = BookingConfig { waitlist, ..BookingConfig::default() };
        let here = Hall::node(&pool, event, Clock::System, config.clone()).await;
        let hold = here.hold(here.ada, &["A-1"]).await.expect("held");
        let (first, second) = (join(&here, here.bob, 1).await.expect("waits"), BuyerId::at(noon()));
        let entry = join(&here, second, 1).await.expect("waits");
        here.booking.release(hold.id, here.ada).await.expect("given back");
        assert_eq!(look(&here, &first, here.bob).await.state, EntryState::Offered);
        here.booking.shutdown().await;
        let there = Hall::node(&pool, event, Clock::System, config).await;
        let mut watch = there.booking.watch_entry(event, entry.id, second);
        let until = Instant::now() + Duration::from_secs(60);
        while watch.next(until).await.expect("seen").expect("in time").state == EntryState::Waiting {}
        assert_eq!(look(&there, &first, here.bob).await.state, EntryState::Expired);
        there.booking.shutdown().await;
    }
}
