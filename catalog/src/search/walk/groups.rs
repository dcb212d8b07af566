//! Dates gathered into their series. While a search passes over them, of each series only the best place is kept; what a hit says of
//! its series is gathered afterwards, of those that may stand on the page.

use tantivy::DocId;

use super::order::{Key, Order};
use super::paged::Dates;
use super::rank::nearness;
use crate::index::schema::NO_START;
use crate::search::question::query::Sort;
use crate::search::segment::Segment;
use crate::search::segment::names::NONE;

/// A document: its segment and its number there.
type At = (usize, DocId);

/// All dates that were met, and the best place of each series.
#[derive(Default)]
pub struct Met {
    /// By series number: the first part of the best key, at most [`LAST`]; [`ABSENT`] for a series that was not met.
    best: Vec<u64>,
    series: u64,
    /// By segment.
    dates: Vec<Vec<Date>>,
}

const ABSENT: u64 = u64::MAX;
const LAST: u64 = ABSENT - 1;

/// A date of a series, or the series' own document.
#[derive(Debug, Clone, Copy)]
pub struct Date {
    pub series: u32,
    pub doc: DocId,
    /// When scores give the order.
    pub score: u32,
}

impl Met {
    /// Notes a date and the first part of its key.
    pub fn note(&mut self, at: usize, date: Date, first: u64) {
        let slot = date.series as usize;
        if slot >= self.best.len() {
            self.best.resize(slot + slot / 4 + 64, ABSENT);
        }
        let best = &mut self.best[slot];
        self.series += u64::from(*best == ABSENT);
        *best = first.min(LAST).min(*best);
        if at >= self.dates.len() {
            self.dates.resize_with(at + 1, Vec::new);
        }
        self.dates[at].push(date);
    }

    /// How many series were met.
    pub fn series(&self) -> u64 {
        self.series
    }

    /// Leaves the dates of the series that may be among the `most` that follow a key.
    pub fn keep_page(&mut self, most: usize, after: Option<Key>) {
        let from = after.map_or(0, |after| after.first.min(LAST));
        let mut behind: Vec<u64> = self.best.iter().copied().filter(|best| (from..ABSENT).contains(best)).collect();
        // of those that begin as the key does, all may stand before it
        let before = if after.is_some() { behind.iter().filter(|best| **best == from).count() } else { 0 };
        let last = most.saturating_add(before).min(behind.len()).checked_sub(1);
        let to = last.map_or(LAST, |last| *behind.select_nth_unstable(last).1);
        let best = &self.best;
        let kept = |date: &Date| (from..=to).contains(&best[date.series as usize]);
        self.dates.iter_mut().for_each(|dates| dates.retain(kept));
    }

    /// The dates with the numbers of their segments.
    pub fn into_dates(self) -> impl Iterator<Item = (usize, Vec<Date>)> {
        self.dates.into_iter().enumerate()
    }
}

/// Series with what their hits say.
pub struct Groups {
    /// By series number: one more than the place in `groups`, 0 for none.
    slots: Vec<u32>,
    groups: Vec<Group>,
    now: i64,
    by_name: bool,
}

/// The dates of one series.
pub struct Group {
    /// The best key of its dates; under names, whose numbers count for one segment only, that of its next date.
    pub best: Key,
    pub best_at: At,
    /// Whether the next date is cancelled, how near it is, its id, and where it stands.
    next: Option<(bool, u64, u128, At)>,
    dates: u64,
    /// City number, first start, dates.
    cities: Vec<(u32, i64, u64)>,
}

impl Groups {
    pub fn new(now: i64, by_name: bool) -> Self {
        Self { slots: Vec::new(), groups: Vec::new(), now, by_name }
    }

    /// Adds a date to its series; the document of the series itself is in the group, but no date.
    pub fn add(&mut self, at: usize, segment: &Segment, date: Date, order: &Order<'_>, city: u32) {
        let (doc, slot, by_name) = (date.doc, date.series as usize, self.by_name);
        let key = order.key(doc, order.first(doc, date.score));
        if slot >= self.slots.len() {
            self.slots.resize(slot + slot / 4 + 64, 0);
        }
        if self.slots[slot] == 0 {
            self.groups.push(Group { best: key, best_at: (at, doc), next: None, dates: 0, cities: Vec::new() });
            self.slots[slot] = self.groups.len() as u32;
        }
        let Some(group) = self.groups.get_mut(self.slots[slot] as usize - 1) else { return };
        if !by_name && key < group.best {
            (group.best, group.best_at) = (key, (at, doc));
        }
        if doc >= segment.columns.undated {
            let start = segment.columns.start.first(doc).unwrap_or(NO_START);
            let cancelled = segment.columns.label(doc).sale().cancelled;
            let nearer = group.date((cancelled, nearness(start, self.now), key.id, (at, doc)), city, start);
            if nearer && by_name {
                (group.best, group.best_at) = (key, (at, doc));
            }
        }
    }

    pub fn into_vec(self) -> Vec<Group> {
        self.groups
    }
}

impl Group {
    /// Counts a date; tells whether it is the next one so far: one that takes place, if there is any.
    fn date(&mut self, this: (bool, u64, u128, At), city: u32, start: i64) -> bool {
        self.dates += 1;
        match self.cities.iter_mut().find(|known| known.0 == city) {
            Some(known) => (known.1, known.2) = (known.1.min(start), known.2 + 1),
            None => self.cities.push((city, start, 1)),
        }
        let nearer = self.next.is_none_or(|next| (this.0, this.1, this.2) < (next.0, next.1, next.2));
        if nearer {
            self.next = Some(this);
        }
        nearer
    }

    /// The date that the hit shows: the one that decides its place in the order, or the next one where words, names or popularity do.
    pub fn stands_for(&self, sort: Sort) -> At {
        let of_its_own = matches!(sort, Sort::Date | Sort::DateDescending | Sort::Distance | Sort::Price);
        match self.next {
            Some((.., next)) if !of_its_own => next,
            _ => self.best_at,
        }
    }

    /// None for a series without a date that matches.
    pub fn dates(&self) -> Option<Dates> {
        let (.., next) = self.next?;
        let mut cities: Vec<_> = self.cities.iter().filter(|(city, ..)| *city != NONE).collect();
        cities.sort_unstable_by_key(|(city, first, _)| (*first, *city));
        let cities = cities.into_iter().map(|(city, _, dates)| (*city, *dates)).collect();
        Some(Dates { count: self.dates, next, cities })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_the_dates_of_those_that_may_stand_on_it() {
        let kept = |most, after: Option<u64>| {
            let mut met = Met::default();
            for (doc, series, first) in [(0, 1, 50), (1, 2, 20), (2, 3, 20), (3, 4, u64::MAX), (4, 1, 10), (5, 5, 30), (6, 2, 99)]
            {
                met.note(usize::from(doc > 3), Date { series, doc, score: 0 }, first);
            }
            assert_eq!(met.series(), 5);
            met.keep_page(most, after.map(|first| Key { first, second: 0, id: 0 }));
            met.into_dates().flat_map(|(_, dates)| dates).map(|date| date.doc).collect::<Vec<_>>()
        };
        assert_eq!(kept(1, None), [0, 4], "all dates of the best");
        assert_eq!(kept(2, None), [0, 1, 2, 4, 6], "and of two that begin alike");
        assert_eq!(kept(1, Some(20)), [1, 2, 5, 6], "either of the two may stand before the key");
        assert_eq!(kept(1, Some(21)), [5]);
        assert_eq!(
            (kept(9, Some(40)), kept(1, Some(u64::MAX))),
            (vec![3], vec![3]),
            "what has no place in the order stands last"
        );
    }
}
