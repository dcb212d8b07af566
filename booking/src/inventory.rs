//! All that one event can sell, and its present state, in memory. No I/O, no clock: changes in, changes out.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::{BuyerId, HoldId, SeatIndex};
use jiff::Timestamp;

use crate::change::{Change, Ending, Hold, Taken};
use crate::error::Fault;
use crate::seat::{SeatCommand, SeatState, lapsed};
use crate::seats::Counts;
use crate::terms::Terms;

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
    pub(crate) holds: HashMap<HoldId, Arc<Hold>>,
    deadlines: BTreeSet<(Timestamp, HoldId)>,
    /// Held and sold places of each buyer.
    buyers: HashMap<BuyerId, u32>,
    /// The event is cancelled.
    pub(crate) closed: bool,
}

/// Two inventories are equal when they sell the same; terms do not count.
impl PartialEq for Inventory {
    fn eq(&self, other: &Self) -> bool {
        let places = (&self.seats, &self.areas, &self.counts, &self.free_in_row);
        let people = (&self.holds, &self.deadlines, &self.buyers, self.closed);
        places == (&other.seats, &other.areas, &other.counts, &other.free_in_row)
            && people == (&other.holds, &other.deadlines, &other.buyers, other.closed)
    }
}

impl Inventory {
    /// Everything free.
    pub fn new(terms: Arc<Terms>) -> Inventory {
        let house = &terms.house;
        let area = |area: &crate::house::HouseArea| AreaState { capacity: area.capacity, ..AreaState::default() };
        Inventory {
            seats: vec![SeatState::Available; house.seats.len()],
            areas: house.areas.iter().map(area).collect(),
            counts: Counts { available: house.capacity(), ..Counts::default() },
            free_in_row: house.rows.iter().map(|row| row.seats.len() as u32).collect(),
            holds: HashMap::new(),
            deadlines: BTreeSet::new(),
            buyers: HashMap::new(),
            closed: false,
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

    /// Held and sold places of a buyer.
    pub fn taken_by(&self, buyer: BuyerId) -> u32 {
        self.buyers.get(&buyer).copied().unwrap_or(0)
    }

    /// Makes a change that was decided or journaled.
    ///
    /// Refuses   a change that does not fit the state: someone's journal or memory is wrong, and nothing more is certain.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), Fault> {
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
                self.forget(hold)
            }
            Change::Returned { order, buyer, taken, .. } => {
                self.step(taken, SeatCommand::Return { order: *order })?;
                self.count_buyer(*buyer, taken, false)
            }
            Change::Blocked(taken) => self.step(taken, SeatCommand::Block),
            Change::Unblocked(taken) => self.step(taken, SeatCommand::Unblock),
            Change::Closed => {
                self.closed = true;
                Ok(())
            }
        }
    }

    /// Takes a change back that was the last one applied: its transaction did not commit.
    pub(crate) fn undo(&mut self, change: &Change) -> Result<(), Fault> {
        match change {
            Change::Held(hold) => {
                self.step(&hold.taken, SeatCommand::Release { hold: hold.id })?;
                self.forget(hold)?;
                self.count_buyer(hold.buyer, &hold.taken, false)
            }
            Change::Ended { hold, .. } => self.take(hold),
            Change::Ordered { hold, order } => {
                self.step(&hold.taken, SeatCommand::Return { order: *order })?;
                self.remember(hold)?;
                self.step(&hold.taken, SeatCommand::Hold { hold: hold.id, until: hold.until })
            }
            Change::Returned { order, hold, buyer, taken } => {
                // A sold seat was held once; its `until` is of no interest any more.
                self.step(taken, SeatCommand::Hold { hold: *hold, until: Timestamp::MAX })?;
                self.step(taken, SeatCommand::Order { hold: *hold, order: *order })?;
                self.count_buyer(*buyer, taken, true)
            }
            Change::Blocked(taken) => self.step(taken, SeatCommand::Unblock),
            Change::Unblocked(taken) => self.step(taken, SeatCommand::Block),
            Change::Closed => {
                self.closed = false;
                Ok(())
            }
        }
    }

    fn take(&mut self, hold: &Arc<Hold>) -> Result<(), Fault> {
        self.step(&hold.taken, SeatCommand::Hold { hold: hold.id, until: hold.until })?;
        self.remember(hold)?;
        self.count_buyer(hold.buyer, &hold.taken, true)
    }

    fn remember(&mut self, hold: &Arc<Hold>) -> Result<(), Fault> {
        self.deadlines.insert((hold.until, hold.id));
        match self.holds.insert(hold.id, Arc::clone(hold)) {
            None => Ok(()),
            Some(_) => Err(Fault::corrupt("inventory", format_args!("hold {} is there already", hold.id))),
        }
    }

    fn forget(&mut self, hold: &Arc<Hold>) -> Result<(), Fault> {
        self.deadlines.remove(&(hold.until, hold.id));
        match self.holds.remove(&hold.id) {
            Some(_) => Ok(()),
            None => Err(Fault::corrupt("inventory", format_args!("hold {} is not there", hold.id))),
        }
    }

    fn count_buyer(&mut self, buyer: BuyerId, taken: &Taken, more: bool) -> Result<(), Fault> {
        let count = self.buyers.entry(buyer).or_insert(0);
        let next = if more { count.checked_add(taken.places()) } else { count.checked_sub(taken.places()) };
        *count =
            next.ok_or_else(|| Fault::corrupt("inventory", format_args!("buyer {buyer} has fewer places than given back")))?;
        if *count == 0 {
            self.buyers.remove(&buyer);
        }
        Ok(())
    }

    fn step(&mut self, taken: &Taken, command: SeatCommand) -> Result<(), Fault> {
        for seat in &taken.seats {
            self.step_seat(*seat, command)?;
        }
        match taken.area {
            Some((area, quantity)) => self.step_area(area, quantity, command),
            None => Ok(()),
        }
    }

    fn step_seat(&mut self, seat: SeatIndex, command: SeatCommand) -> Result<(), Fault> {
        let before = *self.seats.get(seat as usize).ok_or_else(|| Fault::corrupt("inventory", format_args!("no seat {seat}")))?;
        // Whether a hold was over was decided when the change was; what is applied here is past.
        let at = if matches!(command, SeatCommand::Lapse { .. }) { Timestamp::MAX } else { Timestamp::MIN };
        let after = before
            .apply(command, at)
            .map_err(|why| Fault::corrupt("inventory", format_args!("seat {seat}: {why} ({command:?})")))?;
        self.seats[seat as usize] = after;
        let row = self.terms.house.seats[seat as usize].row as usize;
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

    /// The same steps for places without numbers: from one count to another.
    fn step_area(&mut self, area: u32, quantity: u32, command: SeatCommand) -> Result<(), Fault> {
        let wrong = || Fault::corrupt("inventory", format_args!("area {area} cannot take {command:?} of {quantity}"));
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::OrderId;
    use proptest::prelude::*;

    use super::*;
    use crate::command::Command;
    use crate::controls::Controls;
    use crate::decide::Rules;
    use crate::facts::Pile;
    use crate::fixture::{map, noon, seconds, terms};
    use crate::wanted::{Best, Places, Wanted};

    /// The same house by the plainest means: who has each place, and until when.
    #[derive(Default)]
    struct Naive {
        seats: HashMap<u32, Option<(usize, Timestamp)>>,
        floor: Vec<(usize, u32, Timestamp)>,
    }

    const SEATS: u32 = 6;
    const FLOOR: u32 = 4;

    impl Naive {
        fn lapse(&mut self, now: Timestamp) {
            self.seats.retain(|_, owner| owner.is_none_or(|(_, until)| !lapsed(until, now)));
            self.floor.retain(|(_, _, until)| !lapsed(*until, now));
        }

        fn free(&self) -> u32 {
            SEATS - self.seats.len() as u32 + FLOOR - self.floor.iter().map(|(_, quantity, _)| quantity).sum::<u32>()
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Seats(Vec<u32>),
        Best(u32),
        Floor(u32),
        /// The n-th hold ever tried.
        Release(usize),
        Block(u32),
        Unblock(u32),
        Wait(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => proptest::collection::btree_set(0..SEATS, 1..4).prop_map(|seats| Step::Seats(seats.into_iter().collect())),
            2 => (1..4_u32).prop_map(Step::Best),
            2 => (1..4_u32).prop_map(Step::Floor),
            3 => (0..12_usize).prop_map(Step::Release),
            1 => (0..SEATS).prop_map(Step::Block),
            1 => (0..SEATS).prop_map(Step::Unblock),
            2 => prop_oneof![Just(1_i64), Just(295), Just(304), Just(305)].prop_map(Step::Wait),
        ]
    }

    fn seat_ids(seats: &[u32]) -> Vec<String> {
        seats.iter().map(|seat| format!("stalls-{}-{}", if *seat < 3 { "A" } else { "B" }, seat % 3 + 1)).collect()
    }

    fn command(step: &Step, n: usize) -> Command {
        let id = |n: usize| HoldId(uuid::Uuid::from_u128(n as u128 + 1));
        let buyer = BuyerId(uuid::Uuid::from_u128(1));
        let hold = |wanted| Command::Hold { id: id(n), buyer, wanted };
        match step {
            Step::Seats(seats) => hold(Wanted::Seats(seat_ids(seats))),
            Step::Best(quantity) => {
                hold(Wanted::Best(Best { quantity: *quantity, tier: None, section: None, accessible: false }))
            }
            Step::Floor(quantity) => hold(Wanted::Area { area: "floor".into(), quantity: *quantity }),
            Step::Release(which) => Command::Release { hold: id(*which), buyer },
            Step::Block(seat) => Command::Block(Places { seats: seat_ids(&[*seat]), area: None }),
            Step::Unblock(seat) => Command::Unblock(Places { seats: seat_ids(&[*seat]), area: None }),
            Step::Wait(_) => Command::Sweep,
        }
    }

    /// Does the step the plain way; gives whether it should have been granted.
    fn naive_step(naive: &mut Naive, step: &Step, n: usize, now: Timestamp, chosen: Option<&Taken>) -> bool {
        naive.lapse(now);
        let until = now + seconds(300);
        match step {
            Step::Seats(seats) => {
                let free = seats.iter().all(|seat| !naive.seats.contains_key(seat));
                naive.seats.extend(seats.iter().filter(|_| free).map(|seat| (*seat, Some((n, until)))));
                free
            }
            Step::Best(quantity) => {
                let enough = SEATS - naive.seats.len() as u32 >= *quantity;
                let chosen: Vec<u32> = chosen.map(|taken| taken.seats.clone()).unwrap_or_default();
                assert!(chosen.iter().all(|seat| !naive.seats.contains_key(seat)), "best chose a taken seat");
                assert_eq!(chosen.len() as u32, if enough { *quantity } else { 0 });
                naive.seats.extend(chosen.iter().map(|seat| (*seat, Some((n, until)))));
                enough
            }
            Step::Floor(quantity) => {
                let taken: u32 = naive.floor.iter().map(|(_, quantity, _)| quantity).sum();
                let enough = FLOOR - taken >= *quantity;
                naive.floor.extend(enough.then_some((n, *quantity, until)));
                enough
            }
            Step::Release(which) => {
                let before = naive.free();
                naive.seats.retain(|_, owner| owner.is_none_or(|(hold, _)| hold != *which));
                naive.floor.retain(|(hold, _, _)| hold != which);
                naive.free() > before
            }
            Step::Block(seat) => {
                let held = naive.seats.get(seat).is_some_and(Option::is_some);
                if !held {
                    naive.seats.insert(*seat, None);
                }
                !held
            }
            Step::Unblock(seat) => {
                if naive.seats.get(seat) == Some(&None) {
                    naive.seats.remove(seat);
                }
                true
            }
            Step::Wait(_) => true,
        }
    }

    proptest! {
        #[test]
        fn an_inventory_agrees_with_the_plainest_model_and_can_be_put_back(steps in proptest::collection::vec(step(), 1..40)) {
            let mut inventory = Inventory::new(Arc::new(terms(&map(2, 3, FLOOR))));
            let (mut naive, mut now) = (Naive::default(), noon());
            for (n, step) in steps.iter().enumerate() {
                if let Step::Wait(wait) = step {
                    now += seconds(*wait);
                }
                let (before, mut pile) = (inventory.clone(), Pile::default());
                let rules = Rules { now, hold_ttl: std::time::Duration::from_secs(300), controls: Controls::default() };
                let granted = inventory.decide(&command(step, n), rules, &mut pile).is_ok();
                let chosen = pile.new_holds.first().map(|hold| &hold.taken);
                prop_assert_eq!(granted, naive_step(&mut naive, step, n, now, chosen), "{:?}", step);
                prop_assert_eq!(inventory.counts.available, naive.free());
                prop_assert_eq!(inventory.counts.capacity(), SEATS + FLOOR);
                let mut back = inventory.clone();
                for change in pile.changes.iter().rev() {
                    back.undo(change).expect("the last change can be taken back");
                }
                prop_assert!(back == before, "undo: {:?}", pile.changes);
            }
        }

        #[test]
        fn a_change_reads_back_from_the_journal_as_it_was_written(seats in proptest::collection::vec(0_u32..9, 0..4), q in 1_u32..9, until in 0_i64..4_000_000_000_000) {
            let taken = Taken { seats, area: Some((0, q)) };
            let until = Timestamp::from_millisecond(until).expect("in range");
            let hold = Arc::new(Hold { id: HoldId::at(noon()), buyer: BuyerId::at(noon()), until, taken: taken.clone() });
            let order = OrderId::at(noon());
            let changes = [
                Change::Held(Arc::clone(&hold)), Change::Ended { hold: Arc::clone(&hold), how: Ending::Lapsed },
                Change::Ordered { hold: Arc::clone(&hold), order }, Change::Blocked(taken.clone()), Change::Unblocked(taken.clone()),
                Change::Returned { order, hold: hold.id, buyer: hold.buyer, taken }, Change::Closed,
            ];
            let text = serde_json::to_string(&changes).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Vec<Change>>(&text).expect("JSON"), changes);
        }
    }

    #[test]
    fn orders_and_returns_can_be_put_back_too() {
        let mut inventory = Inventory::new(Arc::new(terms(&map(2, 3, FLOOR))));
        let taken = Taken { seats: vec![1, 2], area: None };
        let hold = Arc::new(Hold {
            id: HoldId::at(noon()),
            buyer: BuyerId::at(noon()),
            until: noon() + seconds(300),
            taken: taken.clone(),
        });
        let order = OrderId::at(noon());
        let changes = [
            Change::Held(Arc::clone(&hold)),
            Change::Ordered { hold: Arc::clone(&hold), order },
            Change::Returned { order, hold: hold.id, buyer: hold.buyer, taken },
            Change::Closed,
        ];
        let mut states = vec![inventory.clone()];
        for change in &changes {
            inventory.apply(change).expect("fits");
            states.push(inventory.clone());
        }
        for (change, before) in changes.iter().zip(&states).rev() {
            inventory.undo(change).expect("fits");
            assert!(&inventory == before, "{change:?}");
        }
    }

    #[test]
    fn a_change_that_does_not_fit_is_a_fault_not_a_guess() {
        let mut inventory = Inventory::new(Arc::new(terms(&map(2, 3, FLOOR))));
        let taken = Taken { seats: vec![1], area: None };
        inventory.apply(&Change::Blocked(taken.clone())).expect("fits");
        assert!(inventory.apply(&Change::Blocked(taken)).is_err());
        assert!(inventory.apply(&Change::Blocked(Taken { seats: vec![99], area: None })).is_err());
        assert!(inventory.apply(&Change::Blocked(Taken { seats: vec![], area: Some((0, FLOOR + 1)) })).is_err());
        assert!(inventory.apply(&Change::Unblocked(Taken { seats: vec![], area: Some((0, 1)) })).is_err());
    }
}
