//! Best available: the seats that the house gives who leaves the choice to it.
//!
//! The steps, of which the first that finds seats decides:
//!
//! 1. side by side in one row, leaving no seat single, nearest the focal point;
//! 2. the same, leaving one single;
//! 3. in neighbouring rows of one section, nobody alone where that can be avoided;
//! 4. in several sections;
//! 5. steps 1 to 4 with wheelchair spaces and their companions' seats, which are otherwise kept for who needs them.
//!
//! Rows are walked in the order of their nearest seat, and the walk stops once no later row can do better: a pick on a free house
//! looks at a few rows, not at all. What a party that must be parted may look at is counted, and when that is spent the best so far is
//! given, or the first free seats by row.
//!
//! Source    the order of the steps: seats.io, "best available". Its `nextToEachOther` is our [`Together::Row`](crate::Together).

use std::ops::Range;

use domain::SeatIndex;

use crate::rules::budget::Budget;
use crate::rules::orphan::leaves_single;
use crate::rules::party::{Block, Parting};
use crate::rules::refusal::Refusal;
use crate::rules::together::Together;
use crate::rules::vacancy::{Kinds, Scope, Vacancy};
use crate::rules::waitlist::tiers::TierSet;
use crate::rules::wanted::Best;

/// Seats that one pick may look at to part a party.
const LOOKS: u32 = 400_000;

/// Seats side by side in one row, and how far they are on the whole.
#[derive(Debug, Clone, PartialEq)]
struct Run {
    seats: Range<SeatIndex>,
    distance: f32,
}

impl Vacancy<'_> {
    /// Chooses free seats for the wish; `None` when there are not enough that fit.
    ///
    /// Takes     `section`: its position, when one was asked for.  Holds that are over have been given back before.
    /// Gives     seats in map order, the same for the same house and wish.
    /// Cost      one row: the rows up to the best; a parted party: a walk over all seats, and at most 400,000 looks. Beyond that the
    ///           first free seats that fit, row by row from the focal point: as many as asked for, but perhaps farther apart than need be.
    pub fn best(&self, best: &Best, section: Option<usize>) -> Option<Vec<SeatIndex>> {
        self.best_within(best, section, &Budget::of(LOOKS))
    }

    /// The best seats of any of these tiers.
    pub fn best_of_tiers(&self, quantity: u32, tiers: TierSet) -> Option<Vec<SeatIndex>> {
        let (scope, budget) = (Scope { tiers, section: None }, Budget::of(LOOKS));
        let found = [Kinds::Ordinary, Kinds::All].into_iter().find_map(|kinds| self.of_kinds(quantity, scope, kinds, &budget));
        let mut seats = found?;
        seats.sort_unstable();
        Some(seats)
    }

    /// What a wish for the best comes to: the seats, and how near each other they are; or why there are none.
    pub fn offer(&self, best: &Best, section: Option<usize>) -> Result<(Vec<SeatIndex>, Together), Refusal> {
        if self.only_areas() {
            return Err(Refusal::OnlyAreas);
        }
        let seats = self.best(best, section).ok_or_else(|| self.none_free())?;
        match self.house().together(&seats) {
            Some(together) if best.together && together != Together::Row => Err(Refusal::NotTogether { together }),
            Some(together) => Ok((seats, together)),
            None => Err(self.none_free()),
        }
    }

    fn best_within(&self, best: &Best, section: Option<usize>, budget: &Budget) -> Option<Vec<SeatIndex>> {
        let scope = Scope { tiers: TierSet::of(best.tier), section };
        let mut seats = match best.spaces {
            0 => [Kinds::Ordinary, Kinds::All].into_iter().find_map(|kinds| self.of_kinds(best.quantity, scope, kinds, budget)),
            spaces => self.with_spaces(best.quantity, spaces, scope, budget),
        }?;
        seats.sort_unstable();
        Some(seats)
    }

    /// Steps 1 to 4.
    fn of_kinds(&self, quantity: u32, scope: Scope, kinds: Kinds, budget: &Budget) -> Option<Vec<SeatIndex>> {
        if let Some(run) = self.one_row(quantity, scope, kinds) {
            return Some(run.collect());
        }
        let sections = self.free_blocks(scope, kinds);
        if sections.iter().flatten().map(Block::len).sum::<u32>() < quantity {
            return None;
        }
        let parting = Parting { vacancy: self, kinds, quantity, budget };
        parting.in_one(&sections).or_else(|| parting.over(sections)).or_else(|| self.first_free(quantity, scope, kinds))
    }

    /// Steps 1 and 2: the nearest run that leaves no seat single, or else the nearest.
    pub fn one_row(&self, len: u32, scope: Scope, kinds: Kinds) -> Option<Range<SeatIndex>> {
        let house = self.house();
        let (mut tidy, mut any) = (None::<Run>, None::<Run>);
        for row in house.rows_by_distance.iter().map(|row| *row as usize) {
            // spares looks alone: what is farther off is not taken anyway
            if tidy.as_ref().is_some_and(|run| house.rows[row].nearest * len as f32 >= run.distance) {
                break;
            }
            if self.free_in(row) < len || !self.is_within(scope, row) {
                continue;
            }
            for block in self.blocks(row, kinds).filter(|block| block.len() as u32 >= len) {
                for first in block.start..=block.end - len {
                    let seats = first..first + len;
                    let distance = seats.clone().map(|seat| house.seats[seat as usize].distance).sum();
                    let run = Run { seats, distance };
                    if nearer(&run, &tidy) && !self.makes_orphans(kinds, &block, &run.seats) {
                        tidy = Some(run);
                    } else if tidy.is_none() && nearer(&run, &any) {
                        any = Some(run);
                    }
                }
            }
        }
        tidy.or(any).map(|run| run.seats)
    }

    /// Whether a run leaves ordinary seats single that were not.
    pub fn makes_orphans(&self, kinds: Kinds, block: &Range<SeatIndex>, run: &Range<SeatIndex>) -> bool {
        match kinds {
            Kinds::Ordinary => leaves_single(block, run),
            Kinds::All => !self.new_singles(&run.clone().collect::<Vec<_>>()).is_empty(),
        }
    }

    /// The blocks of each section that fit, in map order.
    pub fn free_blocks(&self, scope: Scope, kinds: Kinds) -> Vec<Vec<Block>> {
        let house = self.house();
        let of_row = |row: usize| self.blocks(row, kinds).map(move |seats| Block::new(house, row as u32, seats));
        // a row without a free seat has no blocks: not to look there spares looks alone
        let fits = |row: &usize| self.free_in(*row) > 0 && self.is_within(scope, *row);
        let of_section = |rows: &Range<u32>| (rows.start as usize..rows.end as usize).filter(fits).flat_map(of_row).collect();
        house.sections.iter().map(|section| of_section(&section.rows)).collect()
    }

    /// The first free seats, row by row from the focal point.
    fn first_free(&self, quantity: u32, scope: Scope, kinds: Kinds) -> Option<Vec<SeatIndex>> {
        let rows = self.house().rows_by_distance.iter().map(|row| *row as usize).filter(|row| self.is_within(scope, *row));
        let seats: Vec<SeatIndex> = rows.flat_map(|row| self.blocks(row, kinds)).flatten().take(quantity as usize).collect();
        (seats.len() == quantity as usize).then_some(seats)
    }
}

fn nearer(run: &Run, than: &Option<Run>) -> bool {
    than.as_ref().is_none_or(|than| run.distance < than.distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::{hall, halls, places};
    use crate::rules::inventory::Inventory;
    use domain::TierId;
    use proptest::prelude::*;

    fn picked(inventory: &Inventory, best: &Best) -> Option<Vec<SeatIndex>> {
        inventory.vacancy().best(best, None)
    }

    fn pick(rows: &[&str], quantity: u32) -> String {
        let inventory = hall(rows);
        places(&inventory, &picked(&inventory, &Best::of(quantity)).unwrap_or_default())
    }

    #[test]
    fn seats_are_side_by_side_near_the_focal_point() {
        let table: [(&[&str], u32, &str); 9] = [
            (&[".....", "....."], 1, "A-3"),
            (&[".......", "......."], 3, "A-3 A-4 A-5"),
            (&["..x..", "......."], 3, "B-3 B-4 B-5"),
            (&["..|...", "x...x."], 3, "A-3 A-4 A-5"),
            (&["..|..", ".|..."], 2, "A-1 A-2"),
            (&["..|..", ".|...."], 4, "B-2 B-3 B-4 B-5"),
            (&["x.x.x", "xx..x"], 2, "B-3 B-4"),
            (&["xxxxx", "xxxx."], 2, ""),
            (&["wwwww", "....."], 2, "B-1 B-2"),
        ];
        for (rows, quantity, seats) in table {
            assert_eq!(pick(rows, quantity), seats, "{rows:?}");
        }
    }

    #[test]
    fn none_is_left_single_where_that_can_be_avoided_in_a_row() {
        let table: [(&[&str], u32, &str); 6] = [
            // the middle of five would leave one at either end
            (&["....."], 3, "A-1 A-2 A-3"),
            (&["...", "......"], 2, "B-3 B-4"),
            (&["...", "xxx"], 2, "A-1 A-2"),
            (&["...", "xxx...xx"], 2, "B-4 B-5"),
            (&["..x", "xxxxxxxx..|x"], 2, "B-9 B-10"),
            (&["xx.xx", "....."], 1, "A-3"),
        ];
        for (rows, quantity, seats) in table {
            assert_eq!(pick(rows, quantity), seats, "{rows:?}");
        }
    }

    #[test]
    fn a_party_that_must_be_parted_sits_in_neighbouring_rows_and_nobody_alone() {
        let table: [(&[&str], u32, &str); 8] = [
            (&["x.x.x", "x.x.x"], 2, "A-2 A-4"),
            (&["..xxx", "..xxx", "..xxx"], 4, "A-1 A-2 B-1 B-2"),
            // three and one would be nearer, but one alone
            (&["...xx", ".xxxx", "..xxx"], 4, "A-2 A-3 C-1 C-2"),
            (&["...xx", "..xxx"], 5, "A-1 A-2 A-3 B-1 B-2"),
            (&["...xx", "..xxx", "..xxx"], 6, "A-1 A-2 B-1 B-2 C-1 C-2"),
            (&["..xxx", "..xxx"], 3, "A-1 A-2 B-1"),
            (&["..x..", "xxxxx"], 3, "A-1 A-2 A-4"),
            (&["...xx", "xxxxx", "xxxxx", "xxxxx", "....."], 8, "A-1 A-2 A-3 E-1 E-2 E-3 E-4 E-5"),
        ];
        for (rows, quantity, seats) in table {
            assert_eq!(pick(rows, quantity), seats, "{rows:?}");
        }
    }

    #[test]
    fn one_section_is_better_than_two_however_far_and_two_better_than_nothing() {
        let chosen = |sections: &[&[&str]], quantity| {
            let inventory = halls(sections);
            let seats = picked(&inventory, &Best::of(quantity)).unwrap_or_default();
            (places(&inventory, &seats), inventory.terms.house.together(&seats))
        };
        let (front, back): (&[&str], &[&str]) = (&["..xxx"], &["..xxx", "..xxx"]);
        assert_eq!(chosen(&[front, back], 4), ("s1-A-1 s1-A-2 s1-B-1 s1-B-2".into(), Some(Together::Rows)));
        assert_eq!(chosen(&[front, front], 4), ("A-1 A-2 s1-A-1 s1-A-2".into(), Some(Together::Sections)));
        assert_eq!(chosen(&[front, back], 6).1, Some(Together::Sections));
        assert_eq!(chosen(&[front, back], 7), (String::new(), None));
        assert_eq!(chosen(&[front, back], 2).1, Some(Together::Row));
        // one section with someone alone before another in which nobody is: sections come last, nobody alone first
        assert_eq!(chosen(&[&["...xx", ".xxxx"], &["..xxx", "..xxx"]], 4).0, "s1-A-1 s1-A-2 s1-B-1 s1-B-2");
    }

    #[test]
    fn wheelchair_spaces_and_companions_seats_go_last_to_who_does_not_ask() {
        let table: [(&[&str], u32, &str); 8] = [
            (&["xwwxx", "xxxx."], 1, "B-5"),
            (&["xwwxx", "xxxxx"], 2, "A-2 A-3"),
            (&["..wcx", "....."], 1, "B-3"),
            (&["x.wcx", "....."], 2, "B-1 B-2"),
            // two rows before a wheelchair space
            (&[".wcxx", ".xxxx"], 2, "A-1 B-1"),
            (&[".wcxx", "xxxxx"], 2, "A-2 A-3"),
            // and leave no ordinary seat single either
            (&["ww..."], 4, "A-2 A-3 A-4 A-5"),
            (&["xWcxx", "xxxxx", "xx.xx"], 1, "A-3"),
        ];
        for (rows, quantity, seats) in table {
            assert_eq!(pick(rows, quantity), seats, "{rows:?}");
        }
    }

    #[test]
    fn tier_and_section_narrow_the_choice() {
        let inventory = hall(&[".....", "....."]);
        let wish = |tier| Best { tier, ..Best::of(2) };
        assert_eq!(picked(&inventory, &wish(TierId::nth(1))), None, "no seat has the floor's tier");
        assert!(picked(&inventory, &wish(TierId::nth(0))).is_some());
        let two = halls(&[&["....."], &["....."]]);
        let of_section = |section| two.vacancy().best(&Best::of(2), Some(section)).map(|seats| places(&two, &seats));
        assert_eq!(of_section(1).as_deref(), Some("s1-A-1 s1-A-2"));
        assert_eq!(of_section(7), None);
    }

    #[test]
    fn an_offer_says_how_near_each_other_its_seats_are_or_why_there_is_none() {
        let offer = |rows: &[&str], best: Best| {
            let inventory = hall(rows);
            inventory.vacancy().offer(&best, None).map(|(_, together)| together)
        };
        let together = |quantity| Best { together: true, ..Best::of(quantity) };
        assert_eq!(offer(&["..x..", "....."], Best::of(5)), Ok(Together::Row));
        assert_eq!(offer(&["..x..", "....x"], Best::of(5)), Ok(Together::Rows));
        assert_eq!(offer(&["..x..", "....x"], together(5)), Err(Refusal::NotTogether { together: Together::Rows }));
        assert_eq!(offer(&["..x..", "....x"], together(4)), Ok(Together::Row));
        let none = Refusal::SeatsUnavailable { seats: vec![], others_available: true };
        assert_eq!(offer(&["..x..", "....x"], Best::of(9)), Err(none));
    }

    /// A house of which every other seat is taken, as it is at the end of a sale: the worst case for who wants ten together.
    fn scattered(rows: u32, seats: u32) -> Inventory {
        let row: String = (0..seats).map(|seat| if seat % 2 == 0 { 'x' } else { '.' }).collect();
        hall(&vec![row.as_str(); rows as usize])
    }

    #[test]
    fn within_the_budget_the_pick_is_exact_and_beyond_it_the_first_free_seats_are_given() {
        let within = |inventory: &Inventory, best: &Best, looks| inventory.vacancy().best_within(best, None, &Budget::of(looks));
        let small = scattered(10, 20);
        assert_eq!(picked(&small, &Best::of(10)), within(&small, &Best::of(10), u32::MAX));
        assert_eq!(within(&small, &Best::of(3), 1), Some(vec![1, 3, 5]), "row by row");
        assert_eq!(within(&small, &Best { tier: TierId::nth(1), ..Best::of(2) }, 1), None, "what does not fit is not given");
        assert_eq!(within(&small, &Best { spaces: 1, ..Best::of(2) }, 1), None, "there is no wheelchair space");
        let spent = Budget::of(LOOKS);
        let large = scattered(1_000, 100);
        let seats = large.vacancy().best_within(&Best::of(10), None, &spent);
        assert_eq!(seats.map(|seats| seats.len()), Some(10), "every other of a hundred thousand seats: too many to weigh");
        assert!(!spent.pay(0), "and it stopped there");
    }

    #[derive(Debug, Clone)]
    struct Rows(Vec<Vec<String>>);

    impl Rows {
        fn house(&self) -> Inventory {
            let sections: Vec<Vec<&str>> = self.0.iter().map(|rows| rows.iter().map(String::as_str).collect()).collect();
            halls(&sections.iter().map(Vec::as_slice).collect::<Vec<_>>())
        }
    }

    /// Up to two sections of up to three rows of up to six seats, with aisles and taken seats.
    fn rows() -> impl Strategy<Value = Rows> {
        let row = proptest::string::string_regex("[.x]([.x]\\|?|[.x.]){0,4}[.x]").expect("a pattern");
        let section = proptest::collection::vec(row, 1..4);
        proptest::collection::vec(section, 1..3).prop_map(Rows)
    }

    /// All choices of so many of these seats.
    fn choices(seats: &[SeatIndex], quantity: usize) -> Vec<Vec<SeatIndex>> {
        match (quantity, seats.split_first()) {
            (0, _) => vec![vec![]],
            (_, None) => vec![],
            (_, Some((first, rest))) => {
                let with = choices(rest, quantity - 1).into_iter().map(|more| [vec![*first], more].concat());
                with.chain(choices(rest, quantity)).collect()
            }
        }
    }

    /// Steps 1 to 4 as a rank, by the plainest means: looks at every choice there is.
    fn rank(inventory: &Inventory, chosen: &[SeatIndex]) -> (Together, bool) {
        let (house, vacancy) = (&inventory.terms.house, inventory.vacancy());
        let together = house.together(chosen).expect("seats");
        let beside = |seat: SeatIndex| {
            let near = [seat.wrapping_sub(1), seat + 1];
            near.iter().any(|other| chosen.contains(other) && house.together(&[seat, *other]) == Some(Together::Row))
        };
        match together {
            Together::Row => (together, !vacancy.new_singles(chosen).is_empty()),
            _ => (together, !chosen.iter().all(|seat| beside(*seat))),
        }
    }

    proptest! {
        #[test]
        fn no_choice_is_better_than_the_best(rows in rows(), quantity in 1_u32..5) {
            let inventory = rows.house();
            let free: Vec<SeatIndex> = (0..inventory.terms.house.seats.len() as u32).filter(|seat| inventory.vacancy().is_free(*seat)).collect();
            let best = picked(&inventory, &Best::of(quantity));
            prop_assert_eq!(&best, &picked(&inventory, &Best::of(quantity)), "the same for the same house");
            let all = choices(&free, quantity as usize);
            let Some(best) = best else {
                prop_assert!(all.is_empty());
                return Ok(());
            };
            prop_assert!(best.windows(2).all(|pair| pair[0] < pair[1]) && best.iter().all(|seat| free.contains(seat)));
            let ranked = rank(&inventory, &best);
            let least = all.iter().map(|chosen| rank(&inventory, chosen)).min();
            prop_assert_eq!(Some(ranked), least, "{}", places(&inventory, &best));
            if ranked.0 == Together::Row {
                let distance = |chosen: &[SeatIndex]| chosen.iter().map(|seat| inventory.terms.house.seats[*seat as usize].distance).sum::<f32>();
                let nearest = all.iter().filter(|chosen| rank(&inventory, chosen) == ranked).map(|chosen| distance(chosen)).fold(f32::MAX, f32::min);
                prop_assert!(distance(&best) <= nearest + 0.001, "{} against {nearest}", distance(&best));
            }
        }
    }
}
