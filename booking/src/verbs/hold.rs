//! A hold: a buyer's temporary claim on places, all or none.

use domain::{BuyerIds, EventId, HoldId, Money, OrderId, SeatIndex, TierId};
use jiff::Timestamp;

use crate::booking::Booking;
use crate::desk::keyed::{Decided, Idempotency};
use crate::error::{BookingError, Fault};
use crate::rules::command::{Command, Made, Outcome, Reply};
use crate::rules::hoard::Asker;
use crate::rules::hold::HoldState;
use crate::rules::house::{Access, House};
use crate::rules::refusal::Refusal;
use crate::rules::rows::HoldRow;
use crate::rules::seat::lapsed;
use crate::rules::together::Together;
use crate::rules::wanted::Wanted;
use crate::store::holds;

/// What the buyer sees of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldView {
    pub id: HoldId,
    pub event_id: EventId,
    pub state: HoldState,
    pub until: Timestamp,
    /// Whole seconds until `until`, 0 when it is over.
    pub seconds_left: u64,
    pub seats: Vec<SeatView>,
    /// How near each other the seats are; none where the hold has none.
    pub together: Option<Together>,
    pub area: Option<AreaPlaces>,
    pub total: Money,
    pub order_id: Option<OrderId>,
}

/// One seat with the tier and price it was held at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatView {
    pub id: String,
    /// The section's id.
    pub section: String,
    pub row: String,
    pub number: String,
    pub access: Access,
    pub tier: TierId,
    pub price: Money,
}

/// Places of a general-admission area; `price` is for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaPlaces {
    pub id: String,
    pub label: String,
    pub quantity: u32,
    pub tier: TierId,
    pub price: Money,
}

impl Booking {
    /// Holds places of one event for one buyer, all or none.
    ///
    /// Takes     1..=10 distinct seats, the best of a quantity, or area places.
    /// Gives     the hold with `until` (UTC, database clock).  Same key again: the same outcome.
    /// Refuses   see [`crate::Refusal`], the first that applies.
    /// Cost      a place in the desk's next pile; no lock outlives it.
    pub async fn hold(
        &self,
        event: EventId,
        buyer: impl Into<BuyerIds>,
        wanted: Wanted,
        key: Idempotency,
    ) -> Result<Decided<HoldView>, BookingError> {
        self.hold_for(event, Asker { buyer: buyer.into(), client: None, pass: None }, wanted, key).await
    }

    /// Holds places for one buyer who asks from a known address.
    ///
    /// Refuses   too_many_holds when buyer or address have as much as they may, and what [`Booking::hold`] refuses.
    pub async fn hold_for(
        &self,
        event: EventId,
        asker: Asker,
        wanted: Wanted,
        key: Idempotency,
    ) -> Result<Decided<HoldView>, BookingError> {
        self.hold_in_place_of(None, event, asker, wanted, key).await
    }

    /// Holds places in place of those of another hold of the buyer's, which ends with it: nobody gets in between. Refused, it stays as it was.
    ///
    /// Takes     `old`: none, or one that is over: a hold like any other.
    /// Refuses   not_found where the old one is another's, and what [`Booking::hold_for`] refuses.
    #[tracing::instrument(name = "booking.hold", level = "debug", skip_all, fields(%event))]
    pub async fn hold_in_place_of(
        &self,
        old: Option<HoldId>,
        event: EventId,
        Asker { buyer, client, pass }: Asker,
        wanted: Wanted,
        key: Idempotency,
    ) -> Result<Decided<HoldView>, BookingError> {
        let started = tokio::time::Instant::now();
        wanted.check()?;
        let keyed = self.claim(&buyer, key)?;
        let claim = match self.patiently(|| self.hoards.claim(client, buyer.own(), wanted.quantity())).await {
            // what was decided before is told again, however much is held by now
            Err(BookingError::TooManyHolds { .. })
                if Box::pin(self.patiently(|| async { Ok(self.was_decided(&keyed).await?) })).await? =>
            {
                None
            }
            claim => claim?,
        };
        let id = HoldId::at(self.premises().clock.now());
        let command = match old {
            None => Command::Hold { id, buyer, client, pass, wanted },
            Some(old) => Command::HoldInstead { old, id, buyer, client, pass, wanted },
        };
        let reply = self.ask(event, command, Some(keyed)).await;
        metrics::histogram!("booking_hold_seconds").record(started.elapsed().as_secs_f64());
        match reply?.reply {
            Reply::Outcome { outcome: Outcome::Hold(made), replayed } => {
                if let Some(claim) = claim.filter(|_| !replayed) {
                    claim.keep();
                }
                Ok(Decided { value: made.view(), replayed })
            }
            Reply::Outcome { outcome: Outcome::Refused(refusal), .. } => Err(refusal.into()),
            // The key was used for another verb; its fingerprint would have told.
            Reply::Outcome { outcome: Outcome::Checkout(_) | Outcome::Waits(_), .. } => Err(BookingError::KeyReused),
            Reply::Blocked(_) | Reply::Done | Reply::Gone => {
                Err(Fault::corrupt("reply", "a hold was answered with something else").into())
            }
        }
    }

    /// Reads the buyer's own hold; its state is computed at the database's now.
    pub async fn get_hold(&self, hold: HoldId, buyer: impl Into<BuyerIds>) -> Result<HoldView, BookingError> {
        let buyer = &buyer.into();
        let read = || async move {
            let (row, now) = self.own_hold(hold, buyer).await?;
            let terms = self.terms(row.event).await?;
            Ok(row.view(&terms.house, now))
        };
        self.patiently(read).await
    }

    /// Reads those of these holds that are the buyer's own, oldest first; leaves out those whose event is gone.
    ///
    /// Cost      two statements, however many: callers bound them.
    pub async fn get_holds(&self, holds: &[HoldId], buyer: impl Into<BuyerIds>) -> Result<Vec<HoldView>, BookingError> {
        let buyer = &buyer.into();
        let read = || async move {
            let mut rows = holds::find_all(self.pool(), holds, self.premises().decides_at()).await?;
            rows.retain(|(row, _)| buyer.has(row.buyer));
            let terms = self.terms_of(rows.iter().map(|(row, _)| row.event)).await?;
            let view = |(row, now): &(HoldRow, Timestamp)| Some(row.view(&terms.get(&row.event)?.house, *now));
            Ok(rows.iter().filter_map(view).collect())
        };
        self.patiently(read).await
    }

    /// Whether a request with this key was decided before: asked again, it is answered as it was then.
    pub async fn is_decided(&self, buyer: impl Into<BuyerIds>, key: Idempotency) -> Result<bool, BookingError> {
        let keyed = &self.claim(&buyer.into(), key)?;
        self.patiently(|| async move { Ok(self.was_decided(keyed).await?) }).await
    }

    /// Another buyer's hold is as if it were not there.
    async fn own_hold(&self, hold: HoldId, buyer: &BuyerIds) -> Result<(HoldRow, Timestamp), BookingError> {
        let found = holds::find(self.pool(), hold, self.premises().decides_at()).await?;
        found.filter(|(row, _)| buyer.has(row.buyer)).ok_or(BookingError::NotFound)
    }

    /// Gives the places back at once.  Again: the same answer.
    ///
    /// Refuses   hold_ordered; a lapsed hold just says so in its state.
    #[tracing::instrument(name = "booking.release", level = "debug", skip_all, fields(%hold))]
    pub async fn release(&self, hold: HoldId, buyer: impl Into<BuyerIds>) -> Result<HoldView, BookingError> {
        let buyer = buyer.into();
        let (row, _) = self.patiently(|| self.own_hold(hold, &buyer)).await?;
        if matches!(row.state, HoldState::Held | HoldState::Paying) {
            // Done or gone: the row says how it ended.
            self.ask(row.event, Command::Release { hold, buyer: buyer.clone() }, None).await?;
        }
        let view = self.get_hold(hold, buyer).await?;
        match view.order_id {
            Some(order_id) => Err(Refusal::HoldOrdered { order_id }.into()),
            None => Ok(view),
        }
    }
}

impl SeatView {
    pub(crate) fn of(house: &House, seat: SeatIndex, tier: TierId, price: Money) -> SeatView {
        SeatView {
            id: house.seat_id(seat),
            section: house.section_of(seat).id.clone(),
            row: house.row_of(seat).label.clone(),
            number: house.seats[seat as usize].number.to_string(),
            access: house.access_of(seat),
            tier,
            price,
        }
    }
}

impl Made {
    /// What the buyer was told when it was made, whatever has become of it since.
    fn view(&self) -> HoldView {
        self.row.view_as(HoldState::Held, None, &self.house, self.row.created_at)
    }
}

impl HoldRow {
    /// What the buyer sees at `now`: a hold that is over says so, swept or not.
    pub(crate) fn view(&self, house: &House, now: Timestamp) -> HoldView {
        self.view_as(self.state, self.order, house, now)
    }

    fn view_as(&self, state: HoldState, order_id: Option<OrderId>, house: &House, now: Timestamp) -> HoldView {
        let live = matches!(state, HoldState::Held | HoldState::Paying);
        let left = self.until.duration_since(now).as_millis().max(0).unsigned_abs();
        HoldView {
            id: self.id,
            event_id: self.event,
            state: if live && lapsed(self.until, now) { HoldState::Lapsed } else { state },
            until: self.until,
            seconds_left: if live { u64::try_from(left.div_ceil(1_000)).unwrap_or(u64::MAX) } else { 0 },
            seats: self.seat_views(house),
            together: house.together(&self.taken.seats),
            area: self.area_view(house),
            total: self.total,
            order_id,
        }
    }

    fn seat_views(&self, house: &House) -> Vec<SeatView> {
        let priced = self.taken.seats.iter().zip(self.tiers.iter().zip(&self.prices));
        let priced = priced.map(|(seat, (tier, price))| (*seat, *tier, Money::new(*price, self.total.currency)));
        priced.map(|(seat, tier, price)| SeatView::of(house, seat, tier, price)).collect()
    }

    fn area_view(&self, house: &House) -> Option<AreaPlaces> {
        let (area, quantity) = self.taken.area?;
        let (tier, price) = (*self.tiers.first()?, Money::new(*self.prices.first()?, self.total.currency));
        let area = house.areas.get(area as usize)?;
        Some(AreaPlaces { id: area.id.clone(), label: area.label.clone(), quantity, tier, price })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeatLetter;
    use crate::fixture::{Hall, key, noon, refusal, seconds};
    use crate::rules::wanted::Best;
    use crate::store::fixture;
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_hold_names_its_seats_with_tiers_and_prices(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-2", "A-1"]).await.expect("held");
        let seats: Vec<(&str, &str, &str, i64)> = hold
            .seats
            .iter()
            .map(|seat| (seat.id.as_str(), seat.row.as_str(), seat.number.as_str(), seat.price.amount))
            .collect();
        assert_eq!(seats, [("stalls-A-2", "A", "2", 4500), ("stalls-A-1", "A", "1", 4500)]);
        assert_eq!((hold.state, hold.total.amount, hold.until), (HoldState::Held, 9000, noon() + seconds(300)));
        assert_eq!(hall.booking.get_hold(hold.id, hall.ada).await.expect("the same"), hold);
        let floor = hall.floor(hall.ada, 3).await.expect("held");
        assert_eq!(floor.area.map(|area| (area.id, area.quantity)), Some(("floor".into(), 3)));
        hall.balanced().await;
    }

    async fn instead(hall: &Hall, old: HoldId, ids: &[&str]) -> Result<HoldView, BookingError> {
        let wanted = Wanted::Seats(ids.iter().map(|id| format!("stalls-{id}")).collect());
        let asker = Asker { buyer: hall.ada.into(), client: None, pass: None };
        Ok(hall.booking.hold_in_place_of(Some(old), hall.event, asker, wanted, key()).await?.value)
    }

    /// The old seats are among the new ones, which no hold beside the old one could have.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_hold_takes_the_place_of_another_as_one_or_that_one_stays_as_it_was(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let old = hall.hold(hall.ada, &["A-1", "A-2"]).await.expect("held");
        assert_eq!(refusal(hall.hold(hall.ada, &["A-2", "A-3"]).await).code(), "seats_unavailable", "the control: beside it");
        let new = instead(&hall, old.id, &["A-2", "A-3"]).await.expect("held");
        assert_eq!(hall.booking.get_hold(old.id, hall.ada).await.expect("a hold").state, HoldState::Released);
        assert_eq!((hall.letter("A-1").await, hall.letter("A-2").await), (SeatLetter::Available, SeatLetter::Held));
        hall.hold(hall.bob, &["A-4"]).await.expect("held");
        assert_eq!(refusal(instead(&hall, new.id, &["A-1", "A-4"]).await).code(), "seats_unavailable");
        assert_eq!(hall.booking.get_hold(new.id, hall.ada).await.expect("a hold"), new, "as it was");
        let another = hall.hold(hall.bob, &["B-1"]).await.expect("held");
        assert!(matches!(instead(&hall, another.id, &["B-2"]).await, Err(BookingError::NotFound)));
        hall.booking.release(new.id, hall.ada).await.expect("released");
        instead(&hall, new.id, &["A-2"]).await.expect("one that is over is in nobody's way");
        hall.balanced().await;
    }

    /// It is moved several times on its way to the thread that runs it, with the request around it.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_usual_hold_carries_no_room_for_what_is_rare(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let asker = Asker { buyer: hall.ada.into(), client: None, pass: None };
        let hold = hall.booking.hold_in_place_of(None, hall.event, asker, Wanted::Seats(vec!["stalls-A-1".into()]), key());
        assert!(std::mem::size_of_val(&hold) <= 3_072, "{}", std::mem::size_of_val(&hold));
        hold.await.expect("held");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_makes_no_sense_is_told_apart_from_what_is_refused(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let eleven: Vec<String> = (1..=11).map(|n| format!("A-{n}")).collect();
        let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
        assert_eq!(refusal(hall.hold(hall.ada, &eleven).await), Refusal::TooManySeats { limit: 10 });
        for (seats, field) in [(vec!["A-1", "A-1"], "seats[1]"), (vec!["Z-1"], "seats[0]"), (vec![], "seats")] {
            let answer = hall.hold(hall.ada, &seats).await;
            assert!(matches!(&answer, Err(BookingError::Invalid(invalid)) if invalid.field == field), "{answer:?}");
        }
        let nowhere = hall.booking.hold(EventId::at(noon()), hall.ada, Wanted::Seats(vec!["a".into()]), key()).await;
        assert!(matches!(nowhere, Err(BookingError::NotFound)));
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").version, 0, "nothing of it changed anything");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn another_buyers_hold_is_as_if_it_were_not_there(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        assert!(matches!(hall.booking.get_hold(hold.id, hall.bob).await, Err(BookingError::NotFound)));
        assert!(matches!(hall.booking.release(hold.id, hall.bob).await, Err(BookingError::NotFound)));
        let checkout = hall.checkout(hold.id, hall.bob, crate::proof::PLAY_MONEY).await;
        assert!(matches!(checkout, Err(BookingError::NotFound)));
        assert!(matches!(hall.booking.get_hold(HoldId::at(noon()), hall.ada).await, Err(BookingError::NotFound)));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn of_many_holds_only_ones_own_are_read(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let (first, second) = (hall.hold(hall.ada, &["A-1"]).await.expect("held"), hall.floor(hall.ada, 2).await.expect("held"));
        let other = hall.hold(hall.bob, &["B-1"]).await.expect("held");
        let ids = [second.id, other.id, first.id, HoldId::at(noon())];
        // of one millisecond, ids come in any order
        let mut own = [first, second];
        own.sort_unstable_by_key(|hold| hold.id);
        assert_eq!(hall.booking.get_holds(&ids, hall.ada).await.expect("holds"), own);
        assert_eq!(hall.booking.get_holds(&ids, hall.bob).await.expect("the control"), [other]);
        assert_eq!(hall.booking.get_holds(&[], hall.ada).await.expect("none"), []);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_is_decided_once_its_hold_is(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let (once, wish) = (key(), Wanted::Seats(vec!["stalls-A-1".into()]));
        assert!(!hall.booking.is_decided(hall.ada, once.clone()).await.expect("a look"));
        hall.booking.hold(hall.event, hall.ada, wish, once.clone()).await.expect("held");
        assert!(hall.booking.is_decided(hall.ada, once.clone()).await.expect("a look"));
        assert!(!hall.booking.is_decided(hall.bob, once).await.expect("a look"), "another's key is another key");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_released_hold_frees_its_seats_once(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let hold = hall.hold(hall.ada, &["A-1", "A-2"]).await.expect("held");
        assert_eq!(hall.booking.release(hold.id, hall.ada).await.expect("released").state, HoldState::Released);
        hall.hold(hall.bob, &["A-1"]).await.expect("free again");
        assert_eq!(hall.booking.release(hold.id, hall.ada).await.expect("still released").state, HoldState::Released);
        assert_eq!(hall.letter("A-1").await, crate::SeatLetter::Held);
        assert_eq!(refusal(hall.checkout(hold.id, hall.ada, crate::proof::PLAY_MONEY).await), Refusal::HoldReleased);
        let order = hall.buy(hall.ada, &["B-1"]).await;
        assert_eq!(refusal(hall.booking.release(order.hold_id, hall.ada).await), Refusal::HoldOrdered { order_id: order.id });
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_buyer_limit_counts_what_is_held_and_bought(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        fixture::change(&pool, hall.event, "buyer_limit = 3").await.expect("changed");
        hall.buy(hall.ada, &["A-1"]).await;
        let hold = hall.hold(hall.ada, &["A-2"]).await.expect("two");
        assert_eq!(refusal(hall.floor(hall.ada, 2).await), Refusal::BuyerLimit { limit: 3, taken: 2 });
        hall.booking.release(hold.id, hall.ada).await.expect("released");
        hall.floor(hall.ada, 2).await.expect("three");
        assert_eq!(refusal(hall.hold(hall.ada, &["A-3"]).await), Refusal::BuyerLimit { limit: 3, taken: 3 });
        hall.hold(hall.bob, &["A-3"]).await.expect("another buyer has a limit of his own");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_buyer_limit_counts_all_ids_of_an_account_together(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        fixture::change(&pool, hall.event, "buyer_limit = 3").await.expect("changed");
        hall.buy(hall.ada, &["A-1"]).await;
        let wish = |seats: &[&str]| Wanted::Seats(seats.iter().map(|seat| format!("stalls-{seat}")).collect());
        let account = BuyerIds::new(hall.bob, [hall.ada]);
        let ask = |who: BuyerIds, seats: &[&str]| hall.booking.hold(hall.event, who, wish(seats), key());
        assert_eq!(refusal(ask(account.clone(), &["A-2", "A-3", "A-4"]).await), Refusal::BuyerLimit { limit: 3, taken: 1 });
        ask(account.clone(), &["A-2", "A-3"]).await.expect("three in all");
        assert_eq!(refusal(ask(account, &["A-4"]).await), Refusal::BuyerLimit { limit: 3, taken: 3 });
        ask(hall.bob.into(), &["A-4"]).await.expect("the control: alone, that id has two");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_was_taken_over_is_the_account_s_in_every_verb_and_nobody_else_s(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let account = BuyerIds::new(hall.bob, [hall.ada]);
        let stranger = domain::BuyerId::at(noon());
        let (bought, held) = (hall.buy(hall.ada, &["A-1"]).await, hall.hold(hall.ada, &["A-2"]).await.expect("held"));
        assert!(matches!(hall.booking.get_hold(held.id, stranger).await, Err(BookingError::NotFound)));
        assert_eq!(hall.booking.get_hold(held.id, account.clone()).await.expect("a hold"), held);
        assert_eq!(hall.booking.get_order(bought.id, account.clone()).await.expect("an order"), bought);
        assert_eq!(hall.booking.my_orders(account.clone(), None, 20).await.expect("orders"), std::slice::from_ref(&bought));
        assert_eq!(hall.booking.my_tickets(account.clone(), None, 20).await.expect("tickets"), bought.tickets);
        hall.booking.get_ticket(bought.tickets[0].id, Some(account.clone())).await.expect("a ticket");
        hall.booking
            .checkout(held.id, account.clone(), crate::fixture::checkout(crate::proof::PLAY_MONEY), key())
            .await
            .expect("begun");
        assert_eq!(hall.booking.release(held.id, account.clone()).await.expect("released").state, HoldState::Released);
        hall.booking.cancel_order(bought.id, Some(account)).await.expect("given back");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn new_terms_hold_from_the_next_decision_on(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let cheap = hall.hold(hall.ada, &["A-1"]).await.expect("held");
        let tiers = crate::fixture::TIERS.replace("4500", "9900");
        fixture::change(&pool, hall.event, &format!("tiers = '{tiers}'")).await.expect("changed");
        assert_eq!(hall.hold(hall.ada, &["A-2"]).await.expect("held").total.amount, 9900);
        assert_eq!(hall.booking.get_hold(cheap.id, hall.ada).await.expect("a hold").total.amount, 4500, "a hold keeps its price");
        fixture::change(&pool, hall.event, "status = 'cancelled'").await.expect("changed");
        assert_eq!(refusal(hall.hold(hall.ada, &["A-3"]).await), Refusal::SaleClosed);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_best_seats_are_held_like_named_ones(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let best = |quantity| Wanted::Best(Best::of(quantity));
        let hold = hall.booking.hold(hall.event, hall.ada, best(3), key()).await.expect("held").value;
        let seats: Vec<&str> = hold.seats.iter().map(|seat| seat.id.as_str()).collect();
        assert_eq!(seats, ["stalls-A-1", "stalls-A-2", "stalls-A-3"]);
        hall.balanced().await;
    }
}
