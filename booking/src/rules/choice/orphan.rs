//! The orphan rule: a choice leaves no seat single that was not, where as many seats of the same block can be had without.
//!
//! A block is a stretch of free ordinary seats side by side; aisles, row ends, held, sold and blocked seats end it, and so do wheelchair
//! spaces and their companions' seats, which are kept for each other. Another tier does not: who comes next may buy either.
//!
//! The rule is the lenient one of the two that are in use: it looks at the block alone, not at the whole house. So nobody is sent to another
//! row or price for the sake of a seat; what is legal can be said from the row that is looked at, here and in a browser; and nothing is
//! refused where nothing legal is left. Of a block of `n` seats with `k` of them chosen:
//!
//! | left, `n - k` | a seat left single is |
//! |---|---|
//! | 0 | impossible |
//! | 1 | allowed: whichever are chosen, one is left, and a party is never split to save a seat |
//! | 2 or more | refused: the `k` at either end of the block leave none single |
//!
//! Source    seats.io `noOrphanSeats` (mode `lenient`).

use std::ops::Range;

use domain::SeatIndex;

use crate::rules::refusal::Refusal;
use crate::rules::vacancy::{Kinds, SeatKind, Vacancy};

/// How many other choices an offence tells.
const ALTERNATIVES: usize = 4;

/// A choice that the rule refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offence {
    /// The seats that it would leave single, in map order.
    pub seats: Vec<SeatIndex>,
    /// Choices of as many seats of the same blocks that leave none single, the nearest to what was chosen first.
    pub alternatives: Vec<Vec<SeatIndex>>,
}

/// The seats of a block that would be single and were not. `chosen`: those of the block, in map order.
pub fn singles(block: &Range<SeatIndex>, chosen: &[SeatIndex]) -> Vec<SeatIndex> {
    if block.len() < 2 {
        return Vec::new();
    }
    let ends = chosen.iter().copied().chain([block.end]);
    let starts = [block.start].into_iter().chain(chosen.iter().map(|seat| seat + 1));
    starts.zip(ends).filter(|(start, end)| end - start == 1).map(|(start, _)| start).collect()
}

/// Whether seats side by side leave one of their block single: [`singles`] without a list.
pub fn leaves_single(block: &Range<SeatIndex>, run: &Range<SeatIndex>) -> bool {
    run.start - block.start == 1 || block.end - run.end == 1
}

impl Vacancy<'_> {
    /// The seats of all blocks that a choice would newly leave single. `chosen`: free seats of any rows, in map order.
    pub fn new_singles(&self, chosen: &[SeatIndex]) -> Vec<SeatIndex> {
        self.touched(chosen).flat_map(|(block, own)| singles(&block, &own)).collect()
    }

    /// Judges a choice of free seats, in any order.
    ///
    /// Cost      one walk along each row that is chosen from.
    pub fn offence(&self, chosen: &[SeatIndex]) -> Option<Offence> {
        let mut chosen = chosen.to_vec();
        chosen.sort_unstable();
        let offends =
            |(block, own): &(Range<SeatIndex>, Vec<SeatIndex>)| block.len() - own.len() >= 2 && !singles(block, own).is_empty();
        let offending: Vec<_> = self.touched(&chosen).filter(offends).collect();
        if offending.is_empty() {
            return None;
        }
        let seats = offending.iter().flat_map(|(block, own)| singles(block, own)).collect();
        Some(Offence { seats, alternatives: alternatives(&chosen, &offending) })
    }

    /// Refuses   orphan_seat, with what to choose instead.
    pub fn check_orphans(&self, chosen: &[SeatIndex]) -> Result<(), Refusal> {
        let Some(Offence { seats, alternatives }) = self.offence(chosen) else { return Ok(()) };
        let ids = |seats: Vec<SeatIndex>| seats.into_iter().map(|seat| self.house().seat_id(seat)).collect();
        Err(Refusal::OrphanSeat { seats: ids(seats), alternatives: alternatives.into_iter().map(ids).collect() })
    }

    /// The blocks that a choice takes from, with what it takes: ordinary seats only, the others are in no block.
    fn touched(&self, chosen: &[SeatIndex]) -> impl Iterator<Item = (Range<SeatIndex>, Vec<SeatIndex>)> {
        let ordinary: Vec<SeatIndex> =
            chosen.iter().copied().filter(|seat| self.kind(*seat) == Some(SeatKind::Ordinary)).collect();
        let mut rows: Vec<u32> = ordinary.iter().map(|seat| self.house().seats[*seat as usize].row).collect();
        rows.dedup();
        let blocks: Vec<_> = rows.into_iter().flat_map(|row| self.blocks(row as usize, Kinds::Ordinary)).collect();
        blocks.into_iter().filter_map(move |block| {
            let own: Vec<SeatIndex> = ordinary.iter().copied().filter(|seat| block.contains(seat)).collect();
            (!own.is_empty()).then_some((block, own))
        })
    }
}

/// Other choices of as many seats: the n-th best of every offending block, or its last; what else was chosen stays.
fn alternatives(chosen: &[SeatIndex], offending: &[(Range<SeatIndex>, Vec<SeatIndex>)]) -> Vec<Vec<SeatIndex>> {
    let legal: Vec<Vec<Range<SeatIndex>>> = offending.iter().map(|(block, own)| legal_runs(block, own)).collect();
    let most = legal.iter().map(Vec::len).max().unwrap_or(0).min(ALTERNATIVES);
    let kept = chosen.iter().filter(|seat| !offending.iter().any(|(_, own)| own.contains(seat)));
    let choice = |n: usize| {
        let runs = legal.iter().filter_map(|runs| runs.get(n).or(runs.last()));
        let mut seats: Vec<SeatIndex> = kept.clone().copied().chain(runs.cloned().flatten()).collect();
        seats.sort_unstable();
        seats
    };
    (0..most).map(choice).collect()
}

/// As many seats of a block side by side that leave none single, the nearest to those chosen first.
fn legal_runs(block: &Range<SeatIndex>, own: &[SeatIndex]) -> Vec<Range<SeatIndex>> {
    let len = own.len() as SeatIndex;
    let runs = (block.start..=block.end - len).map(|first| first..first + len);
    let mut legal: Vec<_> = runs.filter(|run| !leaves_single(block, run)).collect();
    let away = |run: &Range<SeatIndex>| run.clone().zip(own).map(|(new, old)| new.abs_diff(*old)).sum::<u32>();
    legal.sort_by_key(|run| (away(run), run.start));
    legal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::{hall, places};
    use proptest::prelude::*;

    /// What a choice would leave single, `|`, and the alternatives; rows and choice as text: capitals of the second are chosen.
    fn judged(rows: &[&str], chosen: &[SeatIndex]) -> String {
        let inventory = hall(rows);
        match inventory.vacancy().offence(chosen) {
            None => "legal".into(),
            Some(Offence { seats, alternatives }) => {
                let told: Vec<String> = alternatives.iter().map(|seats| places(&inventory, seats)).collect();
                format!("{} | {}", places(&inventory, &seats), told.join(", "))
            }
        }
    }

    #[test]
    fn a_choice_is_refused_only_where_its_block_has_one_without_a_single_seat() {
        let table: [(&[&str], &[SeatIndex], &str); 18] = [
            (&["....."], &[0, 1], "legal"),
            (&["....."], &[1], "A-1 | A-1, A-3, A-5"),
            (&["....."], &[1, 2], "A-1 | A-1 A-2, A-4 A-5"),
            (&["....."], &[0, 2], "A-2 | A-1 A-2, A-4 A-5"),
            (&["....."], &[2, 1], "A-1 | A-1 A-2, A-4 A-5"),
            (&["......"], &[1, 4], "A-1 A-6 | A-3 A-4, A-1 A-2, A-5 A-6"),
            // one is left in any case
            (&["..."], &[0, 1], "legal"),
            (&["..."], &[0, 2], "legal"),
            (&[".."], &[0], "legal"),
            (&["..."], &[1], "A-1 A-3 | A-1, A-3"),
            // nothing is left, and what was single before stays so
            (&["..."], &[0, 1, 2], "legal"),
            (&[".x..."], &[2, 3], "legal"),
            (&[".x...."], &[2, 3], "legal"),
            // aisles, row ends and taken seats end a block
            (&["..|..."], &[3], "A-3 A-5 | A-3, A-5"),
            (&["....", "...."], &[3, 4], "legal"),
            (&["..x...."], &[4], "A-4 | A-4, A-7"),
            // a party in two blocks is judged block by block, and never split to save a seat
            (&["...x...."], &[0, 1, 5], "A-5 | A-1 A-2 A-5, A-1 A-2 A-8"),
            (&[".....", "....."], &[1, 6], "A-1 B-1 | A-1 B-1, A-3 B-3, A-5 B-5"),
        ];
        for (rows, chosen, said) in table {
            assert_eq!(judged(rows, chosen), said, "{rows:?} {chosen:?}");
        }
    }

    #[test]
    fn wheelchair_spaces_and_their_companions_stand_outside() {
        let table: [(&str, &[SeatIndex], &str); 8] = [
            ("cw...", &[0, 1], "legal"),
            ("cw...", &[1], "legal"),
            ("cw...", &[0, 1, 2], "legal"),
            ("cw...", &[0, 1, 3], "A-3 A-5 | A-1 A-2 A-3, A-1 A-2 A-5"),
            // they end a block like an aisle
            ("...cw", &[1], "A-1 A-3 | A-1, A-3"),
            ("...cw", &[0, 1], "legal"),
            // until the space is taken without its companion
            ("...cW", &[0, 1], "legal"),
            ("...cW", &[0, 1, 2], "legal"),
        ];
        for (row, chosen, said) in table {
            assert_eq!(judged(&[row], chosen), said, "{row} {chosen:?}");
        }
    }

    #[test]
    fn another_tier_does_not_end_a_block_and_no_more_than_four_alternatives_are_told() {
        let many = judged(&["............"], &[1]);
        assert_eq!(many, "A-1 | A-1, A-3, A-4, A-5");
    }

    /// The plainest model: which seats have no free neighbour, before and after.
    fn single(row: &[bool], gaps: &[bool]) -> Vec<bool> {
        let free = |n: usize| row.get(n).copied().unwrap_or(false);
        let left = |n: usize| n > 0 && !gaps[n - 1] && free(n - 1);
        let right = |n: usize| !gaps[n] && free(n + 1);
        (0..row.len()).map(|n| row[n] && !left(n) && !right(n)).collect()
    }

    proptest! {
        #[test]
        fn what_is_refused_leaves_a_new_single_and_could_have_done_without(
            seats in proptest::collection::vec((any::<bool>(), proptest::bool::weighted(0.2)), 1..10),
            wish in any::<u16>(),
        ) {
            let (free, gaps): (Vec<bool>, Vec<bool>) = seats.iter().copied().unzip();
            let text: String = seats.iter().map(|(free, gap)| format!("{}{}", if *free { '.' } else { 'x' }, if *gap { "|" } else { "" })).collect();
            let inventory = hall(&[text.trim_end_matches('|')]);
            let mut gaps = gaps;
            if let Some(last) = gaps.last_mut() {
                *last = false;
            }
            let chosen: Vec<SeatIndex> = (0..free.len() as u32).filter(|n| free[*n as usize] && wish >> n & 1 == 1).collect();
            let before = single(&free, &gaps);
            let left_by = |chosen: &[SeatIndex]| -> Vec<SeatIndex> {
                let after: Vec<bool> = (0..).zip(&free).map(|(n, free)| *free && !chosen.contains(&n)).collect();
                let after = single(&after, &gaps);
                (0..free.len() as u32).filter(|n| after[*n as usize] && !before[*n as usize]).collect()
            };
            prop_assert_eq!(inventory.vacancy().new_singles(&chosen), left_by(&chosen));
            // block by block: another choice of as many seats of it that leaves none single
            let blocks: Vec<_> = inventory.vacancy().blocks(0, Kinds::Ordinary).collect();
            let own = |block: &Range<SeatIndex>| chosen.iter().copied().filter(|seat| block.contains(seat)).collect::<Vec<_>>();
            let could = |block: &Range<SeatIndex>| {
                let len = own(block).len() as u32;
                (block.start..=block.end - len).any(|first| left_by(&(first..first + len).collect::<Vec<_>>()).is_empty())
            };
            let wrong: Vec<SeatIndex> =
                blocks.iter().filter(|block| could(block)).flat_map(|block| left_by(&own(block))).collect();
            let offence = inventory.vacancy().offence(&chosen);
            prop_assert_eq!(offence.clone().map(|offence| offence.seats).unwrap_or_default(), wrong);
            for alternative in offence.into_iter().flat_map(|offence| offence.alternatives) {
                prop_assert_eq!(alternative.len(), chosen.len());
                prop_assert!(alternative.iter().all(|seat| free[*seat as usize]));
                prop_assert_eq!(inventory.vacancy().offence(&alternative), None);
            }
        }

        #[test]
        fn a_run_is_judged_like_any_choice(before in 0_u32..5, len in 1_u32..5, after in 0_u32..5) {
            let (block, run) = (3..3 + before + len + after, 3 + before..3 + before + len);
            let chosen: Vec<SeatIndex> = run.clone().collect();
            prop_assert_eq!(leaves_single(&block, &run), !singles(&block, &chosen).is_empty());
        }
    }
}
