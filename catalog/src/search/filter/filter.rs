//! Which documents a question allows, and for those it refuses, which filter alone did: facets count without their own.

use std::collections::HashSet;
use std::ops::Range;

use domain::event::Availability;
use domain::id::EventId;
use jiff::Timestamp;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};
use uuid::Uuid;

use super::bits::{bit, own_filter};
use super::places::{self, Places, places};
use super::plan::{Lists, Plan};
use super::times::{Calendar, Times};
use crate::index::{Fault, key};
use crate::model::Kind;
use crate::search::effort::Effort;
use crate::search::overlay::Badges;
use crate::search::question::cut;
use crate::search::question::query::{Query, Sort};
use crate::search::segment::Segment;
use crate::search::segment::labels::What;
use crate::search::segment::names::{NONE, Names, Table};
use crate::search::segment::snapshot::Snapshot;

/// How many looks it takes to say when an occasion is in one zone.
const ZONE: u64 = 20;

/// A set of numbers of one table.
struct Allowed(Vec<bool>);

impl Allowed {
    fn of(size: usize, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut allowed = vec![false; size];
        for number in numbers {
            if let Some(slot) = allowed.get_mut(number as usize) {
                *slot = true;
            }
        }
        Self(allowed)
    }

    #[inline]
    fn has(&self, number: u32) -> bool {
        self.0.get(number as usize).copied().unwrap_or(false)
    }
}

/// A question's filters, resolved against the names of one snapshot.
pub struct Filters<'a> {
    query: &'a Query,
    now: Timestamp,
    badges: &'a Badges,
    kinds: [bool; Kind::INDEXED.len()],
    /// By venue number: which place filters refuse it.
    venue_fails: Vec<u16>,
    /// By venue number: its city's; empty unless series are grouped.
    cities: Vec<u32>,
    /// By venue number: metres from `near`.
    metres: Vec<u32>,
    by_venue: bool,
    plan: Plan,
    /// Whether nothing but its kind is left to be held against a document that the plan looks at.
    open: bool,
    category: Option<Allowed>,
    performer: Option<Allowed>,
    series: Option<Allowed>,
    currency: Option<u32>,
    times: Times,
    external: Vec<Term>,
    /// Failing one of these ends a document's evaluation: no facet looks past it.
    hard: u16,
    /// Which filters refuse whatever has no date.
    undated_fails: u16,
}

impl<'a> Filters<'a> {
    pub fn new(query: &'a Query, snapshot: &Snapshot, now: Timestamp, badges: &'a Badges) -> Self {
        let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let hard = !query.facets.iter().fold(0, |bits, facet| bits | own_filter(*facet));
        let mut places = places(query, &names);
        let by_venue = places.refuse_any() || query.near.is_some();
        let ids = |table: &Table, ids: &[Uuid]| {
            (!ids.is_empty()).then(|| Allowed::of(table.len(), ids.iter().flat_map(|id| table.of_id(*id).iter().copied())))
        };
        let categories = categories(query, &names);
        let key = |text: &str| Term::from_field_text(snapshot.fields.key, text);
        let mut filters = Self {
            query,
            now,
            badges,
            kinds: Kind::INDEXED.map(|kind| query.kinds.contains(&kind)),
            by_venue,
            plan: Plan::Words,
            open: false,
            category: (!query.category.is_empty()).then(|| Allowed::of(names.category.len(), categories.iter().copied())),
            performer: ids(&names.performer, &query.performer_id),
            series: ids(&names.series, &query.series_id),
            currency: query.currency.map(|currency| names.currency.of_text(currency.code()).unwrap_or(u32::MAX)),
            times: Times::new(query, now, &names, hard & bit::MONTH != 0),
            external: query.external_id.iter().map(|id| key(&key::external(id))).collect(),
            venue_fails: Vec::new(),
            cities: if query.group_series { names.venues.iter().map(|venue| venue.city).collect() } else { Vec::new() },
            metres: std::mem::take(&mut places.metres),
            hard,
            undated_fails: of_dates(query),
        };
        filters.decide(places, &names, key);
        filters
    }

    /// Decides how the question is answered, in the order in which [`Plan`] says why.
    fn decide(&mut self, places: Places, names: &Names, key: impl Fn(&str) -> Term) {
        let (query, plain) = (self.query, self.asks_no_more());
        let unhindered = !self.by_venue && self.times.only_seconds() && plain;
        let words = !cut::split(&query.q).is_empty();
        let (events, grouped) = (query.kinds == [Kind::Event], query.group_series);
        let uncounted = query.facets.is_empty() && !grouped;
        let listed = matches!(query.sort, Sort::Date | Sort::DateDescending | Sort::Distance);
        if !words && events && uncounted && listed && self.by_venue && plain && self.times.only_days() {
            (self.plan, self.open) = (Plan::Dates(self.lists(places)), true);
            return;
        }
        self.venue_fails = places.fails(names);
        let terms = if words { None } else { self.terms(names, key) };
        (self.plan, self.open) = match terms {
            Some(terms) => (Plan::Terms(terms), unhindered || self.by_whole_cities() && self.times.only_seconds() && plain),
            None if words => (Plan::Words, unhindered),
            None if unhindered && events && !grouped => (Plan::Range, true),
            None => (Plan::Scan, unhindered),
        };
    }

    /// How many looks it takes to read the filters of a question.
    pub fn looks(query: &Query, snapshot: &Snapshot) -> u64 {
        let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let zones = if query.when.is_some() { names.zones.len() as u64 * ZONE } else { 0 };
        let categories = if query.category.is_empty() { 0 } else { names.category.len() as u64 };
        places::looks(query, &names) + zones + categories
    }

    fn lists(&self, places: Places) -> Lists {
        if let Some(cities) = places.cities {
            return Lists::Cities(cities);
        }
        let mut venues = places.allowed;
        if self.query.sort == Sort::Distance {
            venues.sort_by_key(|venue| self.metres_of(*venue));
        }
        Lists::Venues(venues)
    }

    /// The narrowest exact terms of which every allowed document has one.
    fn terms(&self, names: &Names, key: impl Fn(&str) -> Term) -> Option<Vec<Term>> {
        let query = self.query;
        let hard = |bits: u16| self.hard & bits == bits;
        if !query.external_id.is_empty() {
            return Some(self.external.clone());
        }
        if !query.performer_id.is_empty() && hard(bit::PERFORMER) {
            return Some(query.performer_id.iter().map(|id| key(&key::performer(*id))).collect());
        }
        if !query.series_id.is_empty() {
            return Some(query.series_id.iter().map(|id| key(&key::series(*id))).collect());
        }
        if !query.venue_id.is_empty() && hard(bit::VENUE) {
            return Some(query.venue_id.iter().map(|id| key(&key::venue(*id))).collect());
        }
        let places = bit::CITY | bit::PLACE | bit::COUNTRY;
        let narrows = self.venue_fails.iter().any(|fails| fails & places & self.hard != 0);
        if narrows {
            return Some(self.terms_by_place(names, key, places));
        }
        (!query.category.is_empty() && hard(bit::CATEGORY)).then(|| {
            categories(query, names).into_iter().map(|number| key(&key::category(names.category.text(number)))).collect()
        })
    }

    /// The cities of all allowed venues; a venue without a city by itself.
    fn terms_by_place(&self, names: &Names, key: impl Fn(&str) -> Term, places: u16) -> Vec<Term> {
        let mut cities = HashSet::new();
        let mut terms = Vec::new();
        for (number, entry) in names.venues.iter().enumerate().skip(1) {
            if self.venue_fails[number] & places & self.hard != 0 {
                continue;
            }
            match (&entry.row, names.cities[entry.city as usize].id) {
                (_, Some(city)) if cities.insert(city) => terms.push(key(&key::city(city))),
                (Some(row), None) => terms.push(key(&key::venue(row.id))),
                _ => {}
            }
        }
        terms
    }

    /// The documents of a segment that the kinds and the time range leave, as ranges.
    pub fn ranges(&self, segment: &Segment) -> Vec<Range<DocId>> {
        let undated = segment.columns.undated;
        let mut ranges = Vec::with_capacity(2);
        if self.kinds[1..].contains(&true) && undated > 0 {
            ranges.push(0..undated);
        }
        if self.kinds[Kind::Event as usize] {
            let (from, to) = (segment.first_from(self.times.seconds.start), segment.first_from(self.times.seconds.end));
            let from = from.max(undated);
            if from < to {
                ranges.push(from..to);
            }
        }
        ranges
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn calendar<'b>(&'b self, segment: &'b Segment, range: &Range<DocId>) -> Calendar<'b> {
        self.times.calendar(&segment.columns, segment.reader.max_doc(), range)
    }

    /// Whether every document within the ranges is allowed, so that none need be looked at.
    pub fn allows_all(&self) -> bool {
        self.open && self.one_kind_of_range()
    }

    /// Whether the terms are those of the cities asked for, and nothing else is asked of a document's place.
    fn by_whole_cities(&self) -> bool {
        let query = self.query;
        let whole_cities =
            query.near.is_none() && query.bbox.is_none() && query.postal_code.is_empty() && query.country.is_empty();
        let others = [&query.venue_id, &query.performer_id, &query.series_id].into_iter().any(|ids| !ids.is_empty());
        let by_city = !query.city.is_empty() && self.hard & bit::CITY != 0 && query.external_id.is_empty();
        by_city && whole_cities && !others
    }

    /// Whether kind, place and time are all that is asked for.
    fn asks_no_more(&self) -> bool {
        let query = self.query;
        let nobody = self.category.is_none() && self.performer.is_none() && self.series.is_none();
        nobody && self.external.is_empty() && query.availability.is_empty() && query.on_sale.is_none() && !self.prices()
    }

    fn one_kind_of_range(&self) -> bool {
        let undated = &self.kinds[1..];
        !undated.contains(&true) || !undated.contains(&false)
    }

    fn prices(&self) -> bool {
        by_price(self.query)
    }

    /// The filters in the terms of a segment.
    pub fn in_segment(&'a self, segment: &'a Segment) -> Result<SegmentFilters<'a>, Fault> {
        let external = if self.external.is_empty() {
            Vec::new()
        } else {
            docs_of(segment, &self.external, std::slice::from_ref(&(0..segment.reader.max_doc())), &Effort::any())?
        };
        Ok(SegmentFilters { filters: self, segment, external })
    }

    /// The number of a document's city, when series are grouped.
    pub fn city(&self, segment: &Segment, doc: DocId) -> u32 {
        self.cities.get(segment.columns.venue_of(doc) as usize).copied().unwrap_or(NONE)
    }

    /// Metres from the place that was asked for; the furthest for what has no place.
    pub fn metres(&self, segment: &Segment, doc: DocId) -> u32 {
        self.metres_of(segment.columns.venue_of(doc))
    }

    /// Metres of a venue from the place that was asked for; the furthest for one without a place.
    pub fn metres_of(&self, venue: u32) -> u32 {
        self.metres.get(venue as usize).copied().unwrap_or(u32::MAX)
    }
}

/// The numbers of the categories asked for, in any case.
pub fn categories(query: &Query, names: &Names) -> Vec<u32> {
    if query.category.is_empty() {
        return Vec::new();
    }
    let asked: Vec<String> = query.category.iter().map(|category| category.to_lowercase()).collect();
    let named = names.category.texts().zip(0..).filter(|(text, _)| asked.contains(&text.to_lowercase()));
    named.map(|(_, number)| number).collect()
}

fn by_price(query: &Query) -> bool {
    query.price_min.is_some() || query.price_max.is_some() || query.currency.is_some()
}

/// The filters that only a date can meet. The range of time is none of them: it has a default, and a performer is no less there for it.
fn of_dates(query: &Query) -> u16 {
    let asked = [
        (query.when.is_some(), bit::WHEN),
        (!query.month.is_empty(), bit::MONTH),
        (query.on_sale.is_some(), bit::SALE),
        (by_price(query), bit::PRICE),
        (!query.availability.is_empty(), bit::AVAILABILITY),
    ];
    asked.into_iter().filter(|(asked, _)| *asked).fold(0, |bits, (_, bit)| bits | bit)
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
    filters: &'a Filters<'a>,
    segment: &'a Segment,
    external: Vec<DocId>,
}

impl SegmentFilters<'_> {
    /// Which filters refuse a document; stops at the first that no facet looks past.
    pub fn fails(&self, doc: DocId) -> u16 {
        let (filters, columns) = (self.filters, &self.segment.columns);
        let mut fails = self.kind_fails(doc);
        if filters.open {
            return fails;
        }
        if filters.by_venue {
            fails |= filters.venue_fails.get(columns.venue_of(doc) as usize).copied().unwrap_or(0);
        }
        if fails & filters.hard != 0 {
            return fails;
        }
        if filters.category.as_ref().is_some_and(|allowed| !allowed.has(columns.category_of(doc))) {
            fails |= bit::CATEGORY;
        }
        if filters.series.as_ref().is_some_and(|allowed| !allowed.has(columns.series.first(doc))) {
            fails |= bit::SERIES;
        }
        if filters.performer.as_ref().is_some_and(|allowed| !columns.performer.all(doc).any(|number| allowed.has(number))) {
            fails |= bit::PERFORMER;
        }
        if !filters.external.is_empty() && self.external.binary_search(&doc).is_err() {
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
        let on_sale = || columns.sale(doc).closed_badge(filters.now).is_none();
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
        bounds && self.filters.currency.is_none_or(|currency| columns.number_of(What::Currency, doc) == currency)
    }

    /// The badge that the hit will wear.
    pub fn availability(&self, doc: DocId) -> Availability {
        let id = || EventId::from(Uuid::from_u128(self.segment.columns.id(doc)));
        self.segment.columns.sale(doc).closed_badge(self.filters.now).unwrap_or_else(|| self.filters.badges.get_lazy(id))
    }
}
