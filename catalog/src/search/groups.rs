//! Dates gathered into their series while a search passes over them.

use tantivy::DocId;

use super::names::NONE;
use super::order::Key;
use super::query::Sort;
use super::rank::nearness;
use super::run::Dates;
use super::segment::Segment;
use crate::index::schema::NO_START;

/// A document: its segment and its number there.
type At = (usize, DocId);

/// All series that were met, by their number.
#[derive(Default)]
pub struct Groups {
    /// By series number: one more than the place in `met`, 0 for none.
    slots: Vec<u32>,
    met: Vec<Group>,
    now: i64,
}

/// The dates of one series.
pub struct Group {
    /// The best key of its dates; under names, whose numbers count for one segment only, that of its next date.
    pub best: Key,
    pub best_at: At,
    /// How near the next date is, its id, and where it stands.
    next: Option<(u64, u128, At)>,
    dates: u64,
    /// City number, first start, dates.
    cities: Vec<(u32, i64, u64)>,
}

impl Groups {
    pub fn at(now: i64) -> Self {
        Self { now, ..Self::default() }
    }

    /// Adds a date to its series; the document of the series itself is in the group, but no date.
    #[allow(clippy::too_many_arguments, reason = "what a pass knows of a document")]
    pub fn add(&mut self, series: u32, at: usize, segment: &Segment, doc: DocId, key: Key, city: u32, by_name: bool) {
        let slot = series as usize;
        if slot >= self.slots.len() {
            self.slots.resize(slot + slot / 4 + 64, 0);
        }
        if self.slots[slot] == 0 {
            self.met.push(Group { best: key, best_at: (at, doc), next: None, dates: 0, cities: Vec::new() });
            self.slots[slot] = self.met.len() as u32;
        }
        let Some(group) = self.met.get_mut(self.slots[slot] as usize - 1) else { return };
        if !by_name && key < group.best {
            (group.best, group.best_at) = (key, (at, doc));
        }
        if doc >= segment.columns.undated {
            let start = segment.columns.start.first(doc).unwrap_or(NO_START);
            let nearer = group.date((nearness(start, self.now), key.id, (at, doc)), city, start);
            if nearer && by_name {
                (group.best, group.best_at) = (key, (at, doc));
            }
        }
    }

    pub fn into_vec(self) -> Vec<Group> {
        self.met
    }
}

impl Group {
    /// Counts a date; tells whether it is the next one so far.
    fn date(&mut self, this: (u64, u128, At), city: u32, start: i64) -> bool {
        self.dates += 1;
        match self.cities.iter_mut().find(|known| known.0 == city) {
            Some(known) => (known.1, known.2) = (known.1.min(start), known.2 + 1),
            None => self.cities.push((city, start, 1)),
        }
        let nearer = self.next.is_none_or(|next| (this.0, this.1) < (next.0, next.1));
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
