//! The order of results: one key for each hit, the same in every segment and generation, and a cursor that continues behind one.

use std::collections::BinaryHeap;

use domain::cursor::{CursorError, CursorKey};
use domain::money::Currency;
use serde::{Deserialize, Serialize};
use tantivy::DocId;

use super::rank;
use crate::index::Fault;
use crate::index::schema::NO_START;
use crate::search::filter::Filters;
use crate::search::question::query::{Query, Sort};
use crate::search::segment::Segment;
use crate::search::words::word::Stage;

/// Smaller stands first: what was asked for, then the start, then the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    pub first: u64,
    pub second: u64,
    #[serde(with = "as_text")]
    pub id: u128,
}

/// JSON numbers end at 64 bits.
mod as_text {
    pub fn serialize<S: serde::Serializer>(id: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{id:x}"))
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text: String = serde::Deserialize::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}

/// Where a page ended, and how its first page read the question: later pages read it alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub after: Key,
    /// The folded name, when names give the order: a key's number counts for one segment only.
    pub name: Option<String>,
    /// What "now" was, in seconds.
    pub now: i64,
    pub stage: Stage,
    pub weights: Vec<u32>,
    /// The question that was answered instead of the typed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<String>,
    /// Whose prices stand first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

impl Position {
    /// Takes     `rows`: the query's [`rows_text`](Query::rows_text).
    pub fn seal(&self, key: &CursorKey, rows: &str) -> String {
        key.seal(rows, self)
    }

    /// Reads the position of a query's cursor; none without one.
    ///
    /// Takes     `rows`: the query's [`rows_text`](Query::rows_text), to which its cursor is bound.
    pub fn open(key: &CursorKey, query: &Query, rows: &str) -> Result<Option<Self>, CursorError> {
        query.cursor.as_deref().map(|token| key.open(rows, token)).transpose()
    }
}

/// How one segment's documents are keyed.
pub struct Order<'a> {
    sort: Sort,
    now: i64,
    filters: &'a Filters<'a>,
    segment: &'a Segment,
}

impl<'a> Order<'a> {
    pub fn new(sort: Sort, now: i64, filters: &'a Filters<'a>, segment: &'a Segment) -> Self {
        Self { sort, now, filters, segment }
    }

    /// The part of the key that decides nearly always.
    #[inline]
    pub fn first(&self, doc: DocId, score: u32) -> u64 {
        let columns = &self.segment.columns;
        match self.sort {
            Sort::Relevance => rank::place(score),
            Sort::Date | Sort::DateName => start(columns.start.first(doc)),
            Sort::DateDescending => descending(start(columns.start.first(doc))),
            Sort::Name | Sort::NameDate => self.by_name(doc),
            Sort::NameDescending => u64::MAX - self.by_name(doc),
            Sort::Distance => u64::from(self.filters.metres(self.segment, doc)),
            Sort::Price => columns.prices(doc).map_or(u64::MAX, |(from, _)| self.price(doc, from)),
            Sort::Popularity => u64::MAX - columns.popularity.first(doc).unwrap_or(0),
        }
    }

    /// The part of the key that decides among equals.
    #[inline]
    pub fn second(&self, doc: DocId) -> u64 {
        let columns = &self.segment.columns;
        let popularity = || columns.popularity.first(doc).unwrap_or(0);
        match self.sort {
            Sort::Date | Sort::DateDescending => 0,
            Sort::NameDate => start(columns.start.first(doc)),
            Sort::DateName => self.by_name(doc),
            _ if doc < columns.undated => u64::MAX - popularity(),
            _ => rank::among_equals(columns.start.first(doc).unwrap_or(NO_START), self.now, popularity()),
        }
    }

    /// The place of a name among the segment's, with room between two.
    fn by_name(&self, doc: DocId) -> u64 {
        self.segment.columns.name.ords().first(doc).unwrap_or(0) * 2 + 1
    }

    /// The place of a price: those of one currency stand together.
    fn price(&self, doc: DocId, from: i64) -> u64 {
        const BITS: u32 = 48;
        let rank = self.filters.rank_of_currency(self.segment.columns.label(doc).currency.into());
        u64::from(rank) << BITS | from.unsigned_abs().min((1 << BITS) - 1)
    }

    /// From this document on all start later than one of this key: documents stand in the order of their starts.
    ///
    /// Takes     `doc`: one that was met; when it starts later itself, the first is not sought.
    pub fn beyond(&self, key: Key, doc: DocId) -> DocId {
        let start = match self.sort {
            Sort::Date | Sort::DateName => i64::try_from(key.first).ok().and_then(|after| NO_START.checked_add(after)),
            Sort::NameDate => i64::try_from(key.second).ok().and_then(|after| NO_START.checked_add(after)),
            Sort::DateDescending => None,
            _ if rank::nearness_of(key.second) >= rank::OVER => None,
            _ => i64::try_from(rank::nearness_of(key.second)).ok().and_then(|after| self.now.checked_add(after)),
        };
        let later = |start: i64| self.segment.columns.start.first(doc).is_some_and(|own| own > start);
        start.map_or(DocId::MAX, |start| if later(start) { doc + 1 } else { self.segment.first_from(start.saturating_add(1)) })
    }

    /// The whole key, once its first part is known.
    pub fn key(&self, doc: DocId, first: u64) -> Key {
        Key { first, second: self.second(doc), id: self.segment.columns.id(doc) }
    }

    /// The key behind which this segment's page begins.
    pub fn after(&self, position: &Position) -> Result<Key, Fault> {
        let Some(name) = &position.name else { return Ok(position.after) };
        let hit = self.segment.columns.name.dictionary().term_ord_or_next(name.as_bytes())?;
        let (ord, exact) = match hit {
            tantivy::columnar::TermOrdHit::Exact(ord) => (ord, true),
            tantivy::columnar::TermOrdHit::Next(ord) => (ord, false),
        };
        let between = if exact { ord.saturating_mul(2).saturating_add(1) } else { ord.saturating_mul(2) };
        Ok(match self.sort {
            Sort::NameDescending => Key { first: u64::MAX - between, ..position.after },
            Sort::DateName => Key { second: between, ..position.after },
            _ => Key { first: between, ..position.after },
        })
    }

    /// The folded name, when names give the order.
    pub fn name(&self, doc: DocId) -> Result<Option<String>, Fault> {
        if !self.sort.by_name() {
            return Ok(None);
        }
        let mut name = String::new();
        let ord = self.segment.columns.name.ords().first(doc).unwrap_or(0);
        self.segment.columns.name.ord_to_str(ord, &mut name)?;
        Ok(Some(name))
    }
}

/// Undated things stand behind all dated ones, in either direction.
fn start(start: Option<i64>) -> u64 {
    start.filter(|start| *start != NO_START).map_or(u64::MAX, |start| (start - NO_START).unsigned_abs())
}

fn descending(start: u64) -> u64 {
    if start == u64::MAX { u64::MAX } else { u64::MAX - 1 - start }
}

/// The first so many of a segment, in order.
pub struct Top {
    most: usize,
    /// The worst on top.
    heap: BinaryHeap<(Key, DocId)>,
}

impl Top {
    pub fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::with_capacity(most + 1) }
    }

    /// Whether a key that begins so can still enter.
    #[inline]
    pub fn may_enter(&self, first: u64) -> bool {
        self.heap.len() < self.most || self.heap.peek().is_some_and(|worst| first <= worst.0.first)
    }

    /// Whether a key that may enter still can with this second part: asked before the id is read.
    #[inline]
    pub fn may_tie(&self, first: u64, second: impl FnOnce() -> u64) -> bool {
        let worst = self.heap.peek().filter(|worst| self.heap.len() == self.most && worst.0.first == first);
        worst.is_none_or(|worst| second() <= worst.0.second)
    }

    /// Gives     the worst key once there are so many, if it was replaced or has just become the worst.
    pub fn push(&mut self, key: Key, doc: DocId) -> Option<Key> {
        if self.heap.len() >= self.most {
            if self.heap.peek().is_none_or(|worst| key >= worst.0) {
                return None;
            }
            self.heap.pop();
        }
        self.heap.push((key, doc));
        self.heap.peek().filter(|_| self.heap.len() == self.most).map(|worst| worst.0)
    }

    pub fn into_sorted(self) -> Vec<(Key, DocId)> {
        self.heap.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_the_smallest_keys_in_order() {
        let mut top = Top::new(3);
        for first in [5, 1, 4, 2, 3] {
            top.push(Key { first, second: 0, id: 0 }, first as DocId);
        }
        assert!(!top.may_enter(4) && top.may_enter(3));
        assert!(!top.may_tie(3, || 1) && top.may_tie(3, || 0) && top.may_tie(2, || unreachable!("the first part decides")));
        assert_eq!(top.into_sorted().into_iter().map(|(_, first)| first).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn what_has_no_date_stands_last_in_both_directions() {
        let (early, late) = (start(Some(0)), start(Some(100)));
        assert!(early < late && late < start(None));
        assert!(descending(late) < descending(early) && descending(early) < descending(start(None)));
    }

    #[test]
    fn a_position_survives_its_cursor() {
        let position = Position {
            after: Key { first: u64::MAX, second: 7, id: u128::MAX },
            name: Some("ö".into()),
            now: -5,
            stage: Stage::Relaxed,
            weights: vec![4],
            corrected: Some("ö".into()),
            currency: None,
        };
        let (key, mut query) = (CursorKey::new([1; 32]), Query::default());
        query.cursor = Some(position.seal(&key, &query.rows_text()));
        assert_eq!(Position::open(&key, &query, &query.rows_text()), Ok(Some(position)));
        query.category = vec!["sports".into()];
        assert_eq!(Position::open(&key, &query, &query.rows_text()), Err(CursorError::Mismatch));
    }
}
