//! Deciding: one command after the other, against the inventory as the ones before left it. Pure: time and new ids come from outside.

use std::sync::Arc;

use domain::{BuyerId, BuyerIds, HoldId, Invalid, Money, OrphanRule, PresentedPass, SeatIndex, TierId};
use jiff::Timestamp;

use crate::rules::change::{Change, Ending, Taken};
use crate::rules::command::{Command, Made, Outcome, Reply};
use crate::rules::controls::{Controls, Guard};
use crate::rules::corrupt::Corrupt;
use crate::rules::deciding::{Conditions, Deciding};
use crate::rules::denial::Denial;
use crate::rules::hold::HoldState;
use crate::rules::inventory::Inventory;
use crate::rules::pile::Pile;
use crate::rules::refusal::Refusal;
use crate::rules::rows::HoldRow;
use crate::rules::seat::SeatState;
use crate::rules::wanted::{Best, Wanted};

impl Inventory {
    /// Decides one command. All of it is applied and noted in the pile, or nothing is.
    ///
    /// Whatever has lapsed by now is given back first, so a hold that is over never stands in anyone's way.
    pub fn decide(&mut self, command: &Command, conditions: Conditions, pile: &mut Pile) -> Result<Reply, Denial> {
        let mut deciding = Deciding { inventory: self, conditions, pile };
        deciding.close_if_cancelled()?;
        deciding.lapse()?;
        deciding.serve()?;
        let reply = deciding.command(command);
        // what it freed is offered before anybody else sees it
        deciding.serve()?;
        reply
    }
}

impl Deciding<'_> {
    fn command(&mut self, command: &Command) -> Result<Reply, Denial> {
        match command {
            Command::Hold { id, buyer, client, pass, wanted } => self.hold(*id, (buyer, *client, pass.as_ref()), wanted),
            Command::HoldInstead { old, id, buyer, client, pass, wanted } => {
                self.hold_instead(*old, *id, (buyer, *client, pass.as_ref()), wanted)
            }
            Command::Release { hold, buyer } => self.release(*hold, buyer),
            Command::Checkout { hold, buyer, checkout, payment, ids } => self.checkout((*hold, buyer), checkout, *payment, ids),
            Command::Notice { notice, hold, ids } => self.settle(notice, *hold, ids),
            Command::Sell(sale) => self.sell(sale),
            Command::CancelOrder { hold, buyer } => self.cancel_order(*hold, buyer.as_ref()),
            Command::Block(places) => self.block(places),
            Command::Unblock(places) => self.unblock(places),
            Command::CancelEvent { limit, orders } => self.cancel_event(*limit, orders),
            Command::EndPass(pass) => self.end_pass(*pass),
            Command::Join(joining) => self.join(joining),
            Command::Leave { entry, buyer } => self.leave(*entry, buyer),
            Command::OpenWaitlist(open) => self.open_waitlist(*open),
            Command::Sweep => Ok(Reply::Done),
            #[cfg(test)]
            Command::Panic => panic!("a desk breaks"),
        }
    }

    /// Closes the sale of a cancelled event before anything else is decided.
    fn close_if_cancelled(&mut self) -> Result<(), Corrupt> {
        let asked = self.conditions.cancelled && self.conditions.controls.stands(Guard::Cancelling);
        if asked && !self.inventory.closed { self.change(Change::Closed) } else { Ok(()) }
    }

    /// Gives back every hold that is over.
    fn lapse(&mut self) -> Result<(), Corrupt> {
        while let Some(hold) = self.inventory.first_lapsed(self.now()) {
            self.change(Change::Ended { hold, how: Ending::Lapsed })?;
        }
        Ok(())
    }

    fn hold(&mut self, id: HoldId, asker: Asking<'_>, wanted: &Wanted) -> Result<Reply, Denial> {
        let row = self.could_hold(id, asker, wanted)?;
        self.make(row)
    }

    /// Holds other places in place of a hold's, which may be among them or in their way: it is looked what there would be without it, and
    /// only then it ends. One that is over already is in nobody's way. While others wait for places, what is kept of it is held no longer
    /// than it was, and in its last seconds of grace not at all: they would else wait for ever for who holds the same again and again.
    fn hold_instead(&mut self, old: HoldId, id: HoldId, asker: Asking<'_>, wanted: &Wanted) -> Result<Reply, Denial> {
        let hold = match self.live(old, Some(asker.0)) {
            Err(Denial::Gone) => return self.hold(id, asker, wanted),
            live => live?,
        };
        let (taken, until) = (hold.taken.clone(), hold.until);
        let ended = Change::Ended { hold, how: Ending::Released };
        self.inventory.apply(&ended)?;
        let row = self.could_hold(id, asker, wanted);
        self.inventory.undo(&ended)?;
        let mut row = row?;
        if !self.inventory.lines.is_empty() && row.taken.shares(&taken) {
            if until <= self.now() {
                return Err(Refusal::SeatsHeld.into());
            }
            row.until = row.until.min(until);
        }
        self.change(ended)?;
        self.make(row)
    }

    /// The hold that could be made now.
    fn could_hold(&self, id: HoldId, (buyer, client, shown): Asking<'_>, wanted: &Wanted) -> Result<HoldRow, Denial> {
        let asked = self.inventory.resolve(wanted)?;
        self.inventory.check_sale(self.now())?;
        let pass = self.inventory.check_pass(shown, buyer, self.now(), self.conditions.controls)?;
        self.inventory.check_limit(buyer, wanted.quantity())?;
        if self.inventory.vacancy().sold_out() {
            return Err(Refusal::SoldOut.into());
        }
        let taken = self.inventory.choose(asked, self.conditions.controls)?;
        if self.inventory.is_kept(&taken) {
            return Err(Refusal::SeatsHeld.into());
        }
        let row = self.inventory.price(id, buyer.own(), taken, self.conditions)?;
        Ok(HoldRow { client, pass, ..row })
    }

    fn make(&mut self, row: HoldRow) -> Result<Reply, Denial> {
        let row = Arc::new(row);
        self.change(Change::Held(Arc::new(row.hold())))?;
        self.pile.new_holds.push(Arc::clone(&row));
        let made = Made { row, house: Arc::clone(&self.inventory.terms.house), map: self.inventory.terms.map };
        Ok(Reply::Outcome { outcome: Outcome::Hold(made), replayed: false })
    }

    fn release(&mut self, hold: HoldId, buyer: &BuyerIds) -> Result<Reply, Denial> {
        let hold = self.live(hold, Some(buyer))?;
        self.change(Change::Ended { hold, how: Ending::Released })?;
        Ok(Reply::Done)
    }
}

/// Who asks, from which address, and what he shows as his pass.
type Asking<'a> = (&'a BuyerIds, Option<i64>, Option<&'a PresentedPass>);

/// What a wish names, found in this event.
enum ResolvedWish<'w> {
    Seats(&'w [String], Vec<SeatIndex>),
    /// The section's position, when one was named.
    Best(&'w Best, Option<usize>),
    /// The area's position and a number of places.
    Area(u32, u32),
}

impl Inventory {
    /// Finds what the wish names; names the field that means nothing here.
    fn resolve<'w>(&self, wanted: &'w Wanted) -> Result<ResolvedWish<'w>, Invalid> {
        match wanted {
            Wanted::Seats(ids) => Ok(ResolvedWish::Seats(ids, self.seats_by_id(ids)?)),
            Wanted::Area { area, quantity } => Ok(ResolvedWish::Area(self.area_by_id(area, "area")?, *quantity)),
            Wanted::Best(best) => Ok(ResolvedWish::Best(best, self.terms.section_of(best)?)),
        }
    }

    pub(crate) fn seats_by_id(&self, ids: &[String]) -> Result<Vec<SeatIndex>, Invalid> {
        let seat = |(n, id): (usize, &String)| {
            let unknown = || Invalid::new(format!("seats[{n}]"), format!("this event has no seat {id:?}"));
            self.terms.house.seat(id).ok_or_else(unknown)
        };
        ids.iter().enumerate().map(seat).collect()
    }

    pub(crate) fn area_by_id(&self, id: &str, field: &str) -> Result<u32, Invalid> {
        let area = self.terms.house.area(id);
        area.map(|area| area as u32).ok_or_else(|| Invalid::new(field, format!("this event has no area {id:?}")))
    }

    pub(crate) fn check_sale(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.closed {
            return Err(Refusal::SaleClosed);
        }
        self.terms.check_open(now)
    }

    pub(crate) fn check_limit(&self, buyer: &BuyerIds, more: u32) -> Result<(), Refusal> {
        let taken = self.taken_by(buyer);
        match self.terms.buyer_limit {
            Some(limit) if taken.saturating_add(more) > limit => Err(Refusal::BuyerLimit { limit, taken }),
            _ => Ok(()),
        }
    }

    /// Chooses the places, all free, or says why there are none.
    fn choose(&self, asked: ResolvedWish<'_>, controls: Controls) -> Result<Taken, Denial> {
        let places = match asked {
            ResolvedWish::Seats(ids, seats) => return Ok(self.choose_seats(ids, seats, controls)?),
            ResolvedWish::Best(best, section) => {
                let (seats, _) = self.vacancy().offer(best, section)?;
                return Ok(Taken { seats, area: None });
            }
            ResolvedWish::Area(area, quantity) => {
                let enough = self.areas[area as usize].free() >= quantity;
                enough.then(|| Taken { seats: Vec::new(), area: Some((area, quantity)) })
            }
        };
        places.ok_or_else(|| Denial::Refused(self.vacancy().none_free()))
    }

    fn choose_seats(&self, ids: &[String], seats: Vec<SeatIndex>, controls: Controls) -> Result<Taken, Refusal> {
        let looks = controls.stands(Guard::Memory);
        let is_taken = |seat: SeatIndex| looks && self.seats[seat as usize] != SeatState::Available;
        let taken: Vec<String> = ids.iter().zip(&seats).filter(|(_, seat)| is_taken(**seat)).map(|(id, _)| id.clone()).collect();
        if !taken.is_empty() {
            return Err(Refusal::SeatsUnavailable { seats: taken, others_available: self.counts.available > 0 });
        }
        if looks {
            self.check_choice(&seats, controls)?;
        }
        Ok(Taken { seats, area: None })
    }

    /// What speaks against free seats that a buyer chose.
    fn check_choice(&self, seats: &[SeatIndex], controls: Controls) -> Result<(), Refusal> {
        let vacancy = self.vacancy();
        if controls.stands(Guard::Companions) {
            vacancy.check_companions(seats)?;
        }
        let asked = self.terms.orphan_rule == OrphanRule::Refuse && controls.stands(Guard::Orphans);
        if asked { vacancy.check_orphans(seats) } else { Ok(()) }
    }

    pub(crate) fn price(&self, id: HoldId, buyer: BuyerId, taken: Taken, conditions: Conditions) -> Result<HoldRow, Denial> {
        let (tiers, field): (Vec<TierId>, _) = match taken.area {
            Some((area, _)) => (vec![self.terms.area_tiers[area as usize]], "area"),
            None => (taken.seats.iter().map(|seat| self.terms.seat_tier(*seat)).collect(), "seats"),
        };
        let price = |tier: &TierId| self.terms.price(*tier).map(|price| price.amount);
        let prices: Option<Vec<i64>> = tiers.iter().map(price).collect();
        let prices = prices.ok_or_else(|| Invalid::new(field, "this event has no price there"))?;
        let times = taken.area.map_or(1, |(_, quantity)| i64::from(quantity));
        let sum = prices.iter().try_fold(0_i64, |sum, price| sum.checked_add(price.checked_mul(times)?));
        let total = sum.ok_or_else(|| Invalid::new(field, "the total is more than money can say"))?;
        let until = whole_milliseconds(conditions.now).saturating_add(conditions.hold_ttl).unwrap_or(Timestamp::MAX);
        let (event, total) = (self.terms.event, Money::new(total, self.terms.currency));
        let state = HoldState::Held;
        let (client, pass) = (None, None);
        Ok(HoldRow {
            event,
            id,
            buyer,
            client,
            pass,
            state,
            until,
            taken,
            tiers,
            prices,
            total,
            order: None,
            created_at: conditions.now,
        })
    }
}

/// Holds end on whole milliseconds, as the journal says it.
pub(crate) fn whole_milliseconds(now: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{map, noon, seconds, terms};
    use crate::hall::hall;
    use crate::rules::waitlist::knobs::Knobs;
    use domain::EventStatus;

    fn under(now: Timestamp) -> Conditions {
        Conditions {
            now,
            hold_ttl: std::time::Duration::from_secs(300),
            controls: Controls::default(),
            cancelled: false,
            knobs: Knobs::default(),
        }
    }

    fn inventory(change: impl FnOnce(&mut crate::rules::terms::Terms)) -> Inventory {
        let mut terms = terms(&map(2, 5, 20));
        change(&mut terms);
        Inventory::new(Arc::new(terms))
    }

    fn seats(ids: &[&str]) -> Wanted {
        Wanted::Seats(ids.iter().map(|id| format!("stalls-{id}")).collect())
    }

    fn floor(quantity: u32) -> Wanted {
        Wanted::Area { area: "floor".into(), quantity }
    }

    fn best(quantity: u32) -> Wanted {
        Wanted::Best(Best::of(quantity))
    }

    fn ask(inventory: &mut Inventory, wanted: Wanted, now: Timestamp) -> Result<(), Denial> {
        let (id, buyer) = (HoldId::at(now), BuyerId::at(now).into());
        inventory
            .decide(&Command::Hold { id, buyer, client: None, pass: None, wanted }, under(now), &mut Pile::default())
            .map(|_| ())
    }

    fn word(answer: Result<(), Denial>) -> String {
        match answer {
            Ok(()) => "held".into(),
            Err(Denial::Refused(refusal)) => refusal.code().into(),
            Err(Denial::Invalid(invalid)) => format!("invalid {}", invalid.field),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn the_sale_is_open_between_its_two_instants() {
        let tick = jiff::SignedDuration::from_micros(1);
        let closes = noon() + seconds(86_400);
        let table = [(noon() - tick, "sale_not_open"), (noon(), "held"), (closes - tick, "held"), (closes, "sale_closed")];
        for (now, said) in table {
            assert_eq!(word(ask(&mut inventory(|_| {}), seats(&["A-1"]), now)), said, "{now}");
        }
    }

    #[test]
    fn the_first_refusal_that_applies_is_given() {
        type Change = fn(&mut crate::rules::terms::Terms);
        let early: Change = |t| t.opens_at = Some(noon() + seconds(60));
        let none: Change = |_| {};
        let table: [(Change, Wanted, &str); 14] = [
            (none, seats(&["Z-1"]), "invalid seats[0]"),
            (none, Wanted::Area { area: "nowhere".into(), quantity: 1 }, "invalid area"),
            (none, Wanted::Best(Best { section: Some("x".into()), ..Best::of(1) }), "invalid best.section"),
            (none, Wanted::Best(Best { tier: TierId::nth(8), ..Best::of(1) }), "invalid best.tier"),
            (early, seats(&["Z-1"]), "invalid seats[0]"),
            (
                |t| {
                    t.opens_at = None;
                    t.queue_required = true
                },
                seats(&["A-1"]),
                "sale_not_open",
            ),
            (|t| t.tiers.clear(), seats(&["A-1"]), "sale_not_open"),
            (|t| t.map = None, seats(&["A-1"]), "sale_not_open"),
            (
                |t| {
                    t.status = EventStatus::Cancelled;
                    t.opens_at = None
                },
                seats(&["A-1"]),
                "sale_closed",
            ),
            (
                |t| {
                    t.closes_at = noon();
                    t.queue_required = true
                },
                seats(&["A-1"]),
                "sale_closed",
            ),
            (
                |t| {
                    t.queue_required = true;
                    t.buyer_limit = Some(1)
                },
                seats(&["A-1", "A-2"]),
                "queue_first",
            ),
            (|t| t.buyer_limit = Some(1), seats(&["A-1", "A-2"]), "buyer_limit"),
            (|t| t.buyer_limit = Some(2), seats(&["A-1", "A-2"]), "held"),
            (|t| t.status = EventStatus::Postponed, seats(&["A-1"]), "held"),
        ];
        for (n, (change, wanted, said)) in table.into_iter().enumerate() {
            assert_eq!(word(ask(&mut inventory(change), wanted, noon())), said, "line {n}");
        }
    }

    #[test]
    fn what_is_not_free_says_whether_it_is_sold_held_or_only_elsewhere() {
        let mut hall = inventory(|_| {});
        for row in ["A", "B"] {
            let ids: Vec<String> = (1..=5).map(|n| format!("{row}-{n}")).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            assert_eq!(word(ask(&mut hall, seats(&ids), noon())), "held");
        }
        let taken = ask(&mut hall, seats(&["A-1"]), noon());
        let said = Refusal::SeatsUnavailable { seats: vec!["stalls-A-1".into()], others_available: true };
        assert!(matches!(taken, Err(Denial::Refused(refusal)) if refusal == said));
        assert_eq!(word(ask(&mut hall, best(1), noon())), "seats_unavailable");
        let answer = ask(&mut hall, best(1), noon());
        assert!(
            matches!(answer, Err(Denial::Refused(Refusal::OnlyAreas))),
            "the floor is free, but has no best seat: {answer:?}"
        );
        assert_eq!(word(ask(&mut hall, floor(10), noon())), "held");
        assert_eq!(word(ask(&mut hall, floor(10), noon())), "held");
        assert_eq!(word(ask(&mut hall, best(1), noon())), "seats_held");
        assert_eq!(word(ask(&mut hall, floor(1), noon())), "seats_held");
        let taken = ask(&mut hall, seats(&["A-1"]), noon());
        let said = Refusal::SeatsUnavailable { seats: vec!["stalls-A-1".into()], others_available: false };
        assert!(matches!(taken, Err(Denial::Refused(refusal)) if refusal == said));
        assert_eq!(word(ask(&mut hall, floor(1), noon() + seconds(305))), "held", "everything lapsed");
    }

    #[test]
    fn sold_out_means_that_nothing_is_free_or_held() {
        let mut hall = inventory(|_| {});
        let all = Taken { seats: (0..10).collect(), area: Some((0, 20)) };
        hall.apply(&Change::Blocked(all)).expect("blocked");
        for wanted in [seats(&["A-1"]), best(1), floor(1)] {
            assert_eq!(word(ask(&mut hall, wanted, noon())), "sold_out");
        }
    }

    #[test]
    fn a_refused_hold_leaves_nothing_behind() {
        let mut hall = inventory(|t| t.buyer_limit = Some(4));
        ask(&mut hall, seats(&["A-2"]), noon()).expect("held");
        let before = hall.clone();
        for wanted in [seats(&["A-1", "A-2"]), best(6), floor(5)] {
            assert!(ask(&mut hall, wanted, noon()).is_err());
            assert!(hall == before);
        }
    }

    #[test]
    fn with_the_look_at_memory_switched_off_the_next_guard_stops_it() {
        let mut hall = inventory(|_| {});
        ask(&mut hall, seats(&["A-1"]), noon()).expect("held");
        let blind = Conditions { controls: Controls::without(&[Guard::Memory]), ..under(noon()) };
        let command = Command::Hold {
            id: HoldId::at(noon()),
            buyer: BuyerId::at(noon()).into(),
            client: None,
            pass: None,
            wanted: seats(&["A-1"]),
        };
        let answer = hall.decide(&command, blind, &mut Pile::default());
        assert!(matches!(answer, Err(Denial::Corrupt(_))), "no refusal any more, but no second hold either: {answer:?}");
    }

    /// Says what a choice of seats comes to where single seats are refused, or a guard is off.
    fn chosen(rows: &[&str], ids: &[&str], rule: OrphanRule, off: &[Guard]) -> Result<(), Denial> {
        let mut house = hall(rows);
        house.terms = Arc::new(crate::rules::terms::Terms { orphan_rule: rule, ..(*house.terms).clone() });
        let (id, buyer) = (HoldId::at(noon()), BuyerId::at(noon()).into());
        let command = Command::Hold { id, buyer, client: None, pass: None, wanted: seats(ids) };
        let conditions = Conditions { controls: Controls::without(off), ..under(noon()) };
        house.decide(&command, conditions, &mut Pile::default()).map(|_| ())
    }

    #[test]
    fn a_choice_that_leaves_a_single_seat_is_refused_where_the_event_says_so() {
        let refused = Refusal::OrphanSeat {
            seats: vec!["stalls-A-1".into()],
            alternatives: ["A-1", "A-3", "A-5"].map(|id| vec![format!("stalls-{id}")]).to_vec(),
        };
        let answer = chosen(&["....."], &["A-2"], OrphanRule::Refuse, &[]);
        assert!(matches!(answer, Err(Denial::Refused(refusal)) if refusal == refused));
        assert_eq!(word(chosen(&["....."], &["A-2"], OrphanRule::Allow, &[])), "held");
        assert_eq!(word(chosen(&["....."], &["A-2"], OrphanRule::Refuse, &[Guard::Orphans])), "held", "the control");
        // nothing legal is left, a seat that is taken goes first, and the best is given in any case
        assert_eq!(word(chosen(&["..."], &["A-1", "A-2"], OrphanRule::Refuse, &[])), "held");
        assert_eq!(word(chosen(&["x....."], &["A-1", "A-3"], OrphanRule::Refuse, &[])), "seats_unavailable");
        let mut three = hall(&["..."]);
        three.terms = Arc::new(crate::rules::terms::Terms { orphan_rule: OrphanRule::Refuse, ..(*three.terms).clone() });
        assert_eq!(word(ask(&mut three, best(2), noon())), "held");
    }

    #[test]
    fn a_companions_seat_goes_with_its_space_whatever_is_said_of_single_seats() {
        for rule in OrphanRule::ALL {
            let answer = chosen(&["wc...."], &["A-2"], rule, &[]);
            let refused = Refusal::CompanionSeat { seats: vec!["stalls-A-2".into()], companion_of: vec!["stalls-A-1".into()] };
            assert!(matches!(answer, Err(Denial::Refused(refusal)) if refusal == refused));
            assert_eq!(word(chosen(&["wc...."], &["A-2"], rule, &[Guard::Companions])), "held", "the control");
            assert_eq!(word(chosen(&["wc...."], &["A-2", "A-1"], rule, &[])), "held");
            assert_eq!(word(chosen(&["wcxxxx"], &["A-2"], rule, &[])), "held", "nothing else is left");
        }
    }

    #[test]
    fn area_places_are_priced_by_their_number() {
        let mut hall = inventory(|_| {});
        let mut pile = Pile::default();
        let command = Command::Hold {
            id: HoldId::at(noon()),
            buyer: BuyerId::at(noon()).into(),
            client: None,
            pass: None,
            wanted: floor(3),
        };
        hall.decide(&command, under(noon()), &mut pile).expect("held");
        let command = Command::Hold {
            id: HoldId::at(noon()),
            buyer: BuyerId::at(noon()).into(),
            client: None,
            pass: None,
            wanted: seats(&["A-1", "A-2"]),
        };
        hall.decide(&command, under(noon()), &mut pile).expect("held");
        let totals: Vec<i64> = pile.new_holds.iter().map(|hold| hold.total.amount).collect();
        assert_eq!(totals, [0, 9_000]);
    }

    #[test]
    fn the_sale_of_a_cancelled_event_is_closed_before_anything_is_decided() {
        for (off, said) in [(&[][..], "sale_closed"), (&[Guard::Cancelling], "held")] {
            let mut hall = inventory(|_| {});
            let conditions = Conditions { cancelled: true, controls: Controls::without(off), ..under(noon()) };
            for _ in 0..2 {
                let (id, buyer) = (HoldId::at(noon()), BuyerId::at(noon()).into());
                let command = Command::Hold { id, buyer, client: None, pass: None, wanted: floor(1) };
                let answer = hall.decide(&command, conditions, &mut Pile::default()).map(|_| ());
                assert_eq!((word(answer).as_str(), hall.closed), (said, off.is_empty()));
            }
        }
    }

    #[test]
    fn a_hold_is_released_by_its_buyer_and_once() {
        let mut hall = inventory(|_| {});
        let (id, ada) = (HoldId::at(noon()), BuyerId::at(noon()));
        let command = Command::Hold { id, buyer: ada.into(), client: None, pass: None, wanted: floor(3) };
        hall.decide(&command, under(noon()), &mut Pile::default()).expect("held");
        for (buyer, said, held) in [(BuyerId::at(noon()), "NotFound", 3), (ada, "done", 0), (ada, "Gone", 0)] {
            let release = Command::Release { hold: id, buyer: buyer.into() };
            let answer = match hall.decide(&release, under(noon()), &mut Pile::default()) {
                Ok(_) => "done".to_owned(),
                Err(denial) => format!("{denial:?}"),
            };
            assert_eq!((answer.as_str(), hall.counts.held), (said, held));
        }
    }
}
