//! Deciding about a waitlist: who joins, who leaves, and who is offered what came free.

use std::sync::Arc;

use domain::{BuyerIds, EntryId, Invalid};
use jiff::Timestamp;

use crate::rules::change::{Change, Ending, Taken};
use crate::rules::command::{Joining, Outcome, Reply};
use crate::rules::controls::Guard;
use crate::rules::corrupt::Corrupt;
use crate::rules::deciding::{Conditions, Deciding};
use crate::rules::denial::Denial;
use crate::rules::hoard::{Amount, Asker};
use crate::rules::inventory::{AreaState, Inventory};
use crate::rules::refusal::{NotWaiting, Refusal};
use crate::rules::rows::HoldRow;
use crate::rules::waitlist::entry::{EntryState, Party, Waiter};
use crate::rules::waitlist::step::Step;
use crate::rules::waitlist::supply::Supply;
use crate::rules::waitlist::tiers::TierSet;

/// Entries that one decision ends at most; the next one goes on with the rest.
const ENDS: usize = 1_000;

impl Deciding<'_> {
    /// Ends what has waited long enough or in vain, and offers what is free to those who wait for it.
    pub(crate) fn serve(&mut self) -> Result<(), Corrupt> {
        // what an earlier decision left is looked at now
        self.inventory.lines.leave_unfinished(false);
        self.inventory.lines.leave_unserved(false);
        if self.inventory.lines.is_empty() || !self.conditions.controls.stands(Guard::ServedFirst) {
            return Ok(());
        }
        self.end_those_in_vain()?;
        let (now, knobs) = (self.now(), self.conditions.knobs);
        if self.inventory.terms.check_open(now).is_err() {
            return Ok(());
        }
        let potential = self.inventory.potential();
        self.inventory.lines.keep_together(&potential, now, knobs);
        let mut served = 0;
        while let Some((waiter, tiers)) = self.inventory.lines.next(&self.inventory.free_supply()) {
            // the rest with the next command, which the desk gives itself at once
            if served == knobs.offers {
                self.inventory.lines.leave_unserved(true);
                break;
            }
            served += 1;
            if self.is_limited(&waiter) {
                self.step(Step::Ended { entry: waiter.id, how: EntryState::Impossible })?;
                continue;
            }
            self.offer(&waiter, tiers)?;
            self.inventory.lines.pass_by(&waiter, now);
            self.inventory.lines.keep_together(&potential, now, knobs);
        }
        Ok(())
    }

    /// Whether the buyer has by now as much as one may have.
    fn is_limited(&self, waiter: &Waiter) -> bool {
        let buyer = BuyerIds::new(waiter.buyer, waiter.others.iter().copied());
        let taken = self.inventory.taken_by(&buyer);
        self.inventory.terms.buyer_limit.is_some_and(|limit| taken.saturating_add(waiter.party.size) > limit)
    }

    fn end_those_in_vain(&mut self) -> Result<(), Corrupt> {
        let mut ended = 0;
        while let Some(entry) = self.inventory.lines.waited_out(self.now()).filter(|_| ended < ENDS) {
            self.step(Step::Ended { entry, how: EntryState::Expired })?;
            ended += 1;
        }
        let over = self.inventory.is_over(self.now()) || self.inventory.lines.is_closed();
        let vain = match over {
            true => self.inventory.lines.waiting(ENDS - ended),
            false => self.inventory.lines.hopeless(&self.inventory.potential(), ENDS - ended),
        };
        ended += vain.len();
        for entry in vain {
            self.step(Step::Ended { entry, how: EntryState::Impossible })?;
        }
        self.inventory.lines.leave_unfinished(ended == ENDS);
        Ok(())
    }

    /// Holds places in a waiter's name.
    fn offer(&mut self, waiter: &Waiter, tiers: TierSet) -> Result<(), Corrupt> {
        let taken = self.inventory.choose_for(waiter.party.size, tiers);
        let taken = taken.ok_or_else(|| Corrupt::new("waitlist", "what suffices for a party cannot be chosen for it"))?;
        let conditions = Conditions { hold_ttl: self.conditions.knobs.offer, ..self.conditions };
        let priced = self.inventory.price(waiter.hold, waiter.buyer, taken, conditions);
        let row = priced.map_err(|denial| Corrupt::new("waitlist", format_args!("{denial:?}")))?;
        let row = Arc::new(HoldRow { client: waiter.client, ..row });
        self.change(Change::Held(Arc::new(row.hold())))?;
        self.step(Step::Offered { entry: waiter.id, until: row.until })?;
        self.pile.new_holds.push(row);
        Ok(())
    }

    /// Applies a step and notes it.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), Corrupt> {
        self.inventory.lines.apply(&step)?;
        self.pile.steps.push(step);
        Ok(())
    }

    /// What a change of a hold means for the entry that was offered it: it is taken when its order is paid, not before.
    pub(crate) fn follow_offer(&mut self, change: &Change) -> Result<(), Corrupt> {
        let (hold, how) = match change {
            Change::Ordered { hold, .. } => (hold.id, EntryState::Taken),
            Change::Ended { hold, how: Ending::Lapsed } => (hold.id, EntryState::Expired),
            Change::Ended { hold, how: Ending::Released } if self.inventory.closed => (hold.id, EntryState::Impossible),
            Change::Ended { hold, how: Ending::Released } => (hold.id, EntryState::Left),
            _ => return Ok(()),
        };
        match self.inventory.lines.offered(hold) {
            Some(entry) => self.step(Step::Ended { entry, how }),
            None => Ok(()),
        }
    }

    pub(crate) fn join(&mut self, joining: &Joining) -> Result<Reply, Denial> {
        let Joining { entry, hold, asker: Asker { buyer, client, .. }, size, tiers } = joining;
        let party = self.inventory.party(*size, tiers)?;
        let one = self.conditions.controls.stands(Guard::OneEntry);
        if let Some(waiter) = self.inventory.lines.of(buyer).filter(|_| one) {
            return Ok(Reply::Outcome { outcome: Outcome::Waits(waiter.id), replayed: false });
        }
        // what is held may suffice; if it does not, only what is given back can
        let returns = !self.inventory.potential().fits(party.tiers, party.size);
        let party = Party { returns, ..party };
        self.check_waiting(&joining.asker, party)?;
        let (now, knobs) = (self.now(), self.conditions.knobs);
        let waits_until = (!returns).then(|| now.saturating_add(knobs.held).unwrap_or(Timestamp::MAX));
        let waiter = Waiter {
            id: *entry,
            buyer: buyer.own(),
            client: *client,
            others: buyer.all().skip(1).take(OTHERS).collect(),
            party,
            number: self.inventory.lines.next_number(),
            joined_at: now,
            waits_until,
            hold: *hold,
            offered_until: None,
        };
        self.step(Step::Joined(Arc::new(waiter)))?;
        Ok(Reply::Outcome { outcome: Outcome::Waits(*entry), replayed: false })
    }

    /// Why nobody waits here, or this buyer does not.
    fn check_waiting(&self, Asker { buyer, client, pass }: &Asker, party: Party) -> Result<(), Denial> {
        let inventory = &*self.inventory;
        let lines = &inventory.lines;
        inventory.check_sale(self.now()).map_err(|refusal| match refusal {
            Refusal::SaleClosed => NotWaiting::SaleOver.into(),
            other => other,
        })?;
        inventory.check_pass(pass.as_ref(), buyer, self.now(), self.conditions.controls)?;
        if lines.is_closed() {
            return Err(Refusal::from(NotWaiting::Closed).into());
        }
        if !inventory.most().fits(party.tiers, party.size) {
            return Err(Invalid::new("quantity", "this event has not so many places of these tiers").into());
        }
        inventory.check_limit(buyer, party.size)?;
        if inventory.free_supply().fits_beside(party.tiers, lines.kept(), party.size) {
            return Err(Refusal::from(NotWaiting::SeatsFree).into());
        }
        if lines.len() >= self.conditions.knobs.most {
            return Err(Refusal::from(NotWaiting::Full).into());
        }
        if lines.is_one_too_many(party, self.conditions.knobs.choices) {
            return Err(Refusal::from(NotWaiting::Choices).into());
        }
        let size = Amount { holds: 1, places: party.size };
        if client.is_some_and(|client| !self.conditions.knobs.hoards.allow(lines.from(client).plus(size))) {
            return Err(Refusal::from(NotWaiting::Address).into());
        }
        Ok(())
    }

    /// Leaves the waitlist; what was offered is given back.
    pub(crate) fn leave(&mut self, entry: EntryId, buyer: &BuyerIds) -> Result<Reply, Denial> {
        let Some(waiter) = self.inventory.lines.get(entry).cloned() else { return Err(Denial::Gone) };
        if !waiter.is_of(buyer) {
            return Err(Denial::NotFound);
        }
        match waiter.state() {
            EntryState::Offered => {
                let hold = self.live(waiter.hold, None)?;
                self.change(Change::Ended { hold, how: Ending::Released })?;
            }
            _ => self.step(Step::Ended { entry, how: EntryState::Left })?,
        }
        Ok(Reply::Done)
    }

    /// Opens the waitlist or closes it. Where it is closed nobody waits: they are told that they cannot be met, and offers stand.
    pub(crate) fn open_waitlist(&mut self, open: bool) -> Result<Reply, Denial> {
        if self.inventory.lines.is_closed() == open {
            self.step(Step::Opened(open))?;
        }
        Ok(Reply::Done)
    }
}

/// Other ids of one buyer that an entry remembers.
const OTHERS: usize = 16;

impl Waiter {
    /// The ids of a buyer, and those under which the entry was made.
    pub fn ids_with(&self, buyer: &BuyerIds) -> BuyerIds {
        let made = std::iter::once(self.buyer).chain(self.others.iter().copied());
        BuyerIds::new(buyer.own(), buyer.all().skip(1).chain(made))
    }

    pub fn is_of(&self, buyer: &BuyerIds) -> bool {
        buyer.has(self.buyer) || self.others.iter().any(|id| buyer.has(*id))
    }
}

impl Inventory {
    fn party(&self, size: u32, tiers: &[domain::TierId]) -> Result<Party, Invalid> {
        let unknown = tiers.iter().position(|tier| self.terms.price(*tier).is_none());
        match unknown {
            Some(at) => Err(Invalid::new(format!("tiers[{at}]"), format!("this event has no tier {}", tiers[at]))),
            None => Ok(Party { size, tiers: self.any_or(TierSet::of(tiers.iter().copied())), returns: false }),
        }
    }

    /// Whoever names every tier takes any, and stands in the same line.
    fn any_or(&self, tiers: TierSet) -> TierSet {
        let all = self.terms.tiers.iter().all(|tier| tiers.has(tier.id));
        if all { TierSet::ANY } else { tiers }
    }

    /// Whether nothing will be sold here any more.
    fn is_over(&self, now: Timestamp) -> bool {
        self.closed || self.terms.check_open(now) == Err(Refusal::SaleClosed)
    }

    /// Free places for a party: the best seats, or places of one area.
    fn choose_for(&self, size: u32, tiers: TierSet) -> Option<Taken> {
        if let Some(seats) = self.vacancy().best_of_tiers(size, tiers) {
            return Some(Taken { seats, area: None });
        }
        let mut areas = (0..).zip(self.areas.iter().zip(&self.terms.area_tiers));
        let fits = |area: &AreaState, tier| area.free() >= size && tiers.has(tier) && self.terms.price(tier).is_some();
        let (area, _) = areas.find(|(_, (area, tier))| fits(area, **tier))?;
        Some(Taken { seats: Vec::new(), area: Some((area, size)) })
    }

    /// Whether some of these places are kept together for one who waits.
    pub(crate) fn is_kept(&self, taken: &Taken) -> bool {
        let kept = self.lines.kept();
        let area = taken.area.is_some_and(|(area, _)| kept.has(self.terms.area_tiers[area as usize]));
        area || taken.seats.iter().any(|seat| kept.has(self.terms.seat_tier(*seat)))
    }

    /// What is free and for sale.
    fn free_supply(&self) -> Supply {
        self.supply(|row| self.free_in_row[row], |area| area.free())
    }

    /// What is free, and what may still come free because it is only held.
    fn potential(&self) -> Supply {
        self.supply(|row| self.free_in_row[row] + self.held_in_row[row], |area| area.free() + area.held)
    }

    /// All that there is, blocked or not: what is blocked may be given back to the sale.
    fn most(&self) -> Supply {
        let of_row = |row: usize| self.terms.house.rows[row].seats.len() as u32;
        self.supply(of_row, |area| area.capacity)
    }

    fn supply(&self, of_row: impl Fn(usize) -> u32, of_area: impl Fn(&AreaState) -> u32) -> Supply {
        let (mut supply, terms) = (Supply::none(), &self.terms);
        for (at, row) in terms.house.rows.iter().enumerate() {
            let tier = terms.section_tiers[row.section as usize];
            if terms.price(tier).is_some() {
                supply.add_seats(tier, of_row(at));
            }
        }
        for (area, tier) in self.areas.iter().zip(&terms.area_tiers) {
            if terms.price(*tier).is_some() {
                supply.add_area(*tier, of_area(area));
            }
        }
        supply
    }
}
