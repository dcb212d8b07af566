//! All that one event can sell, and its present state, in memory. No I/O, no clock: changes in, changes out.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::{BuyerId, BuyerIds, HoldId, PassId, SeatIndex};
use jiff::Timestamp;

use crate::rules::change::{Change, Ending, Hold, Taken};
use crate::rules::corrupt::Corrupt;
use crate::rules::counts::Counts;
use crate::rules::pass::PassUse;
use crate::rules::seat::{SeatCommand, SeatState, lapsed};
use crate::rules::terms::Terms;
use crate::rules::waitlist::lines::Lines;

/// A general-admission area's places by state; the rest is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AreaState {
    pub capacity: u32,
    pub held: u32,
    pub sold: u32,
    pub blocked: u32,
}

impl AreaState {
    pub fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.held + self.sold + self.blocked)
    }
}

#[derive(Debug, Clone)]
pub struct Inventory {
    pub terms: Arc<Terms>,
    pub(crate) seats: Vec<SeatState>,
    pub(crate) areas: Vec<AreaState>,
    pub(crate) counts: Counts,
    /// Free seats of each row: what `best` need not look at is 0.
    pub(crate) free_in_row: Vec<u32>,
    /// Held seats of each row.
    pub(crate) held_in_row: Vec<u32>,
    pub(crate) holds: HashMap<HoldId, Arc<Hold>>,
    deadlines: BTreeSet<(Timestamp, HoldId)>,
    /// Held and sold places of each buyer.
    pub(crate) buyers: HashMap<BuyerId, u32>,
    /// Passes in use: where the event has a queue, every hold stands on one.
    pub(crate) passes: HashMap<PassId, PassUse>,
    /// So many passes are looked through for those that are long over.
    pub(crate) passes_at_most: usize,
    /// The event is cancelled.
    pub(crate) closed: bool,
    /// Who waits; no part of what is sold.
    pub(crate) lines: Lines,
}

/// Two inventories are equal when they sell the same; terms do not count.
impl PartialEq for Inventory {
    fn eq(&self, other: &Self) -> bool {
        let places = (&self.seats, &self.areas, &self.counts, &self.free_in_row);
        let people = (&self.holds, &self.deadlines, &self.buyers, &self.passes, self.closed);
        places == (&other.seats, &other.areas, &other.counts, &other.free_in_row)
            && people == (&other.holds, &other.deadlines, &other.buyers, &other.passes, other.closed)
    }
}

impl Inventory {
    /// Everything free.
    pub fn new(terms: Arc<Terms>) -> Inventory {
        let house = &terms.house;
        let area = |area: &crate::rules::house::HouseArea| AreaState { capacity: area.capacity, ..AreaState::default() };
        Inventory {
            seats: vec![SeatState::Available; house.seats.len()],
            areas: house.areas.iter().map(area).collect(),
            counts: Counts { available: house.capacity(), ..Counts::default() },
            free_in_row: house.rows.iter().map(|row| row.seats.len() as u32).collect(),
            held_in_row: vec![0; house.rows.len()],
            holds: HashMap::new(),
            deadlines: BTreeSet::new(),
            buyers: HashMap::new(),
            passes: HashMap::new(),
            passes_at_most: 0,
            closed: false,
            lines: Lines::default(),
            terms,
        }
    }

    /// When the first hold is over by `until` alone, the grace not counted.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// The hold whose time was over first, if any is.
    pub(crate) fn first_lapsed(&self, now: Timestamp) -> Option<Arc<Hold>> {
        let (until, hold) = self.deadlines.first()?;
        if lapsed(*until, now) { self.holds.get(hold).cloned() } else { None }
    }

    /// Held and sold places of a buyer, under all of the buyer's ids together.
    pub fn taken_by(&self, buyer: &BuyerIds) -> u32 {
        buyer.all().map(|id| self.buyers.get(&id).copied().unwrap_or(0)).fold(0, u32::saturating_add)
    }

    /// Makes a change that was decided or journaled.
    ///
    /// Refuses   a change that does not fit the state: someone's journal or memory is wrong, and nothing more is certain.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), Corrupt> {
        match change {
            Change::Held(hold) => self.take(hold),
            Change::Ended { hold, how } => {
                let command = match how {
                    Ending::Released => SeatCommand::Release { hold: hold.id },
                    Ending::Lapsed => SeatCommand::Lapse { hold: hold.id },
                };
                self.step(&hold.taken, command)?;
                self.forget(hold)?;
                self.count_buyer(hold.buyer, &hold.taken, false)
            }
            Change::Ordered { hold, order } => {
                self.step(&hold.taken, SeatCommand::Order { hold: hold.id, order: *order })?;
                self.forget(hold)?;
                self.order_pass(hold);
                Ok(())
            }
            Change::Sold { hold, order } => {
                self.step(&hold.taken, SeatCommand::Hold { hold: hold.id, until: hold.until })?;
                self.step(&hold.taken, SeatCommand::Order { hold: hold.id, order: *order })?;
                self.count_buyer(hold.buyer, &hold.taken, true)
            }
            Change::Returned { order, buyer, taken, .. } => {
                self.step(taken, SeatCommand::Return { order: *order })?;
                self.count_buyer(*buyer, taken, false)
            }
            Change::Blocked(taken) => self.step(taken, SeatCommand::Block),
            Change::Unblocked(taken) => self.step(taken, SeatCommand::Unblock),
            Change::PassLeft(pass) => self.leave_pass(*pass),
            Change::Closed => {
                self.closed = true;
                Ok(())
            }
        }
    }

    /// Takes a change back that was the last one applied: its transaction did not commit.
    pub(crate) fn undo(&mut self, change: &Change) -> Result<(), Corrupt> {
        match change {
            Change::Held(hold) => {
                self.step(&hold.taken, SeatCommand::Release { hold: hold.id })?;
                self.forget(hold)?;
                self.count_buyer(hold.buyer, &hold.taken, false)
            }
            Change::Ended { hold, .. } => self.take(hold),
            Change::Ordered { hold, order } => {
                self.step(&hold.taken, SeatCommand::Return { order: *order })?;
                self.forget_pass(hold.pass);
                self.remember(hold)?;
                self.step(&hold.taken, SeatCommand::Hold { hold: hold.id, until: hold.until })
            }
            Change::Sold { hold, order } => {
                self.step(&hold.taken, SeatCommand::Return { order: *order })?;
                self.count_buyer(hold.buyer, &hold.taken, false)
            }
            Change::Returned { order, hold, buyer, taken } => {
                // A sold seat was held once; its `until` is of no interest any more.
                self.step(taken, SeatCommand::Hold { hold: *hold, until: Timestamp::MAX })?;
                self.step(taken, SeatCommand::Order { hold: *hold, order: *order })?;
                self.count_buyer(*buyer, taken, true)
            }
            Change::Blocked(taken) => self.step(taken, SeatCommand::Unblock),
            Change::Unblocked(taken) => self.step(taken, SeatCommand::Block),
            Change::PassLeft(pass) => {
                self.forget_pass(Some(*pass));
                Ok(())
            }
            Change::Closed => {
                self.closed = false;
                Ok(())
            }
        }
    }

    fn take(&mut self, hold: &Arc<Hold>) -> Result<(), Corrupt> {
        self.step(&hold.taken, SeatCommand::Hold { hold: hold.id, until: hold.until })?;
        self.remember(hold)?;
        self.count_buyer(hold.buyer, &hold.taken, true)
    }

    fn remember(&mut self, hold: &Arc<Hold>) -> Result<(), Corrupt> {
        self.use_pass(hold)?;
        self.deadlines.insert((hold.until, hold.id));
        match self.holds.insert(hold.id, Arc::clone(hold)) {
            None => Ok(()),
            Some(_) => Err(Corrupt::new("inventory", format_args!("hold {} is there already", hold.id))),
        }
    }

    fn forget(&mut self, hold: &Arc<Hold>) -> Result<(), Corrupt> {
        self.free_pass(hold)?;
        self.deadlines.remove(&(hold.until, hold.id));
        match self.holds.remove(&hold.id) {
            Some(_) => Ok(()),
            None => Err(Corrupt::new("inventory", format_args!("hold {} is not there", hold.id))),
        }
    }

    fn count_buyer(&mut self, buyer: BuyerId, taken: &Taken, more: bool) -> Result<(), Corrupt> {
        let count = self.buyers.entry(buyer).or_insert(0);
        let next = if more { count.checked_add(taken.places()) } else { count.checked_sub(taken.places()) };
        *count = next.ok_or_else(|| Corrupt::new("inventory", format_args!("buyer {buyer} has fewer places than given back")))?;
        if *count == 0 {
            self.buyers.remove(&buyer);
        }
        Ok(())
    }

    fn step(&mut self, taken: &Taken, command: SeatCommand) -> Result<(), Corrupt> {
        for seat in &taken.seats {
            self.step_seat(*seat, command)?;
        }
        match taken.area {
            Some((area, quantity)) => self.step_area(area, quantity, command),
            None => Ok(()),
        }
    }

    fn step_seat(&mut self, seat: SeatIndex, command: SeatCommand) -> Result<(), Corrupt> {
        let before = *self.seats.get(seat as usize).ok_or_else(|| Corrupt::new("inventory", format_args!("no seat {seat}")))?;
        // Whether a hold was over was decided when the change was; what is applied here is past.
        let at = if matches!(command, SeatCommand::Lapse { .. }) { Timestamp::MAX } else { Timestamp::MIN };
        let after = before
            .apply(command, at)
            .map_err(|why| Corrupt::new("inventory", format_args!("seat {seat}: {why} ({command:?})")))?;
        self.seats[seat as usize] = after;
        let row = self.terms.house.seats[seat as usize].row as usize;
        if matches!(before, SeatState::Held { .. }) {
            self.held_in_row[row] -= 1;
        }
        if matches!(after, SeatState::Held { .. }) {
            self.held_in_row[row] += 1;
        }
        match (before, after) {
            (SeatState::Available, _) => self.free_in_row[row] -= 1,
            (_, SeatState::Available) => self.free_in_row[row] += 1,
            _ => {}
        }
        *self.count_of(before) -= 1;
        *self.count_of(after) += 1;
        Ok(())
    }

    fn count_of(&mut self, state: SeatState) -> &mut u32 {
        match state {
            SeatState::Available => &mut self.counts.available,
            SeatState::Held { .. } => &mut self.counts.held,
            SeatState::Sold { .. } => &mut self.counts.sold,
            SeatState::Blocked => &mut self.counts.blocked,
        }
    }

    /// Moves places without numbers from one count to another, as the command moves a seat from one state to another.
    fn step_area(&mut self, area: u32, quantity: u32, command: SeatCommand) -> Result<(), Corrupt> {
        let wrong = || Corrupt::new("inventory", format_args!("area {area} cannot take {command:?} of {quantity}"));
        let state = self.areas.get_mut(area as usize).ok_or_else(wrong)?;
        let (free, counts) = (state.free(), &mut self.counts);
        let (from, to) = match command {
            SeatCommand::Hold { .. } => (None, Some((&mut state.held, &mut counts.held))),
            SeatCommand::Block => (None, Some((&mut state.blocked, &mut counts.blocked))),
            SeatCommand::Release { .. } | SeatCommand::Lapse { .. } => (Some((&mut state.held, &mut counts.held)), None),
            SeatCommand::Return { .. } => (Some((&mut state.sold, &mut counts.sold)), None),
            SeatCommand::Unblock => (Some((&mut state.blocked, &mut counts.blocked)), None),
            SeatCommand::Order { .. } => (Some((&mut state.held, &mut counts.held)), Some((&mut state.sold, &mut counts.sold))),
        };
        if from.is_none() {
            free.checked_sub(quantity).ok_or_else(wrong)?;
            counts.available = counts.available.checked_sub(quantity).ok_or_else(wrong)?;
        }
        let freed = to.is_none();
        for place in from.into_iter().flat_map(|(area, all)| [area, all]) {
            *place = place.checked_sub(quantity).ok_or_else(wrong)?;
        }
        for place in to.into_iter().flat_map(|(area, all)| [area, all]) {
            *place += quantity;
        }
        if freed {
            counts.available += quantity;
        }
        Ok(())
    }
}
