//! Choosing seats: side by side in one row if possible, nearest the middle of the stage.
//!
//! Rows are walked in the order of their nearest seat, and the walk stops once no later row can do better: a pick on a free house
//! looks at a few rows, not at all.

use domain::{SeatIndex, TierId};

use crate::rules::inventory::Inventory;
use crate::rules::seat::SeatState;
use crate::rules::wanted::Best;

/// How much farther a seat feels when it is in another row: two seats along beat one behind.
const OTHER_ROW: f32 = 2.5;

/// Which seats may be chosen.
#[derive(Debug, Clone, Copy)]
struct Fitting {
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

impl Inventory {
    /// Chooses free seats for the wish; `None` when there are not enough that fit.
    ///
    /// Takes     `section`: its position, when one was asked for.  Holds that are over have been given back before.
    /// Gives     seats in map order.  Wheelchair spaces when they are asked for (as many as there are, companions beside them),
    ///           otherwise only when nothing else is left.
    /// Cost      adjacent seats: the rows up to the best; scattered ones: a walk over all seats for each run.
    pub(crate) fn best(&self, best: &Best, section: Option<usize>) -> Option<Vec<SeatIndex>> {
        let fitting = |accessible| Fitting { tier: best.tier, section, accessible };
        if best.accessible {
            let only = self.runs(best.quantity, fitting(Accessible::Only), &[]);
            return only.or_else(|| self.with_companions(best.quantity, fitting(Accessible::Any)));
        }
        // One row with a wheelchair space in it is still better than two rows without.
        self.one_run(best.quantity, fitting(Accessible::Without))
            .or_else(|| self.one_run(best.quantity, fitting(Accessible::Any)))
            .or_else(|| self.runs(best.quantity, fitting(Accessible::Without), &[]))
            .or_else(|| self.runs(best.quantity, fitting(Accessible::Any), &[]))
    }

    fn one_run(&self, quantity: u32, fitting: Fitting) -> Option<Vec<SeatIndex>> {
        let run = self.nearest_run(quantity, fitting, &[])?;
        Some((run.first..run.first + run.len).collect())
    }

    /// One wheelchair space, and the rest near it.
    fn with_companions(&self, quantity: u32, fitting: Fitting) -> Option<Vec<SeatIndex>> {
        let space = self.nearest_run(1, Fitting { accessible: Accessible::Only, ..fitting }, &[])?;
        let mut seats = vec![space.first];
        if quantity > 1 {
            seats = self.runs(quantity - 1, fitting, &seats)?;
        }
        Some(seats)
    }

    /// Fills `quantity` with runs as long as possible, each near what is chosen already.
    fn runs(&self, quantity: u32, fitting: Fitting, chosen: &[SeatIndex]) -> Option<Vec<SeatIndex>> {
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
    fn nearest_run(&self, len: u32, fitting: Fitting, chosen: &[SeatIndex]) -> Option<Run> {
        let house = &self.terms.house;
        let mut best: Option<Run> = None;
        for row in house.rows_by_distance.iter().map(|row| *row as usize) {
            // The order of rows is by distance from the stage, so it bounds nothing once seats are chosen.
            if chosen.is_empty() && best.is_some_and(|run| house.rows[row].nearest * len as f32 >= run.distance) {
                break;
            }
            if self.free_in_row[row] < len || fitting.section.is_some_and(|section| house.rows[row].section as usize != section) {
                continue;
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

    fn nearest_in_row(&self, row: usize, len: u32, fitting: Fitting, chosen: &[SeatIndex]) -> Option<Run> {
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

    fn fits(&self, seat: SeatIndex, fitting: Fitting, chosen: &[SeatIndex]) -> bool {
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
}
