//! The crew: who is inside or called, each in one slot, and when each runs out.

use std::collections::{BTreeSet, HashMap};

use domain::PassId;

use super::estimate::Estimate;

/// Somebody inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside {
    pub pass: PassId,
    /// The second from which on he is inside no more.
    pub until: i64,
}

/// Who has a slot.
#[derive(Debug, Default)]
pub struct Crew {
    inside: HashMap<u32, Inside>,
    by_pass: HashMap<PassId, u32>,
    /// Until when a slot is kept for whom.
    called: HashMap<u32, i64>,
    /// Those inside and called by when they run out.
    ends: BTreeSet<(i64, u32)>,
    estimate: Estimate,
}

impl Crew {
    /// How many slots are in use.
    pub fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    pub fn estimate(&self) -> &Estimate {
        &self.estimate
    }

    pub fn inside(&self, number: u32) -> Option<Inside> {
        self.inside.get(&number).copied()
    }

    /// How many are inside, without those who are called.
    pub fn count(&self) -> u32 {
        self.inside.len() as u32
    }

    pub fn with_pass(&self, pass: PassId) -> Option<u32> {
        self.by_pass.get(&pass).copied()
    }

    pub fn called(&self) -> impl Iterator<Item = u32> + '_ {
        self.called.keys().copied()
    }

    /// Keeps a slot for somebody who is away. Gives what that changes in the histogram.
    pub fn call(&mut self, number: u32, until: i64) -> [(i64, i32); 1] {
        self.called.insert(number, until);
        self.ends.insert((until, number));
        self.estimate.change(until, 1);
        [(until, 1)]
    }

    /// Lets somebody in; whoever was called has the slot already.
    pub fn enter(&mut self, number: u32, inside: Inside) -> Vec<(i64, i32)> {
        let mut changes = self.leave(number);
        self.inside.insert(number, inside);
        self.by_pass.insert(inside.pass, number);
        self.ends.insert((inside.until, number));
        self.estimate.change(inside.until, 1);
        changes.push((inside.until, 1));
        changes
    }

    /// Frees the slot of whoever is inside or called. Gives what that changes in the histogram.
    pub fn leave(&mut self, number: u32) -> Vec<(i64, i32)> {
        let inside = self.inside.remove(&number);
        if let Some(inside) = inside {
            self.by_pass.remove(&inside.pass);
        }
        let until = inside.map(|inside| inside.until).or(self.called.remove(&number));
        let Some(until) = until.filter(|until| self.ends.remove(&(*until, number))) else { return Vec::new() };
        // whoever has run out is in the histogram no more
        if self.estimate.change(until, -1) { vec![(until, -1)] } else { Vec::new() }
    }

    /// Those inside whose time is over by now, and those called who have not come.
    pub fn ended(&self, now: i64) -> impl Iterator<Item = (u32, bool)> + '_ {
        self.ends.range(..=(now, u32::MAX)).map(|(_, number)| (*number, self.inside.contains_key(number)))
    }

    /// Takes those out of the histogram who have run out.
    pub fn pass_time(&mut self, now: i64) {
        self.estimate.expire(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn inside(n: u128, until: i64) -> Inside {
        Inside { pass: PassId(Uuid::from_u128(n)), until }
    }

    #[test]
    fn whoever_is_called_comes_in_on_the_slot_that_was_kept() {
        let mut crew = Crew::default();
        crew.call(7, 120);
        assert_eq!((crew.len(), crew.estimate().kth(0)), (1, Some(120)));
        assert_eq!(crew.enter(7, inside(1, 600)), [(120, -1), (600, 1)]);
        assert_eq!((crew.len(), crew.count(), crew.estimate().kth(0)), (1, 1, Some(600)));
        assert_eq!(crew.with_pass(PassId(Uuid::from_u128(1))), Some(7));
    }

    #[test]
    fn a_slot_is_freed_once_whether_its_time_is_over_or_not() {
        let mut crew = Crew::default();
        crew.enter(1, inside(1, 600));
        crew.enter(2, inside(2, 610));
        crew.call(3, 605);
        assert_eq!(crew.leave(2), [(610, -1)]);
        assert!(crew.leave(2).is_empty());
        crew.pass_time(605);
        assert_eq!(crew.ended(605).collect::<Vec<_>>(), [(1, true), (3, false)]);
        assert!(crew.leave(1).is_empty() && crew.leave(3).is_empty(), "the histogram has let them go");
        assert_eq!((crew.len(), crew.estimate().kth(0), crew.count()), (0, None, 0));
    }
}
