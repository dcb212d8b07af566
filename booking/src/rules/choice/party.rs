//! Parting a party that does not fit side by side: near each other, and nobody alone where that can be avoided.
//!
//! One block is the anchor, and the rest comes from the blocks that are nearest to it for the seats they bring. The nearest few anchors
//! are tried, and the longest block among them, since nobody need be alone if one can spare a seat; the party that is nearest to the focal
//! point and to itself is taken.

use std::ops::Range;

use domain::SeatIndex;

use crate::rules::budget::Budget;
use crate::rules::house::House;
use crate::rules::vacancy::{Kinds, Vacancy};

/// How much farther a seat feels when it is in another row: two seats along beat one behind.
const OTHER_ROW: f32 = 2.5;
/// Anchors that are tried in one section, besides the longest block.
const ANCHORS: usize = 8;

/// Free seats side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub row: u32,
    pub seats: Range<SeatIndex>,
    /// Its nearest seat's distance to the focal point.
    nearest: f32,
}

/// Seats for a party, and what is to be said against them.
#[derive(Debug, Clone, PartialEq)]
struct Party {
    seats: Vec<SeatIndex>,
    alone: bool,
    cost: f32,
}

/// Where a party gathers.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    pub row: u32,
    pub middle: [f32; 2],
}

/// So many seats of the n-th block.
#[derive(Debug, Clone, Copy)]
struct Part {
    block: usize,
    seats: u32,
}

/// Who is to be parted, and what may be looked at for it.
#[derive(Debug, Clone, Copy)]
pub struct Parting<'a> {
    pub vacancy: &'a Vacancy<'a>,
    pub kinds: Kinds,
    pub quantity: u32,
    pub budget: &'a Budget,
}

impl Block {
    pub fn new(house: &House, row: u32, seats: Range<SeatIndex>) -> Self {
        let nearest = seats.clone().map(|seat| house.seats[seat as usize].distance).fold(f32::INFINITY, f32::min);
        Self { row, seats, nearest }
    }

    pub fn len(&self) -> u32 {
        self.seats.len() as u32
    }
}

impl Party {
    fn is_better(&self, than: &Option<Party>) -> bool {
        than.as_ref().is_none_or(|than| (self.alone, self.cost) < (than.alone, than.cost))
    }
}

impl Anchor {
    /// The middle of a few seats, the first of which tells the row.
    pub fn of(house: &House, seats: &[SeatIndex]) -> Option<Self> {
        let row = house.seats[*seats.first()? as usize].row;
        let sum = seats.iter().map(|seat| &house.seats[*seat as usize]).fold([0.0; 2], |[x, y], seat| [x + seat.x, y + seat.y]);
        Some(Self { row, middle: sum.map(|sum| sum / seats.len() as f32) })
    }

    /// How far a seat feels from here.
    fn away(&self, house: &House, seat: SeatIndex) -> f32 {
        let seat = &house.seats[seat as usize];
        let away = (seat.x - self.middle[0]).hypot(seat.y - self.middle[1]);
        if seat.row == self.row { away } else { away * OTHER_ROW }
    }
}

impl Parting<'_> {
    fn house(&self) -> &House {
        self.vacancy.house()
    }

    /// Step 3: within one section. Sections are tried by their nearest block, until none can do better.
    pub fn in_one(&self, sections: &[Vec<Block>]) -> Option<Vec<SeatIndex>> {
        let nearest = |blocks: &[Block]| blocks.iter().map(|block| block.nearest).fold(f32::INFINITY, f32::min);
        let mut enough: Vec<(f32, &Vec<Block>)> = sections
            .iter()
            .filter(|blocks| blocks.iter().map(Block::len).sum::<u32>() >= self.quantity)
            .map(|blocks| (nearest(blocks), blocks))
            .collect();
        enough.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut best: Option<Party> = None;
        for (nearest, blocks) in enough {
            // spares looks alone: a party farther off costs more
            if best.as_ref().is_some_and(|best| !best.alone && nearest * self.quantity as f32 >= best.cost) {
                break;
            }
            match self.part(blocks) {
                Some(party) if party.is_better(&best) => best = Some(party),
                _ => {}
            }
        }
        best.map(|party| party.seats)
    }

    /// Step 4: over all sections.
    pub fn over(&self, sections: Vec<Vec<Block>>) -> Option<Vec<SeatIndex>> {
        let blocks: Vec<Block> = sections.into_iter().flatten().collect();
        self.part(&blocks).map(|party| party.seats)
    }

    /// The best party that these blocks hold; none where they are too few, or too many to be looked at.
    fn part(&self, blocks: &[Block]) -> Option<Party> {
        [false, true].into_iter().find_map(|alone| {
            let fitting: Vec<Block> = blocks.iter().filter(|block| alone || block.len() > 1).cloned().collect();
            let mut best: Option<Party> = None;
            for anchor in anchors(&fitting) {
                match self.around(&fitting, anchor, alone) {
                    Some(party) if party.is_better(&best) => best = Some(party),
                    _ => {}
                }
            }
            best
        })
    }

    /// The party that gathers around one of the blocks.
    fn around(&self, blocks: &[Block], anchor: usize, alone: bool) -> Option<Party> {
        let first = share(blocks[anchor].len(), self.quantity, alone);
        let seats: Vec<SeatIndex> =
            self.nearest_run(&blocks[anchor], first, |seat| self.house().seats[seat as usize].distance).collect();
        let middle = Anchor::of(self.house(), &seats)?;
        let parts = self.gather(blocks, vec![Part { block: anchor, seats: first }], middle, alone)?;
        self.seated(blocks, &parts, middle)
    }

    /// Seats near an anchor that is none of the blocks; nobody alone where that can be avoided.
    pub fn beside(&self, anchor: Anchor, blocks: &[Block]) -> Option<Vec<SeatIndex>> {
        [false, true].into_iter().find_map(|alone| {
            let fitting: Vec<Block> = blocks.iter().filter(|block| alone || block.len() > 1).cloned().collect();
            let parts = self.gather(&fitting, Vec::new(), anchor, alone)?;
            self.seated(&fitting, &parts, anchor).map(|party| party.seats)
        })
    }

    /// Adds the blocks that are nearest for what they bring, until the party is complete.
    fn gather(&self, blocks: &[Block], mut parts: Vec<Part>, anchor: Anchor, alone: bool) -> Option<Vec<Part>> {
        let mut left = self.quantity - parts.iter().map(|part| part.seats).sum::<u32>();
        while left > 0 {
            if left == 1 && !alone {
                return None;
            }
            let block = self.next(blocks, &parts, anchor, left)?;
            let mut seats = share(blocks[block].len(), left, alone);
            if left - seats == 1 && !alone {
                // someone of a larger part comes along, so that the last is not alone
                let spare = parts.iter_mut().find(|part| part.seats > 2);
                match spare {
                    Some(spare) => {
                        spare.seats -= 1;
                        left += 1;
                        seats = share(blocks[block].len(), left, alone);
                    }
                    None => return None,
                }
            }
            parts.push(Part { block, seats });
            left -= seats;
        }
        Some(parts)
    }

    /// The block that is nearest to the anchor for the seats it brings.
    fn next(&self, blocks: &[Block], parts: &[Part], anchor: Anchor, left: u32) -> Option<usize> {
        let mut best: Option<(f32, usize)> = None;
        for (n, block) in blocks.iter().enumerate().filter(|(n, _)| !parts.iter().any(|part| part.block == *n)) {
            if !self.budget.pay(block.len()) {
                return None;
            }
            let away = block.seats.clone().map(|seat| anchor.away(self.house(), seat)).fold(f32::INFINITY, f32::min);
            let price = away / block.len().min(left) as f32;
            if best.is_none_or(|(best, _)| price < best) {
                best = Some((price, n));
            }
        }
        best.map(|(_, n)| n)
    }

    /// The seats of all parts, each as near the anchor as its block allows.
    fn seated(&self, blocks: &[Block], parts: &[Part], anchor: Anchor) -> Option<Party> {
        let mut seats = Vec::with_capacity(self.quantity as usize);
        for part in parts {
            seats.extend(self.nearest_run(&blocks[part.block], part.seats, |seat| anchor.away(self.house(), seat)));
        }
        let alone = parts.iter().any(|part| part.seats == 1);
        let cost = seats.iter().map(|seat| self.house().seats[*seat as usize].distance + anchor.away(self.house(), *seat)).sum();
        (seats.len() == self.quantity as usize).then_some(Party { seats, alone, cost })
    }

    /// So many seats of a block side by side: such as leave none single, and of these the nearest.
    fn nearest_run(&self, block: &Block, len: u32, distance: impl Fn(SeatIndex) -> f32) -> Range<SeatIndex> {
        let runs = (block.seats.start..=block.seats.end.saturating_sub(len)).map(|first| first..first + len);
        let rated = runs.map(|run| {
            let orphans = self.vacancy.makes_orphans(self.kinds, &block.seats, &run);
            (orphans, run.clone().map(&distance).sum::<f32>(), run)
        });
        let best = rated.reduce(|best, new| if (new.0, new.1) < (best.0, best.1) { new } else { best });
        best.map_or(block.seats.start..block.seats.start, |(_, _, run)| run)
    }
}

/// How many of `left` a block takes: as many as it can, but so that not one is left over, if it can spare a seat.
fn share(block: u32, left: u32, alone: bool) -> u32 {
    let most = block.min(left);
    if left - most == 1 && most > 2 && !alone { most - 1 } else { most }
}

/// The nearest blocks, and the longest.
fn anchors(blocks: &[Block]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    let by_distance = |a: &usize, b: &usize| blocks[*a].nearest.total_cmp(&blocks[*b].nearest).then(a.cmp(b));
    let longest = order.iter().copied().min_by(|a, b| blocks[*b].len().cmp(&blocks[*a].len()).then(by_distance(a, b)));
    if order.len() > ANCHORS {
        order.select_nth_unstable_by(ANCHORS, by_distance);
        order.truncate(ANCHORS);
    }
    order.sort_by(by_distance);
    order.extend(longest.filter(|longest| !order.contains(longest)));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hall::{hall, places};
    use crate::rules::inventory::Inventory;
    use crate::rules::wanted::Best;

    fn block(at: u32, len: u32, nearest: f32) -> Block {
        Block { row: at, seats: 10 * at..10 * at + len, nearest }
    }

    #[test]
    fn a_block_spares_a_seat_so_that_nobody_is_left_over() {
        for (len, left, alone, seats) in [
            (5, 6, false, 4),
            (3, 4, false, 2),
            (2, 3, false, 2),
            (5, 6, true, 5),
            (5, 5, false, 5),
            (5, 7, false, 5),
            (7, 3, false, 3),
        ] {
            assert_eq!(share(len, left, alone), seats, "{len} of {left}");
        }
    }

    #[test]
    fn a_seat_in_another_row_feels_two_and_a_half_times_as_far() {
        let house = &hall(&["...", "...", "..."]).terms.house;
        let beside = Anchor::of(house, &[3, 4]).expect("seats");
        assert_eq!((beside.row, beside.middle), (1, [5.0, 10.0]));
        assert_eq!((beside.away(house, 5), beside.away(house, 1)), (15.0, 2.5 * 5.0_f32.hypot(10.0)));
        let across = Anchor::of(house, &[3, 6]).expect("seats");
        assert_eq!((across.row, across.middle), (1, [0.0, 15.0]));
        assert!(Anchor::of(house, &[]).is_none());
    }

    #[test]
    fn the_nearest_few_blocks_are_anchors_and_the_longest_wherever_it_is() {
        let near = |n: u32| block(n, 2, n as f32);
        let far = |n: u32| block(n, 3, n as f32);
        let eight: Vec<Block> = (0..8).map(near).collect();
        assert_eq!(anchors(&eight), [0, 1, 2, 3, 4, 5, 6, 7]);
        let ten: Vec<Block> = (0..9).map(near).chain([far(9)]).collect();
        assert_eq!(anchors(&ten), [0, 1, 2, 3, 4, 5, 6, 7, 9]);
        let longest_among: Vec<Block> = [far(0)].into_iter().chain((1..10).map(near)).collect();
        assert_eq!(anchors(&longest_among), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(anchors(&[]), [] as [usize; 0]);
    }

    #[test]
    fn the_next_block_is_the_nearest_for_the_seats_that_it_brings() {
        let inventory = hall(&["....", "....", "...."]);
        let (vacancy, budget) = (inventory.vacancy(), Budget::of(1_000));
        let parting = Parting { vacancy: &vacancy, kinds: Kinds::Ordinary, quantity: 4, budget: &budget };
        let of = |row: u32, seats| Block::new(&inventory.terms.house, row, seats);
        let corner = Anchor { row: 0, middle: [0.0, 0.0] };
        // 20 away and two seats in the row, or 25 and four behind
        let blocks = [of(0, 2..4), of(1, 4..8)];
        assert_eq!(parting.next(&blocks, &[], corner, 4), Some(1));
        assert_eq!(parting.next(&blocks, &[], corner, 2), Some(0));
        assert_eq!(parting.next(&blocks, &[Part { block: 1, seats: 2 }], corner, 2), Some(0));
        let either = [of(0, 0..4), of(2, 8..12)];
        assert_eq!(
            parting.next(&either, &[], Anchor { row: 1, middle: [0.0, 10.0] }, 4),
            Some(0),
            "the first of two that are alike"
        );
        let party =
            parting.seated(&blocks, &[Part { block: 0, seats: 2 }, Part { block: 1, seats: 2 }], corner).expect("four seats");
        let house = &inventory.terms.house;
        let cost: f32 = [2, 3, 4, 5].map(|seat| house.seats[seat as usize].distance + corner.away(house, seat)).iter().sum();
        assert_eq!((party.seats, party.alone, party.cost), (vec![2, 3, 4, 5], false, cost));
    }

    #[test]
    fn beside_a_place_of_their_own_two_sit_together_and_alone_only_where_there_is_no_pair() {
        for (rows, quantity, expected) in [
            (&["..x.x", "xxxxx", "..xxx"][..], 4, "A-1 A-2 C-1 C-2"),
            (&["x.x.x", "xxxxx", "..xxx"], 2, "C-1 C-2"),
            (&["x.x.x", "xxxxx", ".xxxx"], 2, "A-2 A-4"),
            (&["...xx", "xxxxx", "..xxx"], 4, "A-2 A-3 C-1 C-2"),
        ] {
            let inventory = hall(rows);
            let (vacancy, budget) = (inventory.vacancy(), Budget::of(1_000));
            let parting = Parting { vacancy: &vacancy, kinds: Kinds::Ordinary, quantity, budget: &budget };
            let blocks = vacancy.free_blocks(Default::default(), Kinds::Ordinary).concat();
            let mut seats = parting.beside(Anchor { row: 0, middle: [20.0, 0.0] }, &blocks).expect("seats");
            seats.sort_unstable();
            assert_eq!(places(&inventory, &seats), expected, "{rows:?}");
        }
    }

    #[test]
    fn someone_of_a_larger_part_comes_along_so_that_the_last_is_not_alone() {
        let inventory = hall(&["...xx", "..xxx", "..xxx"]);
        let (vacancy, budget) = (inventory.vacancy(), Budget::of(1_000));
        let gathered = |seats, quantity, alone| {
            let parting = Parting { vacancy: &vacancy, kinds: Kinds::Ordinary, quantity, budget: &budget };
            let blocks = vacancy.free_blocks(Default::default(), Kinds::Ordinary).concat();
            let middle = Anchor { row: 0, middle: [10.0, 0.0] };
            let parts = parting.gather(&blocks, vec![Part { block: 0, seats }], middle, alone);
            parts.map(|parts| parts.iter().map(|part| part.seats).collect::<Vec<_>>())
        };
        assert_eq!(gathered(3, 5, false), Some(vec![3, 2]));
        assert_eq!(gathered(3, 6, false), Some(vec![2, 2, 2]));
        assert_eq!((gathered(3, 4, false), gathered(3, 4, true)), (None, Some(vec![3, 1])));
        assert_eq!(gathered(2, 5, false), None, "nobody leaves the other of a pair");
    }

    #[test]
    fn over_all_sections_nobody_is_alone_either_where_that_can_be_avoided() {
        let inventory = crate::hall::halls(&[&["...xx"], &[".xxxx"], &["..xxx"]]);
        let seats = parted(&inventory, 4).expect("four seats");
        assert!(places(&inventory, &seats).ends_with("s2-A-1 s2-A-2"), "{}", places(&inventory, &seats));
    }

    #[test]
    fn a_section_farther_off_is_taken_where_its_seats_are_nearer_each_other_or_nobody_is_alone_there() {
        let together: [&[&str]; 2] = [&["..xxx..xxxxx"], &["xxxx..x..xxx"]];
        let alone: [&[&str]; 2] = [&["...x."], &["xxxxx", "xxxxx", "..x.."]];
        let table = [(together, "s1-A-5 s1-A-6 s1-A-8 s1-A-9"), (alone, "s1-C-1 s1-C-2 s1-C-4 s1-C-5")];
        for (sections, seats) in table {
            let inventory = crate::hall::halls(&sections);
            assert_eq!(places(&inventory, &parted(&inventory, 4).expect("four seats")), seats);
        }
    }

    /// Whether these blocks can be shared by a party in parts of two and more, by looking at every way.
    fn nobody_need_be_alone(blocks: &[u32], quantity: u32) -> bool {
        match blocks.split_first() {
            None => quantity == 0,
            Some((first, rest)) => {
                let parts = std::iter::once(0).chain(2..=(*first).min(quantity));
                quantity == 0 || parts.into_iter().any(|part| nobody_need_be_alone(rest, quantity - part))
            }
        }
    }

    fn parted(inventory: &Inventory, quantity: u32) -> Option<Vec<SeatIndex>> {
        inventory.vacancy().best(&Best::of(quantity), None)
    }

    proptest! {
        #[test]
        fn a_large_party_is_as_many_as_it_is_and_nobody_sits_alone_who_need_not(
            rows in proptest::collection::vec("[.x]{8}", 1..5), quantity in 4_u32..11,
        ) {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let inventory = hall(&rows);
            let blocks: Vec<u32> = rows.iter().flat_map(|row| row.split('x')).map(|free| free.len() as u32).filter(|len| *len > 0).collect();
            let Some(seats) = parted(&inventory, quantity) else {
                prop_assert!(blocks.iter().sum::<u32>() < quantity);
                return Ok(());
            };
            prop_assert_eq!(seats.len(), quantity as usize);
            prop_assert!(seats.windows(2).all(|pair| pair[0] < pair[1]) && seats.iter().all(|seat| inventory.vacancy().is_free(*seat)));
            let beside = |seat: SeatIndex| {
                [seat.wrapping_sub(1), seat + 1].into_iter().any(|other| seats.contains(&other) && other / 8 == seat / 8)
            };
            if nobody_need_be_alone(&blocks, quantity) {
                prop_assert!(seats.iter().all(|seat| beside(*seat)), "{} of {rows:?}", places(&inventory, &seats));
            }
        }
    }
}
