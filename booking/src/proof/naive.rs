//! The inventory against the plainest model of a house, step by random step.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{BuyerId, HoldId, OrderId};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::fixture::{map, noon, seconds, terms};
use crate::rules::change::{Change, Ending, Hold, Taken};
use crate::rules::command::Command;
use crate::rules::controls::Controls;
use crate::rules::deciding::Conditions;
use crate::rules::inventory::Inventory;
use crate::rules::pile::Pile;
use crate::rules::seat::lapsed;
use crate::rules::wanted::{Best, Places, Wanted};

/// A house by the plainest means, beside the inventory that is to be proven: who has each place, and until when.
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
    /// Seats in place of the n-th hold ever tried.
    Instead(usize, Vec<u32>),
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
        3 => (0..12_usize, proptest::collection::btree_set(0..SEATS, 1..4))
            .prop_map(|(old, seats)| Step::Instead(old, seats.into_iter().collect())),
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
    let hold = |wanted| Command::Hold { id: id(n), buyer: buyer.into(), client: None, pass: None, wanted };
    match step {
        Step::Seats(seats) => hold(Wanted::Seats(seat_ids(seats))),
        Step::Best(quantity) => hold(Wanted::Best(Best::of(*quantity))),
        Step::Floor(quantity) => hold(Wanted::Area { area: "floor".into(), quantity: *quantity }),
        Step::Release(which) => Command::Release { hold: id(*which), buyer: buyer.into() },
        Step::Instead(old, seats) => {
            let (old, id, wanted) = (id(*old), id(n), Wanted::Seats(seat_ids(seats)));
            Command::HoldInstead { old, id, buyer: buyer.into(), client: None, pass: None, wanted }
        }
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
        Step::Instead(old, seats) => {
            let is_old = |owner: &Option<(usize, Timestamp)>| owner.is_some_and(|(hold, _)| hold == *old);
            let free = seats.iter().all(|seat| naive.seats.get(seat).is_none_or(is_old));
            if free {
                naive.seats.retain(|_, owner| !is_old(owner));
                naive.floor.retain(|(hold, _, _)| hold != old);
                naive.seats.extend(seats.iter().map(|seat| (*seat, Some((n, until)))));
            }
            free
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
            let conditions = Conditions { now, hold_ttl: std::time::Duration::from_secs(300), controls: Controls::default(), cancelled: false, knobs: Default::default() };
            let granted = inventory.decide(&command(step, n), conditions, &mut pile).is_ok();
            let chosen = pile.new_holds.first().map(|hold| &hold.taken);
            prop_assert_eq!(granted, naive_step(&mut naive, step, n, now, chosen), "{:?}", step);
            prop_assert_eq!(inventory.counts.available, naive.free());
            prop_assert_eq!(inventory.counts.capacity(), SEATS + FLOOR);
            let mut back = inventory.clone();
            for change in pile.changes.iter().rev() {
                back.undo(change).expect("the last change can be taken back");
            }
            prop_assert!(back == before, "undo: {:?}", pile.changes);
            let text = serde_json::to_string(&inventory.checkpoint()).expect("JSON");
            let checkpoint = serde_json::from_str(&text).expect("JSON");
            let restored = Inventory::restored(Arc::clone(&inventory.terms), &checkpoint).expect("it fits");
            prop_assert!(restored == inventory, "checkpoint: {}", text);
        }
    }

    #[test]
    fn a_change_reads_back_from_the_journal_as_it_was_written(seats in proptest::collection::vec(0_u32..9, 0..4), q in 1_u32..9, until in 0_i64..4_000_000_000_000) {
        let taken = Taken { seats, area: Some((0, q)) };
        let until = Timestamp::from_millisecond(until).expect("in range");
        let hold = Arc::new(Hold { id: HoldId::at(noon()), buyer: BuyerId::at(noon()), until, taken: taken.clone(), pass: Some(domain::PassId::at(noon())) });
        let order = OrderId::at(noon());
        let changes = [
            Change::Held(Arc::clone(&hold)), Change::Ended { hold: Arc::clone(&hold), how: Ending::Lapsed },
            Change::Ordered { hold: Arc::clone(&hold), order }, Change::Sold { hold: Arc::clone(&hold), order },
            Change::Blocked(taken.clone()), Change::Unblocked(taken.clone()),
            Change::Returned { order, hold: hold.id, buyer: hold.buyer, taken }, Change::PassLeft(domain::PassId::at(noon())), Change::Closed,
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
        pass: Some(domain::PassId::at(noon())),
    });
    let order = OrderId::at(noon());
    let changes = [
        Change::Held(Arc::clone(&hold)),
        Change::Ordered { hold: Arc::clone(&hold), order },
        Change::Returned { order, hold: hold.id, buyer: hold.buyer, taken: taken.clone() },
        Change::Sold { hold: Arc::clone(&hold), order },
        Change::Returned { order, hold: hold.id, buyer: hold.buyer, taken },
        Change::PassLeft(domain::PassId::at(noon())),
        Change::Closed,
    ];
    let mut states = vec![inventory.clone()];
    for change in &changes {
        inventory.apply(change).expect("fits");
        let restored = Inventory::restored(Arc::clone(&inventory.terms), &inventory.checkpoint()).expect("it fits");
        assert!(restored == inventory, "a checkpoint after {change:?}");
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
