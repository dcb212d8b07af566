//! Wheelchair spaces for who asks for them, with their companions' seats beside them.

use std::ops::Range;

use domain::SeatIndex;

use crate::rules::budget::Budget;
use crate::rules::party::{Anchor, Block, Parting};
use crate::rules::refusal::Refusal;
use crate::rules::vacancy::{Kinds, Scope, SeatKind, Vacancy};

/// Spaces that are tried as the one around which a parted party gathers.
const ANCHORS: usize = 8;

/// A run with wheelchair spaces, the better the smaller.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
struct Rated {
    orphans: bool,
    distance: f32,
}

impl Vacancy<'_> {
    /// Chooses so many wheelchair spaces, their companions' seats first, and the rest of the party near them.
    ///
    /// Takes     `spaces`: 1 ..= `quantity`.
    /// Gives     exactly so many spaces; none where they are not to be had.
    pub fn with_spaces(&self, quantity: u32, spaces: u32, scope: Scope, budget: &Budget) -> Option<Vec<SeatIndex>> {
        let free = self.free_spaces(scope);
        if (free.len() as u32) < spaces {
            return None;
        }
        let mut rows: Vec<u32> = free.iter().map(|space| self.house().seats[*space as usize].row).collect();
        rows.dedup();
        let in_a_row = self.row_with_spaces(&rows, (quantity, spaces), budget);
        in_a_row.map(Iterator::collect).or_else(|| self.around_spaces(free, (quantity, spaces), scope, budget))
    }

    /// Looks for companions' seats that are chosen without the free wheelchair space beside them.
    ///
    /// Refuses   companion_seat, unless no ordinary seat is left in the whole house but those that are chosen as well.
    pub fn check_companions(&self, chosen: &[SeatIndex]) -> Result<(), Refusal> {
        let house = self.house();
        let space = |seat: SeatIndex| house.seats[seat as usize].partner.filter(|space| !chosen.contains(space));
        let left = |seat: &SeatIndex| self.kind(*seat) == Some(SeatKind::Companion);
        let alone: Vec<(SeatIndex, SeatIndex)> =
            chosen.iter().copied().filter(left).filter_map(|seat| Some((seat, space(seat)?))).collect();
        let left_over = |row: usize| self.blocks(row, Kinds::Ordinary).flatten().any(|seat| !chosen.contains(&seat));
        let others = |row: usize| self.is_within(Scope::default(), row) && left_over(row);
        if alone.is_empty() || !(0..house.rows.len()).any(others) {
            return Ok(());
        }
        let (seats, spaces): (Vec<String>, Vec<String>) =
            alone.into_iter().map(|(seat, space)| (house.seat_id(seat), house.seat_id(space))).unzip();
        Err(Refusal::CompanionSeat { seats, companion_of: spaces })
    }

    /// The free wheelchair spaces, in map order.
    fn free_spaces(&self, scope: Scope) -> Vec<SeatIndex> {
        let seats = &self.house().seats;
        let fits = |space: &SeatIndex| self.is_free(*space) && self.is_within(scope, seats[*space as usize].row as usize);
        self.house().spaces.iter().copied().filter(fits).collect()
    }

    /// A whole party side by side.
    fn row_with_spaces(&self, rows: &[u32], (quantity, spaces): (u32, u32), budget: &Budget) -> Option<Range<SeatIndex>> {
        let mut best: Option<(Rated, Range<SeatIndex>)> = None;
        for row in rows.iter().map(|row| *row as usize).filter(|row| self.free_in(*row) >= quantity) {
            let house = self.house();
            let seats = &house.rows[row].seats;
            let spaces_in_row = seats.clone().filter(|seat| house.seats[*seat as usize].accessible).count() as u32;
            // each run with the right number of spaces walks the row once more; a space stands in `quantity` runs
            if !budget.pay(quantity.saturating_mul(1 + spaces_in_row).saturating_mul(seats.len() as u32)) {
                break;
            }
            for block in self.blocks(row, Kinds::All).filter(|block| block.len() as u32 >= quantity) {
                for first in block.start..=block.end - quantity {
                    let run = first..first + quantity;
                    match self.rate(&run, spaces) {
                        Some(rated) if best.as_ref().is_none_or(|(best, _)| rated < *best) => best = Some((rated, run)),
                        _ => {}
                    }
                }
            }
        }
        best.map(|(_, run)| run)
    }

    /// How good a run is for a party with so many spaces; none where it has others, takes another space's companion's seat, or leaves one
    /// of its own although there is someone for it.
    fn rate(&self, run: &Range<SeatIndex>, spaces: u32) -> Option<Rated> {
        let seats = &self.house().seats;
        let own: Vec<SeatIndex> = run.clone().filter(|seat| seats[*seat as usize].accessible).collect();
        let strange = |seat: SeatIndex| {
            self.kind(seat) == Some(SeatKind::Companion) && !own.iter().any(|space| seats[seat as usize].partner == Some(*space))
        };
        if own.len() as u32 != spaces || run.clone().any(strange) {
            return None;
        }
        let companions: Vec<SeatIndex> = own.iter().filter_map(|space| self.companion(*space)).collect();
        let beside = companions.iter().filter(|seat| run.contains(seat)).count() as u32;
        if beside < (companions.len() as u32).min(run.len() as u32 - spaces) {
            return None;
        }
        Some(Rated {
            orphans: !self.new_singles(&run.clone().collect::<Vec<_>>()).is_empty(),
            distance: run.clone().map(|seat| seats[seat as usize].distance).sum(),
        })
    }

    /// The companion's seat of a space, if it is free.
    fn companion(&self, space: SeatIndex) -> Option<SeatIndex> {
        self.house().seats[space as usize].partner.filter(|seat| self.is_free(*seat))
    }

    /// Spaces near each other with their companions' seats, and the rest as near as can be.
    fn around_spaces(
        &self,
        mut free: Vec<SeatIndex>,
        (quantity, spaces): (u32, u32),
        scope: Scope,
        budget: &Budget,
    ) -> Option<Vec<SeatIndex>> {
        let seats = &self.house().seats;
        free.sort_by(|a, b| seats[*a as usize].distance.total_cmp(&seats[*b as usize].distance));
        // who has companions to bring takes a space beside a seat for one
        free.sort_by_key(|space| quantity > spaces && self.companion(*space).is_none());
        let party = |first: SeatIndex| self.around(first, &free, (quantity, spaces), scope, budget);
        free.iter().take(ANCHORS).copied().find_map(party)
    }

    fn around(
        &self,
        first: SeatIndex,
        free: &[SeatIndex],
        (quantity, spaces): (u32, u32),
        scope: Scope,
        budget: &Budget,
    ) -> Option<Vec<SeatIndex>> {
        let seats = &self.house().seats;
        let away = |space: &SeatIndex| {
            let (here, there) = (&seats[first as usize], &seats[*space as usize]);
            (here.x - there.x).hypot(here.y - there.y)
        };
        let mut party: Vec<SeatIndex> = free.to_vec();
        party.sort_by(|a, b| away(a).total_cmp(&away(b)));
        party.truncate(spaces as usize);
        let companions: Vec<SeatIndex> = party.iter().filter_map(|space| self.companion(*space)).collect();
        party.extend(companions.into_iter().take((quantity - spaces) as usize));
        let rest = quantity - party.len() as u32;
        if rest > 0 {
            let anchor = Anchor::of(self.house(), &party)?;
            let section = self.house().row_of(first).section as usize;
            let more = [Kinds::Ordinary, Kinds::All].into_iter().find_map(|kinds| {
                [Some(section), scope.section].into_iter().find_map(|section| {
                    let blocks = self.others(&party, Scope { section, ..scope }, kinds);
                    Parting { vacancy: self, kinds, quantity: rest, budget }.beside(anchor, &blocks)
                })
            });
            party.extend(more.or_else(|| self.first_others(&party, rest, scope))?);
        }
        Some(party)
    }

    /// The first free seats besides those chosen already: where there are too many to be weighed.
    fn first_others(&self, chosen: &[SeatIndex], quantity: u32, scope: Scope) -> Option<Vec<SeatIndex>> {
        [Kinds::Ordinary, Kinds::All].into_iter().find_map(|kinds| {
            let blocks = self.others(chosen, scope, kinds);
            let seats: Vec<SeatIndex> = blocks.into_iter().flat_map(|block| block.seats).take(quantity as usize).collect();
            (seats.len() == quantity as usize).then_some(seats)
        })
    }

    /// Blocks without the seats that are chosen already, and without wheelchair spaces.
    fn others(&self, chosen: &[SeatIndex], scope: Scope, kinds: Kinds) -> Vec<Block> {
        let house = self.house();
        let free = |seat: &SeatIndex| !chosen.contains(seat) && !house.seats[*seat as usize].accessible;
        let mut blocks = Vec::new();
        for block in self.free_blocks(scope, kinds).into_iter().flatten() {
            let seats: Vec<SeatIndex> = block.seats.filter(free).collect();
            let runs = seats.chunk_by(|seat, next| seat + 1 == *next).filter_map(|run| Some(*run.first()?..*run.last()? + 1));
            blocks.extend(runs.map(|seats| Block::new(house, block.row, seats)));
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::{hall, halls, places};
    use crate::rules::wanted::Best;
    use proptest::prelude::*;

    fn pick(rows: &[&str], quantity: u32, spaces: u32) -> String {
        let inventory = hall(rows);
        let seats = inventory.vacancy().best(&Best { spaces, ..Best::of(quantity) }, None);
        places(&inventory, &seats.unwrap_or_default())
    }

    #[test]
    fn a_wheelchair_space_comes_with_its_companions_seat_and_the_rest_of_the_party() {
        let table: [(&[&str], u32, u32, &str); 23] = [
            (&[".....", "..wc."], 1, 1, "B-3"),
            (&[".....", "..wc."], 2, 1, "B-3 B-4"),
            (&[".....", ".cw.."], 2, 1, "B-2 B-3"),
            (&[".....", ".cw.."], 3, 1, "B-1 B-2 B-3"),
            // a seat that is no companion's is not taken instead of one that is
            (&["..w..", "....."], 2, 1, "A-2 A-3"),
            (&[".....", "....."], 1, 1, ""),
            (&["cwwc"], 2, 2, "A-2 A-3"),
            (&["cwwc"], 4, 2, "A-1 A-2 A-3 A-4"),
            (&["cw|wc"], 4, 2, "A-1 A-2 A-3 A-4"),
            (&["cwwc"], 3, 3, ""),
            // the companion's seat is taken, or there is none
            (&["Cw.xx", "....."], 2, 1, "A-2 A-3"),
            (&["xwxxx", "x.xxx"], 2, 1, "A-2 B-2"),
            // one who comes along sits in the row before
            (&["..xxx", "xwcxx"], 4, 1, "A-1 A-2 B-2 B-3"),
            (&["xwcxx", "xxxxx"], 3, 1, ""),
            // the nearest, of two that are alike the first, and not without the companion's seat
            (&["wc....wc..."], 2, 1, "A-7 A-8"),
            (&["wc.cw"], 2, 1, "A-1 A-2"),
            (&[".wc"], 2, 1, "A-2 A-3"),
            // a space farther off with a companion's seat for who brings somebody, the nearest spaces for who brings nobody
            (&["xwxxx", "xxxxx", "wcxxx", "xxxxx", ".xxxx"], 3, 1, "C-1 C-2 E-1"),
            (&["xwxxx", "wcxxx", "wcxxx"], 2, 2, "A-2 B-1"),
            // two without companions side by side rather than nearer the stage, and else by the nearest and what is nearest to it
            (&["wxxx", "xxxx", "cwwc"], 2, 2, "C-2 C-3"),
            (&["w..w.w"], 2, 2, "A-4 A-6"),
            (&["w.w..w"], 2, 2, "A-1 A-3"),
            (&["w....", "..w..", "..w.."], 2, 2, "B-3 C-3"),
        ];
        for (rows, quantity, spaces, seats) in table {
            assert_eq!(pick(rows, quantity, spaces), seats, "{rows:?} {quantity} {spaces}");
        }
    }

    #[test]
    fn another_spaces_companion_is_left_there_while_others_are_free() {
        assert_eq!(pick(&["cwwc."], 3, 1), "A-3 A-4 A-5");
        assert_eq!(pick(&["wc|wc", "..xxx"], 4, 1), "A-3 A-4 B-1 B-2");
        assert_eq!(pick(&["wc|wc", "xxxxx"], 3, 1), "A-2 A-3 A-4", "unless nothing else is left");
        let two = halls(&[&["wcx.."], &["wc..."]]);
        let wish = Best { spaces: 1, ..Best::of(4) };
        let seats = two.vacancy().best(&wish, None).expect("seats");
        assert_eq!(places(&two, &seats), "s1-A-1 s1-A-2 s1-A-3 s1-A-4");
        assert_eq!(two.vacancy().best(&wish, Some(0)).map(|seats| places(&two, &seats)).as_deref(), Some("A-1 A-2 A-4 A-5"));
    }

    #[test]
    fn a_companions_seat_is_not_sold_without_its_space_while_others_are_free() {
        let said = |rows: &[&str], chosen: &[SeatIndex]| match hall(rows).vacancy().check_companions(chosen) {
            Ok(()) => "sold".to_owned(),
            Err(Refusal::CompanionSeat { seats, companion_of }) => format!("{} of {}", seats.join(" "), companion_of.join(" ")),
            Err(other) => panic!("{other:?}"),
        };
        let table: [(&[&str], &[SeatIndex], &str); 9] = [
            (&["wc."], &[1, 2], "sold"),
            (&["wc..."], &[1], "stalls-A-2 of stalls-A-1"),
            (&["wc..."], &[2, 1], "stalls-A-2 of stalls-A-1"),
            (&["wc..."], &[1, 0], "sold"),
            (&["wc..."], &[0], "sold"),
            (&["wc..."], &[2], "sold"),
            (&["Wc..."], &[1], "sold"),
            (&["wcxxx", "xxxx."], &[1], "stalls-A-2 of stalls-A-1"),
            (&["wcxxx", "xxwcx"], &[1], "sold"),
        ];
        for (rows, chosen, told) in table {
            assert_eq!(said(rows, chosen), told, "{rows:?} {chosen:?}");
        }
    }

    #[test]
    fn where_there_are_too_many_seats_to_weigh_the_first_are_given() {
        let inventory = hall(&["..xwcx", "......"]);
        let with = |quantity, looks| inventory.vacancy().with_spaces(quantity, 1, Scope::default(), &Budget::of(looks));
        let given = with(5, 1).map(|seats| places(&inventory, &seats));
        assert_eq!(given.as_deref(), Some("A-4 A-5 A-1 A-2 B-1"));
        assert_eq!(with(11, 1), None);
        assert_eq!(with(5, 1_000).map(|seats| places(&inventory, &seats)).as_deref(), Some("A-4 A-5 B-4 B-5 B-6"));
        // a row of six with one space is weighed for three by 3 * 2 * 6 looks
        let inventory = hall(&["...wc."]);
        for (looks, seats) in [(37, "A-3 A-4 A-5"), (36, "A-4 A-5 A-1")] {
            let given = inventory.vacancy().with_spaces(3, 1, Scope::default(), &Budget::of(looks)).expect("seats");
            assert_eq!(places(&inventory, &given), seats, "{looks}");
        }
    }

    proptest! {
        #[test]
        fn exactly_the_spaces_asked_for_are_given_and_companions_come_first(
            rows in proptest::collection::vec("(wc|cw|\\.|x|Wc|wC|\\.x){1,4}", 1..4),
            quantity in 1_u32..6,
            spaces in 1_u32..3,
        ) {
            prop_assume!(spaces <= quantity);
            let inventory = hall(&rows.iter().map(String::as_str).collect::<Vec<_>>());
            let (house, vacancy) = (&inventory.terms.house, inventory.vacancy());
            let all: Vec<SeatIndex> = (0..house.seats.len() as u32).filter(|seat| vacancy.is_free(*seat)).collect();
            let is_space = |seat: &&SeatIndex| house.seats[**seat as usize].accessible;
            let free_spaces = all.iter().filter(is_space).count() as u32;
            let chosen = vacancy.best(&Best { spaces, ..Best::of(quantity) }, None);
            let possible = free_spaces >= spaces && all.len() as u32 - free_spaces >= quantity - spaces;
            prop_assert_eq!(chosen.is_some(), possible);
            let Some(chosen) = chosen else { return Ok(()) };
            prop_assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]) && chosen.iter().all(|seat| all.contains(seat)));
            prop_assert_eq!((chosen.len() as u32, chosen.iter().filter(is_space).count() as u32), (quantity, spaces));
            // nobody takes another space's companion's seat while his own spaces' are free, or ordinary seats are left
            let own = |seat: SeatIndex| house.seats[seat as usize].partner.is_some_and(|space| chosen.contains(&space));
            let strangers = chosen.iter().filter(|seat| vacancy.kind(**seat) == Some(SeatKind::Companion) && !own(**seat)).count() as u32;
            let mine = chosen.iter().filter(is_space).filter_map(|space| vacancy.companion(*space)).collect::<Vec<_>>();
            let there = mine.iter().filter(|seat| chosen.contains(seat)).count() as u32;
            prop_assert_eq!(there, (mine.len() as u32).min(quantity - spaces), "companions first");
            let ordinary = all.iter().filter(|seat| vacancy.kind(**seat) == Some(SeatKind::Ordinary)).count() as u32;
            prop_assert!(strangers == 0 || quantity - spaces - there > ordinary, "{strangers} of other spaces");
        }
    }
}
