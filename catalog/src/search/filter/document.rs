//! Which filters refuse a document of a segment.

use std::ops::Range;

use domain::event::Availability;
use domain::id::EventId;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};
use uuid::Uuid;

use super::bits::bit;
use super::filter::{Filters, Held};
use crate::index::Fault;
use crate::search::effort::Effort;
use crate::search::segment::Segment;

impl<'a> Filters<'a> {
    /// The filters in the terms of a segment.
    pub fn in_segment(&'a self, segment: &'a Segment) -> Result<SegmentFilters<'a>, Fault> {
        let all = 0..segment.reader.max_doc();
        let docs = |terms: &Vec<Term>| docs_of(segment, terms, std::slice::from_ref(&all), &Effort::any());
        let exact = self.exact.iter().map(docs).collect::<Result<_, _>>()?;
        Ok(SegmentFilters { filters: self, segment, exact })
    }
}

/// The documents that have one of some terms, in their order.
pub fn docs_of(segment: &Segment, terms: &[Term], ranges: &[Range<DocId>], effort: &Effort) -> Result<Vec<DocId>, Fault> {
    let mut docs = Vec::new();
    for term in terms {
        if !effort.spend(Effort::LIST) {
            return Ok(docs);
        }
        let Some(mut postings) = segment.columns.keys.read_postings(term, IndexRecordOption::Basic)? else { continue };
        // what is read is looked at, too: more than there are looks need not be read
        if !ranges.is_empty() && !effort.spend(u64::from(postings.doc_freq()) / Effort::POSTINGS) {
            return Ok(docs);
        }
        for range in ranges {
            if postings.doc() < range.start {
                postings.seek(range.start);
            }
            while postings.doc() < range.end && postings.doc() != TERMINATED {
                docs.push(postings.doc());
                postings.advance();
            }
        }
    }
    if terms.len() > 1 {
        docs.sort_unstable();
        docs.dedup();
    }
    Ok(docs)
}

/// The filters of one segment.
pub struct SegmentFilters<'a> {
    pub(super) filters: &'a Filters<'a>,
    pub(super) segment: &'a Segment,
    /// The documents of each group of exact terms.
    pub(super) exact: Vec<Vec<DocId>>,
}

impl<'a> SegmentFilters<'a> {
    /// Those of all segments.
    pub fn all(&self) -> &'a Filters<'a> {
        self.filters
    }

    /// Which filters refuse a document; stops at the first that no facet looks past.
    pub fn fails(&self, doc: DocId) -> u16 {
        let (filters, columns) = (self.filters, &self.segment.columns);
        let mut fails = self.kind_fails(doc);
        if filters.held == Held::Nothing {
            return fails;
        }
        if filters.refuses_cells() {
            fails |= filters.cell_fails(columns.row(doc).cell);
        }
        if fails & filters.hard != 0 {
            return fails;
        }
        if filters.series.as_ref().is_some_and(|allowed| !allowed.has(columns.series.first(doc))) {
            fails |= bit::SERIES;
        }
        if filters.performer.as_ref().is_some_and(|allowed| !columns.performer.all(doc).any(|number| allowed.has(number))) {
            fails |= bit::PERFORMER;
        }
        if self.exact.iter().any(|docs| docs.binary_search(&doc).is_err()) {
            fails |= bit::EXTERNAL;
        }
        fails | self.event_fails(doc)
    }

    fn kind_fails(&self, doc: DocId) -> u16 {
        if doc >= self.segment.columns.undated {
            return 0;
        }
        let kind = self.segment.columns.kind.first(doc).unwrap_or(0) as usize;
        if self.filters.kinds.get(kind).copied().unwrap_or(false) { 0 } else { bit::KIND }
    }

    /// Time, price and availability.
    fn event_fails(&self, doc: DocId) -> u16 {
        let (filters, columns) = (self.filters, &self.segment.columns);
        if doc < columns.undated {
            return filters.undated_fails;
        }
        let mut fails = filters.times.fails(columns, doc);
        let on_sale = || columns.label(doc).sale().closed_badge(filters.now).is_none();
        if filters.query.on_sale.is_some_and(|wanted| wanted != on_sale()) {
            fails |= bit::SALE;
        }
        if filters.prices() && !self.price_allowed(doc) {
            fails |= bit::PRICE;
        }
        let wanted = &filters.query.availability;
        if !wanted.is_empty() && !wanted.contains(&self.availability(doc)) {
            fails |= bit::AVAILABILITY;
        }
        fails
    }

    /// Whether some price of the event lies between the bounds.
    fn price_allowed(&self, doc: DocId) -> bool {
        let (query, columns) = (self.filters.query, &self.segment.columns);
        let Some((from, to)) = columns.prices(doc) else { return false };
        let bounds = query.price_min.is_none_or(|min| to >= min) && query.price_max.is_none_or(|max| from <= max);
        bounds && self.filters.currency.is_none_or(|currency| u32::from(columns.label(doc).currency) == currency)
    }

    /// The badge that the hit will wear.
    pub fn availability(&self, doc: DocId) -> Availability {
        let id = || EventId::from(Uuid::from_u128(self.segment.columns.id(doc)));
        self.segment.columns.label(doc).sale().closed_badge(self.filters.now).unwrap_or_else(|| self.filters.badges.get_lazy(id))
    }
}
