//! A checkpoint: all that an inventory knows at one version, instead of the journal up to there.

use domain::{BuyerId, HoldId, OrderId, PassId, SeatIndex};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::rules::change::{Change, Hold, JournalRow};
use crate::rules::corrupt::Corrupt;
use crate::rules::inventory::{AreaState, Inventory};
use crate::rules::pass::PassUse;
use crate::rules::seat::SeatState;
use crate::rules::terms::Terms;

/// The state of an event's places, as it is kept. Held places stand in the holds alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Orders that own seats, and which.
    pub sold: Vec<(OrderId, Vec<SeatIndex>)>,
    pub blocked: Vec<SeatIndex>,
    /// Sold and blocked places of each area.
    pub areas: Vec<(u32, u32)>,
    pub holds: Vec<Hold>,
    /// Held and sold places of each buyer.
    pub buyers: Vec<(BuyerId, u32)>,
    /// Passes that are over, each with the hold that became an order; those of live holds stand there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<(PassId, Option<HoldId>)>,
    pub closed: bool,
}

impl Inventory {
    /// Writes down all that it knows but its terms.
    pub fn checkpoint(&self) -> Checkpoint {
        let mut sold: BTreeMap<OrderId, Vec<SeatIndex>> = BTreeMap::new();
        let mut blocked = Vec::new();
        for (seat, state) in (0..).zip(&self.seats) {
            match state {
                SeatState::Sold { order } => sold.entry(*order).or_default().push(seat),
                SeatState::Blocked => blocked.push(seat),
                SeatState::Available | SeatState::Held { .. } => {}
            }
        }
        let mut holds: Vec<Hold> = self.holds.values().map(|hold| Hold::clone(hold)).collect();
        holds.sort_unstable_by_key(|hold| hold.id);
        let mut buyers: Vec<(BuyerId, u32)> = self.buyers.iter().map(|(buyer, places)| (*buyer, *places)).collect();
        buyers.sort_unstable();
        let over = self.passes.iter().filter(|(_, used)| !matches!(used, PassUse::Held(_)));
        let mut passes: Vec<(PassId, Option<HoldId>)> = over.map(|(pass, used)| (*pass, used.hold())).collect();
        passes.sort_unstable();
        let areas = self.areas.iter().map(|area| (area.sold, area.blocked)).collect();
        Checkpoint { sold: sold.into_iter().collect(), blocked, areas, holds, buyers, passes, closed: self.closed }
    }

    /// The inventory that wrote a checkpoint.
    ///
    /// Refuses   a checkpoint that does not fit the house, or that gives a place twice.
    pub fn restored(terms: Arc<Terms>, checkpoint: &Checkpoint) -> Result<Inventory, Corrupt> {
        let mut inventory = Inventory::new(terms);
        for (order, seats) in &checkpoint.sold {
            seats.iter().try_for_each(|seat| inventory.put_seat(*seat, SeatState::Sold { order: *order }))?;
        }
        checkpoint.blocked.iter().try_for_each(|seat| inventory.put_seat(*seat, SeatState::Blocked))?;
        if checkpoint.areas.len() != inventory.areas.len() {
            return Err(Corrupt::new("checkpoint", "it has other areas than the house"));
        }
        for (area, (sold, blocked)) in (0..).zip(&checkpoint.areas) {
            inventory.put_area(area, *sold, *blocked)?;
        }
        for hold in &checkpoint.holds {
            inventory.apply(&Change::Held(Arc::new(hold.clone())))?;
        }
        inventory.buyers = checkpoint.buyers.iter().copied().collect();
        let over = |(pass, hold): &(PassId, Option<HoldId>)| (*pass, hold.map_or(PassUse::Left, PassUse::Ordered));
        inventory.passes.extend(checkpoint.passes.iter().map(over));
        inventory.closed = checkpoint.closed;
        Ok(inventory)
    }

    fn put_seat(&mut self, seat: SeatIndex, state: SeatState) -> Result<(), Corrupt> {
        let row = self.terms.house.seats.get(seat as usize).map(|seat| seat.row as usize);
        match (self.seats.get_mut(seat as usize), row) {
            (Some(before @ SeatState::Available), Some(row)) => {
                *before = state;
                self.free_in_row[row] -= 1;
                self.counts.available -= 1;
                match state {
                    SeatState::Sold { .. } => self.counts.sold += 1,
                    _ => self.counts.blocked += 1,
                }
                Ok(())
            }
            (found, _) => Err(Corrupt::new("checkpoint", format_args!("seat {seat} is {found:?} and shall be {state:?}"))),
        }
    }

    fn put_area(&mut self, area: u32, sold: u32, blocked: u32) -> Result<(), Corrupt> {
        let state: &mut AreaState = &mut self.areas[area as usize];
        if u64::from(sold) + u64::from(blocked) > u64::from(state.capacity) {
            return Err(Corrupt::new("checkpoint", format_args!("area {area} has fewer than {sold} + {blocked} places")));
        }
        (state.sold, state.blocked) = (sold, blocked);
        self.counts.available -= sold + blocked;
        self.counts.sold += sold;
        self.counts.blocked += blocked;
        Ok(())
    }
}

/// An inventory that follows a journal.
#[derive(Debug, Clone)]
pub struct Replay {
    pub inventory: Inventory,
    /// The last version that was played.
    pub version: i64,
}

/// Why a journal cannot be played on.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("version {found} follows {version}")]
    Gap { version: i64, found: i64 },
    #[error("version {version}: {corrupt}")]
    Impossible { version: i64, corrupt: Corrupt },
    #[error("version {version} counts differently")]
    Miscounts { version: i64 },
}

impl Replay {
    /// Plays the next entry.
    pub fn step(&mut self, row: &JournalRow) -> Result<(), Broken> {
        if row.version != self.version + 1 {
            return Err(Broken::Gap { version: self.version, found: row.version });
        }
        self.version = row.version;
        let version = row.version;
        let applied = row.changes.changes.iter().try_for_each(|change| self.inventory.apply(change));
        applied.map_err(|corrupt| Broken::Impossible { version, corrupt })?;
        if self.inventory.counts == row.changes.counts { Ok(()) } else { Err(Broken::Miscounts { version }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{map, terms};
    use crate::rules::change::{Changes, Taken};
    use crate::rules::counts::Counts;
    use domain::OrderId;

    /// Each line breaks a checkpoint of a house of two rows of three seats and a floor of four.
    #[test]
    fn a_checkpoint_that_does_not_fit_is_refused() {
        let order = || OrderId(uuid::Uuid::from_u128(1));
        let empty = Checkpoint {
            sold: vec![],
            blocked: vec![],
            areas: vec![(0, 0)],
            holds: vec![],
            buyers: vec![],
            passes: vec![],
            closed: false,
        };
        let house = Arc::new(terms(&map(2, 3, 4)));
        assert!(Inventory::restored(Arc::clone(&house), &empty).is_ok());
        let broken = [
            Checkpoint { sold: vec![(order(), vec![6])], ..empty.clone() },
            Checkpoint { sold: vec![(order(), vec![1, 1])], ..empty.clone() },
            Checkpoint { sold: vec![(order(), vec![1])], blocked: vec![1], ..empty.clone() },
            Checkpoint { areas: vec![], ..empty.clone() },
            Checkpoint { areas: vec![(3, 2)], ..empty.clone() },
            Checkpoint { areas: vec![(u32::MAX, 1)], ..empty },
        ];
        for checkpoint in broken {
            assert!(Inventory::restored(Arc::clone(&house), &checkpoint).is_err(), "{checkpoint:?}");
        }
    }

    #[test]
    fn what_is_restored_counts_as_it_did() {
        let order = OrderId(uuid::Uuid::from_u128(1));
        let mut before = Inventory::new(Arc::new(terms(&map(2, 3, 9))));
        let hold = Hold {
            id: HoldId(uuid::Uuid::from_u128(2)),
            buyer: BuyerId(uuid::Uuid::from_u128(3)),
            until: crate::fixture::noon(),
            taken: Taken { seats: vec![1, 4, 5], area: Some((0, 2)) },
            pass: None,
        };
        let changes =
            [Change::Sold { hold: Arc::new(hold), order }, Change::Blocked(Taken { seats: vec![0], area: Some((0, 7)) })];
        changes.iter().for_each(|change| before.apply(change).expect("applied"));
        let after = Inventory::restored(Arc::clone(&before.terms), &before.checkpoint()).expect("restored");
        assert_eq!((after.counts.available, after.counts.sold, after.counts.blocked), (2, 5, 8));
        assert_eq!((after.counts, &after.free_in_row), (before.counts, &vec![1, 1]));
        assert!(after == before);
    }

    #[test]
    fn a_journal_is_played_on_without_gaps_and_must_count_alike() {
        let start = || Replay { inventory: Inventory::new(Arc::new(terms(&map(2, 3, 0)))), version: 7 };
        let taken = Taken { seats: vec![0, 1], area: None };
        let row = |version, blocked| {
            let counts = Counts { available: 6 - blocked, blocked, ..Counts::default() };
            let changes = vec![Change::Blocked(taken.clone())];
            let changes = Changes { changes, counts, areas: vec![], held: vec![], waitlist: false };
            JournalRow { version, at: crate::fixture::noon(), changes }
        };
        let mut replay = start();
        replay.step(&row(8, 2)).expect("played");
        assert_eq!((replay.version, replay.inventory.counts.blocked), (8, 2));
        assert!(matches!(replay.step(&row(9, 4)), Err(Broken::Impossible { version: 9, .. })));
        for version in [6, 7, 9] {
            assert!(matches!(start().step(&row(version, 2)), Err(Broken::Gap { version: 7, .. })), "{version}");
        }
        assert!(matches!(start().step(&row(8, 3)), Err(Broken::Miscounts { version: 8 })));
    }
}
