//! Choosing seats: side by side in one row if possible, nearest the middle of the stage.
//!
//! Rows are walked in the order of their nearest seat, and the walk stops once no later row can do better: a pick on a free house
//! looks at a few rows, not at all. On a large house where nothing is side by side any more the walks would be many: what may be looked
//! at is counted, and when that is spent the first free seats by row are given instead.

use std::cell::Cell;

use domain::{SeatIndex, TierId};

use crate::rules::inventory::Inventory;
use crate::rules::seat::SeatState;
use crate::rules::wanted::Best;

/// How much farther a seat feels when it is in another row: two seats along beat one behind.
const OTHER_ROW: f32 = 2.5;

/// Seats that one pick may look at, a row that is passed by counting as one: four walks over the largest houses.
const BUDGET: u32 = 500_000;

/// Which seats may be chosen, and how many may still be looked at for it.
#[derive(Debug, Clone, Copy)]
struct Fitting<'a> {
    budget: &'a Cell<u32>,
    tier: Option<TierId>,
    section: Option<usize>,
    accessible: Accessible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accessible {
    /// Wheelchair spaces only.
    Only,
    /// Everything but wheelchair spaces.
    Without,
    Any,
}

/// Seats side by side in one row, and how far they are on the whole.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    first: SeatIndex,
    len: u32,
    distance: f32,
}

impl Fitting<'_> {
    /// Whether so many more may be looked at.
    fn pay(&self, seats: u32) -> bool {
        self.budget.set(self.budget.get().saturating_sub(seats));
        self.budget.get() > 0
    }
}

impl Inventory {
    /// Chooses free seats for the wish; `None` when there are not enough that fit.
    ///
    /// Takes     `section`: its position, when one was asked for.  Holds that are over have been given back before.
    /// Gives     seats in map order.  Wheelchair spaces when they are asked for (as many as there are, companions beside them),
    ///           otherwise only when nothing else is left.
    /// Cost      adjacent seats: the rows up to the best; scattered ones: a walk over all seats for each run, at most 500,000 seats
    ///           looked at. Beyond that the first free seats that fit, row by row from the stage: as many as asked for, but perhaps
    ///           farther apart than need be.
    pub(crate) fn best(&self, best: &Best, section: Option<usize>) -> Option<Vec<SeatIndex>> {
        self.best_within(best, section, BUDGET)
    }

    fn best_within(&self, best: &Best, section: Option<usize>, budget: u32) -> Option<Vec<SeatIndex>> {
        let budget = &Cell::new(budget);
        let fitting = |accessible| Fitting { budget, tier: best.tier, section, accessible };
        let found = if best.accessible {
            let only = self.runs(best.quantity, fitting(Accessible::Only), &[]);
            only.or_else(|| self.with_companions(best.quantity, fitting(Accessible::Any)))
        } else {
            // One row with a wheelchair space in it is still better than two rows without.
            self.one_run(best.quantity, fitting(Accessible::Without))
                .or_else(|| self.one_run(best.quantity, fitting(Accessible::Any)))
                .or_else(|| self.runs(best.quantity, fitting(Accessible::Without), &[]))
                .or_else(|| self.runs(best.quantity, fitting(Accessible::Any), &[]))
        };
        // what was found when the budget was spent may be found because not all was looked at
        if budget.get() > 0 { found } else { self.first_free(best, fitting) }
    }

    /// The first free seats by row: those of the kind that is given first, then any.
    fn first_free<'a>(&self, best: &Best, fitting: impl Fn(Accessible) -> Fitting<'a>) -> Option<Vec<SeatIndex>> {
        let house = &self.terms.house;
        let rows = || house.rows_by_distance.iter().map(|row| &house.rows[*row as usize]);
        let first = fitting(if best.accessible { Accessible::Only } else { Accessible::Without });
        let mut seats: Vec<SeatIndex> = Vec::with_capacity(best.quantity as usize);
        for fitting in [first, fitting(Accessible::Any)] {
            let within = rows().filter(|row| fitting.section.is_none_or(|section| row.section as usize == section));
            let left = best.quantity as usize - seats.len();
            let more: Vec<SeatIndex> =
                within.flat_map(|row| row.seats.clone()).filter(|seat| self.fits(*seat, fitting, &seats)).take(left).collect();
            seats.extend(more);
            // companions sit beside a wheelchair space, not instead of one
            if best.accessible && seats.is_empty() {
                return None;
            }
        }
        seats.sort_unstable();
        (seats.len() == best.quantity as usize).then_some(seats)
    }

    fn one_run(&self, quantity: u32, fitting: Fitting<'_>) -> Option<Vec<SeatIndex>> {
        let run = self.nearest_run(quantity, fitting, &[])?;
        Some((run.first..run.first + run.len).collect())
    }

    /// One wheelchair space, and the rest near it.
    fn with_companions(&self, quantity: u32, fitting: Fitting<'_>) -> Option<Vec<SeatIndex>> {
        let space = self.nearest_run(1, Fitting { accessible: Accessible::Only, ..fitting }, &[])?;
        let mut seats = vec![space.first];
        if quantity > 1 {
            seats = self.runs(quantity - 1, fitting, &seats)?;
        }
        Some(seats)
    }

    /// Fills `quantity` with runs as long as possible, each near what is chosen already.
    fn runs(&self, quantity: u32, fitting: Fitting<'_>, chosen: &[SeatIndex]) -> Option<Vec<SeatIndex>> {
        let mut seats = chosen.to_vec();
        let mut left = quantity;
        let mut longest = quantity;
        while left > 0 {
            longest = longest.min(left);
            match self.nearest_run(longest, fitting, &seats) {
                Some(run) => {
                    seats.extend(run.first..run.first + run.len);
                    left -= run.len;
                }
                None if longest == 1 => return None,
                None => longest -= 1,
            }
        }
        seats.sort_unstable();
        Some(seats)
    }

    /// The best run of exactly `len` free, fitting seats that are not chosen yet.
    fn nearest_run(&self, len: u32, fitting: Fitting<'_>, chosen: &[SeatIndex]) -> Option<Run> {
        let house = &self.terms.house;
        let mut best: Option<Run> = None;
        for row in house.rows_by_distance.iter().map(|row| *row as usize) {
            // The order of rows is by distance from the stage, so it bounds nothing once seats are chosen.
            if chosen.is_empty() && best.is_some_and(|run| house.rows[row].nearest * len as f32 >= run.distance) {
                break;
            }
            if !fitting.pay(1) {
                return None;
            }
            if self.free_in_row[row] < len || fitting.section.is_some_and(|section| house.rows[row].section as usize != section) {
                continue;
            }
            // each seat is compared with each that is chosen
            if !fitting.pay(house.rows[row].seats.len() as u32 * (1 + chosen.len() as u32)) {
                return None;
            }
            let found = self.nearest_in_row(row, len, fitting, chosen);
            best = match (best, found) {
                (Some(old), Some(new)) if new.distance < old.distance => Some(new),
                (None, found) => found,
                (old, _) => old,
            };
        }
        best
    }

    fn nearest_in_row(&self, row: usize, len: u32, fitting: Fitting<'_>, chosen: &[SeatIndex]) -> Option<Run> {
        let house = &self.terms.house;
        let seats = house.rows[row].seats.clone();
        let (mut best, mut start) = (None::<Run>, seats.start);
        for seat in seats {
            if !self.fits(seat, fitting, chosen) {
                start = seat + 1;
                continue;
            }
            if seat + 1 - start >= len {
                let first = seat + 1 - len;
                let distance = (first..=seat).map(|seat| self.distance(seat, chosen)).sum();
                if best.is_none_or(|run| distance < run.distance) {
                    best = Some(Run { first, len, distance });
                }
            }
            if house.seats[seat as usize].gap_after {
                start = seat + 1;
            }
        }
        best
    }

    fn fits(&self, seat: SeatIndex, fitting: Fitting<'_>, chosen: &[SeatIndex]) -> bool {
        let tier = self.terms.seat_tier(seat);
        let accessible = self.terms.house.seats[seat as usize].accessible;
        self.seats[seat as usize] == SeatState::Available
            && fitting.tier.is_none_or(|wanted| wanted == tier)
            && match fitting.accessible {
                Accessible::Only => accessible,
                Accessible::Without => !accessible,
                Accessible::Any => true,
            }
            && !chosen.contains(&seat)
            && self.terms.price(tier).is_some()
    }

    /// From the stage for the first run, from what is chosen for the next.
    fn distance(&self, seat: SeatIndex, chosen: &[SeatIndex]) -> f32 {
        let seats = &self.terms.house.seats;
        let here = &seats[seat as usize];
        let away = |other: &SeatIndex| {
            let there = &seats[*other as usize];
            let away = (here.x - there.x).hypot(here.y - there.y);
            if here.row == there.row { away } else { away * OTHER_ROW }
        };
        chosen.iter().map(away).reduce(f32::min).unwrap_or(here.distance)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fixture::{map, terms};
    use crate::rules::change::{Change, Taken};

    /// Rows as text: `.` free, `x` taken, `w` a wheelchair space, `|` a gap; row A nearest the stage.
    fn hall(rows: &[&str]) -> Inventory {
        let widest = rows.iter().map(|row| row.replace('|', "").len()).max().expect("a row") as u32;
        let mut map = map(rows.len() as u32, widest, 0);
        let mut taken = Vec::new();
        let mut first = 0;
        for (row, text) in map.sections[0].rows.iter_mut().zip(rows) {
            row.seats.truncate(text.replace('|', "").len());
            let mut at = 0;
            for letter in text.chars() {
                match letter {
                    '|' => row.seats[at - 1].gap_after = true,
                    letter => {
                        row.seats[at].accessible = letter == 'w';
                        taken.extend((letter == 'x').then_some(first + at as u32));
                        at += 1;
                    }
                }
            }
            first += at as u32;
        }
        let mut inventory = Inventory::new(Arc::new(terms(&map)));
        inventory.apply(&Change::Blocked(Taken { seats: taken, area: None })).expect("blocked");
        inventory
    }

    fn pick(rows: &[&str], quantity: u32, accessible: bool) -> String {
        let inventory = hall(rows);
        let wish = Best { quantity, tier: None, section: None, accessible };
        let house = &inventory.terms.house;
        let seats = inventory.best(&wish, None).unwrap_or_default();
        seats.iter().map(|seat| house.seat_id(*seat).replace("stalls-", "")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn seats_are_side_by_side_near_the_middle_of_the_front() {
        let table: [(&[&str], u32, &str); 9] = [
            (&[".....", "....."], 1, "A-3"),
            (&[".....", "....."], 3, "A-2 A-3 A-4"),
            (&["..x..", "....."], 3, "B-2 B-3 B-4"),
            (&["..|...", "x...x."], 3, "A-3 A-4 A-5"),
            (&["..|..", ".|..."], 4, "B-1 B-2 B-3 B-4"),
            (&["x.x.x", "xx..x"], 2, "B-3 B-4"),
            (&["x.x.x", "x.x.x"], 2, "A-2 A-4"),
            (&["xxxxx", "xxxx."], 2, ""),
            (&["wwwww", "....."], 2, "B-2 B-3"),
        ];
        for (rows, quantity, seats) in table {
            assert_eq!(pick(rows, quantity, false), seats, "{rows:?}");
        }
    }

    #[test]
    fn wheelchair_spaces_go_to_who_asks_and_otherwise_last() {
        let table: [(&[&str], u32, bool, &str); 5] = [
            (&[".....", "ww..."], 2, true, "B-1 B-2"),
            (&[".....", "w...."], 2, true, "B-1 B-2"),
            (&[".....", "....."], 1, true, ""),
            (&["xwwxx", "xxxx."], 1, false, "B-5"),
            (&["xwwxx", "xxxxx"], 2, false, "A-2 A-3"),
        ];
        for (rows, quantity, accessible, seats) in table {
            assert_eq!(pick(rows, quantity, accessible), seats, "{rows:?}");
        }
    }

    #[test]
    fn tier_and_section_narrow_the_choice() {
        let inventory = hall(&[".....", "....."]);
        let wish = |tier| Best { quantity: 2, tier, section: None, accessible: false };
        assert!(inventory.best(&wish(TierId::nth(1)), None).is_none(), "no seat has the floor's tier");
        assert!(inventory.best(&wish(TierId::nth(0)), Some(0)).is_some());
        assert!(inventory.best(&wish(None), Some(7)).is_none());
    }

    /// A house of which every other seat is taken, as it is at the end of a sale: the worst case for who wants ten together.
    fn scattered(rows: u32, seats: u32) -> Inventory {
        let mut inventory = Inventory::new(Arc::new(terms(&map(rows, seats, 0))));
        let taken = (0..rows * seats).filter(|seat| seat % 2 == 0).collect();
        inventory.apply(&Change::Blocked(Taken { seats: taken, area: None })).expect("blocked");
        inventory
    }

    #[test]
    fn within_the_budget_the_pick_is_exact_and_beyond_it_the_first_free_seats_are_given() {
        let wish = |quantity| Best { quantity, tier: None, section: None, accessible: false };
        let small = scattered(10, 20);
        let exact = small.best_within(&wish(10), None, u32::MAX);
        assert_eq!(small.best(&wish(10), None), exact);
        assert_eq!(small.best_within(&wish(3), None, 1), Some(vec![1, 3, 5]), "row by row");
        assert_eq!(small.best_within(&wish(10), None, 1).map(|seats| seats.len()), Some(10));
        assert_eq!(small.best_within(&Best { tier: TierId::nth(1), ..wish(2) }, None, 1), None, "what does not fit is not given");
        assert_eq!(small.best_within(&Best { accessible: true, ..wish(2) }, None, 1), None, "there is no wheelchair space");
        let large = scattered(1_000, 100);
        let spent = Cell::new(BUDGET);
        let fitting = Fitting { budget: &spent, tier: None, section: None, accessible: Accessible::Any };
        assert_eq!(large.runs(10, fitting, &[]), None, "given up");
        assert_eq!(spent.get(), 0);
        assert_eq!(
            large.best(&wish(10), None).map(|seats| seats.len()),
            Some(10),
            "a hundred thousand seats are too many to weigh"
        );
    }

    #[test]
    fn beyond_the_budget_wheelchair_spaces_go_to_who_asks_and_otherwise_last() {
        let inventory = hall(&["w....", "....w"]);
        let pick = |quantity, accessible| {
            inventory.best_within(&Best { quantity, tier: None, section: None, accessible }, None, 1).unwrap_or_default()
        };
        assert_eq!(pick(2, false), [1, 2]);
        assert_eq!(pick(9, false), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(pick(2, true), [0, 9]);
        assert_eq!(pick(3, true), [0, 1, 9]);
    }
}
