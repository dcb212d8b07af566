//! What is free of a house: what choosing looks at, in a desk's memory and in a picture alike.

use std::borrow::Cow;
use std::ops::Range;

use domain::SeatIndex;

use crate::rules::counts::Counts;
use crate::rules::house::House;
use crate::rules::inventory::Inventory;
use crate::rules::refusal::Refusal;
use crate::rules::seat::SeatState;
use crate::rules::terms::Terms;
use crate::rules::waitlist::tiers::TierSet;

/// A house with its free seats, at one version of its sale.
#[derive(Debug, Clone)]
pub struct Vacancy<'a> {
    pub terms: &'a Terms,
    seats: Seats<'a>,
    free_in_row: Cow<'a, [u32]>,
    counts: Counts,
}

#[derive(Debug, Clone, Copy)]
enum Seats<'a> {
    States(&'a [SeatState]),
    Letters(&'a [u8]),
}

/// What a free seat is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatKind {
    Ordinary,
    /// A wheelchair space.
    Space,
    /// The companion's seat of a wheelchair space that is free as well: without it, it is an ordinary seat.
    Companion,
}

/// Which free seats count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    Ordinary,
    All,
}

/// Where to look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    pub tiers: TierSet,
    /// A section's position.
    pub section: Option<usize>,
}

impl Inventory {
    pub fn vacancy(&self) -> Vacancy<'_> {
        Vacancy {
            terms: &self.terms,
            seats: Seats::States(&self.seats),
            free_in_row: Cow::Borrowed(&self.free_in_row),
            counts: self.counts,
        }
    }
}

impl<'a> Vacancy<'a> {
    /// What is free as viewers see it, one letter a seat.
    ///
    /// Cost      one pass over the letters.
    pub fn seen(terms: &'a Terms, letters: &'a [u8], counts: Counts) -> Self {
        let free = |row: &crate::rules::house::HouseRow| {
            let seats = letters.get(row.seats.start as usize..row.seats.end as usize).unwrap_or_default();
            seats.iter().filter(|letter| **letter == AVAILABLE).count() as u32
        };
        let free_in_row = terms.house.rows.iter().map(free).collect();
        Self { terms, seats: Seats::Letters(letters), free_in_row: Cow::Owned(free_in_row), counts }
    }

    pub fn house(&self) -> &'a House {
        &self.terms.house
    }

    pub fn is_free(&self, seat: SeatIndex) -> bool {
        match self.seats {
            Seats::States(seats) => seats.get(seat as usize) == Some(&SeatState::Available),
            Seats::Letters(letters) => letters.get(seat as usize) == Some(&AVAILABLE),
        }
    }

    /// Free seats of a row, of whatever kind.
    pub fn free_in(&self, row: usize) -> u32 {
        self.free_in_row[row]
    }

    /// What a seat is for, if it is free.
    pub fn kind(&self, seat: SeatIndex) -> Option<SeatKind> {
        let here = &self.house().seats[seat as usize];
        match here.partner {
            _ if !self.is_free(seat) => None,
            _ if here.accessible => Some(SeatKind::Space),
            Some(space) if self.is_free(space) => Some(SeatKind::Companion),
            _ => Some(SeatKind::Ordinary),
        }
    }

    fn counts_as(&self, seat: SeatIndex, kinds: Kinds) -> bool {
        match kinds {
            Kinds::Ordinary => self.kind(seat) == Some(SeatKind::Ordinary),
            Kinds::All => self.is_free(seat),
        }
    }

    /// The blocks of a row: free seats side by side, each block as long as it goes. Aisles, row ends and seats that are not free or do
    /// not count end a block.
    pub fn blocks(&self, row: usize, kinds: Kinds) -> impl Iterator<Item = Range<SeatIndex>> + '_ {
        let house = self.house();
        let Range { start: mut at, end } = house.rows[row].seats.clone();
        std::iter::from_fn(move || {
            while at < end && !self.counts_as(at, kinds) {
                at += 1;
            }
            let first = at;
            while at < end && self.counts_as(at, kinds) {
                at += 1;
                if house.seats[at as usize - 1].gap_after {
                    break;
                }
            }
            (first < at).then_some(first..at)
        })
    }

    /// Whether a row's seats are for sale and asked for.
    pub fn is_within(&self, scope: Scope, row: usize) -> bool {
        let section = self.house().rows[row].section as usize;
        let tier = self.terms.section_tiers[section];
        scope.section.is_none_or(|wanted| wanted == section) && scope.tiers.has(tier) && self.terms.price(tier).is_some()
    }

    /// Whether something is free, but no seat.
    pub fn only_areas(&self) -> bool {
        self.counts.available > 0 && self.free_in_row.iter().all(|free| *free == 0)
    }

    /// Whether all that could be sold is sold or blocked.
    pub fn sold_out(&self) -> bool {
        self.counts.available == 0 && self.counts.held == 0
    }

    /// Why nothing that was wanted is free.
    pub fn none_free(&self) -> Refusal {
        if self.counts.available > 0 {
            Refusal::SeatsUnavailable { seats: Vec::new(), others_available: true }
        } else {
            Refusal::SeatsHeld
        }
    }
}

const AVAILABLE: u8 = b'A';

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::{hall, places};
    use crate::rules::seat::SeatLetter;

    #[test]
    fn the_letter_of_a_free_seat_is_the_one_that_pictures_show() {
        assert_eq!(char::from(AVAILABLE), SeatLetter::Available.as_char());
    }

    #[test]
    fn blocks_end_at_aisles_row_ends_and_what_is_not_free() {
        let table: [(&str, &[&str]); 8] = [
            (".....", &["A-1 A-2 A-3 A-4 A-5"]),
            ("x...x", &["A-2 A-3 A-4"]),
            ("..|..", &["A-1 A-2", "A-3 A-4"]),
            (".x.x.", &["A-1", "A-3", "A-5"]),
            ("xx|xx", &[]),
            (".cw..", &["A-1", "A-4 A-5"]),
            // the companion's seat of a space that is taken is a seat like any other
            (".cW..", &["A-1 A-2", "A-4 A-5"]),
            (".Cw..", &["A-1", "A-4 A-5"]),
        ];
        for (row, blocks) in table {
            let inventory = hall(&[row]);
            let vacancy = inventory.vacancy();
            let found: Vec<String> =
                vacancy.blocks(0, Kinds::Ordinary).map(|b| places(&inventory, &b.collect::<Vec<_>>())).collect();
            assert_eq!(found, blocks, "{row}");
        }
        let inventory = hall(&[".cw..|w"]);
        let all: Vec<_> = inventory.vacancy().blocks(0, Kinds::All).collect();
        assert_eq!(all, [0..5, 5..6], "of all kinds");
    }

    #[test]
    fn viewers_see_the_same_free_seats_as_the_desk() {
        let inventory = hall(&["..x.cw", "Wc..x."]);
        let letters: Vec<u8> = (0..12).map(|seat| if inventory.vacancy().is_free(seat) { b'A' } else { b'H' }).collect();
        let seen = Vacancy::seen(&inventory.terms, &letters, inventory.counts);
        for row in 0..2 {
            assert_eq!(seen.free_in(row), inventory.vacancy().free_in(row));
            for kinds in [Kinds::Ordinary, Kinds::All] {
                assert!(seen.blocks(row, kinds).eq(inventory.vacancy().blocks(row, kinds)));
            }
        }
    }
}
