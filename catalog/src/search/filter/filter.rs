//! Which documents a question allows, and for those it refuses, which filter alone did: facets count without their own.

use std::collections::HashSet;
use std::ops::Range;

use jiff::Timestamp;
use tantivy::{DocId, Term};
use uuid::Uuid;

use super::bits::{bit, own_filter};
use super::places::{self, Places, places};
use super::plan::{Plan, Shape};
use super::times::{Calendar, Times};
use crate::index::key;
use crate::model::Kind;
use crate::search::overlay::Badges;
use crate::search::question::cut;
use crate::search::question::query::{Query, Sort};
use crate::search::segment::Segment;
use crate::search::segment::cells::Cell;
use crate::search::segment::names::{NONE, Names, Table};
use crate::search::segment::register::Listed;
use crate::search::segment::snapshot::Snapshot;

/// How many looks it takes to say when an occasion is in one zone.
const ZONE: u64 = 20;

/// A set of numbers of one table.
pub struct Allowed(Vec<bool>);

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

    /// The rows of some ids; none without any.
    fn rows<T>(table: &Table<T>, ids: &[Uuid]) -> Option<Self> {
        (!ids.is_empty()).then(|| Self::of(table.len(), ids.iter().flat_map(|id| table.of_id(*id).iter().copied())))
    }

    #[inline]
    pub fn has(&self, number: u32) -> bool {
        self.0.get(number as usize).copied().unwrap_or(false)
    }
}

/// What is held against a document, beside its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Nothing,
    /// Its place and its category, which its cell tells.
    Cell,
    All,
}

/// A question's filters, resolved against the names of one snapshot.
pub struct Filters<'a> {
    pub(super) query: &'a Query,
    pub(super) now: Timestamp,
    pub(super) badges: &'a Badges,
    pub(super) kinds: [bool; Kind::INDEXED.len()],
    /// By venue number: which place filters refuse it.
    pub(super) venue_fails: Vec<u16>,
    /// By cell: which filters of place and category refuse it; empty when there are none.
    pub(super) cell_fails: Vec<u16>,
    /// By venue number: its city's; empty unless series are grouped.
    pub(super) cities: Vec<u32>,
    /// By venue number: metres from `near`.
    pub(super) metres: Vec<u32>,
    pub(super) by_venue: bool,
    pub(super) plan: Plan,
    /// Whose dates are looked at, with [`Plan::Dates`] and where distance gives the order: the nearest first when it does.
    pub(super) lists: (Listed, Vec<u32>),
    /// With [`Plan::Names`] and [`Plan::Terms`]: the narrowest exact terms of which every allowed document has one.
    pub(super) terms: Vec<Term>,
    pub(super) held: Held,
    pub(super) category: Option<Allowed>,
    pub(super) performer: Option<Allowed>,
    pub(super) series: Option<Allowed>,
    pub(super) currency: Option<u32>,
    /// By currency number, where prices give the order: whose stand first, then the others by their codes.
    pub(super) ranks: Vec<u16>,
    pub(super) times: Times,
    /// Exact terms: of each group an event has one.
    pub(super) exact: Vec<Vec<Term>>,
    /// Failing one of these ends a document's evaluation: no facet looks past it.
    pub(super) hard: u16,
    /// Which filters refuse whatever has no date.
    pub(super) undated_fails: u16,
}

impl<'a> Filters<'a> {
    pub fn new(query: &'a Query, snapshot: &Snapshot, now: Timestamp, badges: &'a Badges) -> Self {
        let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let hard = !query.facets.iter().fold(0, |bits, facet| bits | own_filter(*facet));
        let mut places = places(query, &names);
        let elsewhere = snapshot.segments.iter().any(|segment| segment.columns.any_begins_elsewhere());
        let by_venue = places.refuse_any() || query.near.is_some();
        let categories = categories(query, &names);
        let key = |text: &str| Term::from_field_text(snapshot.fields.key, text);
        let mut filters = Self {
            query,
            now,
            badges,
            kinds: Kind::INDEXED.map(|kind| query.kinds.contains(&kind)),
            by_venue,
            plan: Plan::Words,
            lists: (Listed::Venue, Vec::new()),
            terms: Vec::new(),
            held: Held::All,
            category: (!query.category.is_empty()).then(|| Allowed::of(names.category.len(), categories.iter().copied())),
            performer: Allowed::rows(&names.performer, &query.performer_id),
            series: Allowed::rows(&names.series, &query.series_id),
            currency: query.currency.map(|currency| names.currency.of_text(currency.code()).unwrap_or(u32::MAX)),
            ranks: if query.sort == Sort::Price { ranks(query, &names) } else { Vec::new() },
            times: Times::new(query, now, &names, hard & bit::MONTH != 0, elsewhere),
            exact: exact(query, &names, key),
            venue_fails: Vec::new(),
            cell_fails: Vec::new(),
            cities: if query.group_series { names.venues.iter().map(|venue| venue.city).collect() } else { Vec::new() },
            metres: std::mem::take(&mut places.metres),
            hard,
            undated_fails: of_dates(query),
        };
        filters.decide(places, &names, key);
        filters
    }

    /// Decides how the question is answered, and makes ready what that takes.
    fn decide(&mut self, places: Places, names: &Names, key: impl Fn(&str) -> Term) {
        let shape = self.shape();
        self.plan = Plan::of(&shape);
        let by_cell = !shape.others && self.times.only_seconds();
        if self.plan == Plan::Dates {
            (self.lists, self.held) = (self.lists(places), Held::Nothing);
            return;
        }
        self.venue_fails = places.fails(names);
        if shape.by_place || shape.by_category {
            self.cell_fails = names.cells.all().iter().map(|cell| self.fails_of(*cell)).collect();
        }
        match self.plan {
            Plan::Names | Plan::Terms => self.terms = self.terms(names, key),
            Plan::Cells if self.query.sort == Sort::Distance => self.lists = (Listed::Venue, self.nearest_first()),
            _ => {}
        }
        let whole_cities = self.plan == Plan::Terms && self.by_whole_cities() && !shape.by_category;
        self.held = match () {
            () if by_cell && (whole_cities || self.cell_fails.is_empty()) => Held::Nothing,
            () if by_cell => Held::Cell,
            () => Held::All,
        };
    }

    fn shape(&self) -> Shape {
        let query = self.query;
        let hard = |bits: u16| self.hard & bits == bits;
        let nobody = self.performer.is_none() && self.series.is_none() && self.exact.is_empty();
        let plain = nobody && query.availability.is_empty() && query.on_sale.is_none() && !self.prices();
        let by_category = self.category.is_some();
        let performers = !query.performer_id.is_empty() && hard(bit::PERFORMER);
        let houses = !query.venue_id.is_empty() && hard(bit::VENUE);
        let by_area = query.near.is_some() || query.bbox.is_some() || !query.postal_code.is_empty();
        let placed = by_area || !query.city.is_empty() && hard(bit::CITY) || !query.country.is_empty() && hard(bit::COUNTRY);
        Shape {
            words: !cut::split(&query.q).is_empty(),
            events_alone: query.kinds == [Kind::Event] && !query.group_series,
            counts: !query.facets.is_empty(),
            listed: matches!(query.sort, Sort::Date | Sort::DateDescending | Sort::Distance),
            by_place: self.by_venue,
            by_category,
            named: performers || houses || !query.series_id.is_empty() || !self.exact.is_empty(),
            narrowed: placed && self.by_venue || by_category && hard(bit::CATEGORY),
            occasion: query.when.is_some(),
            others: !plain,
            months: !query.month.is_empty(),
        }
    }

    /// Which filters of place and category refuse a cell.
    fn fails_of(&self, cell: Cell) -> u16 {
        let place = self.venue_fails.get(cell.venue as usize).copied().unwrap_or(0);
        let refused = self.category.as_ref().is_some_and(|allowed| !allowed.has(cell.category));
        place | if refused { bit::CATEGORY } else { 0 }
    }

    /// The venues that no filter refuses, the nearest first.
    fn nearest_first(&self) -> Vec<u32> {
        let venues = self.venue_fails.iter().zip(0..).filter(|(fails, _)| **fails == 0).map(|(_, number)| number);
        let mut venues: Vec<u32> = venues.collect();
        venues.sort_by_key(|venue| self.metres_of(*venue));
        venues
    }

    /// How many looks it takes to read the filters of a question.
    pub fn looks(query: &Query, snapshot: &Snapshot) -> u64 {
        let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let zones = if query.when.is_some() { names.zones.len() as u64 * ZONE } else { 0 };
        let categories = if query.category.is_empty() { 0 } else { names.category.len() as u64 };
        places::looks(query, &names) + zones + categories
    }

    fn lists(&self, places: Places) -> (Listed, Vec<u32>) {
        if let Some(cities) = places.cities {
            return (Listed::City, cities);
        }
        let mut venues = places.allowed;
        if self.query.sort == Sort::Distance {
            venues.sort_by_key(|venue| self.metres_of(*venue));
        }
        (Listed::Venue, venues)
    }

    /// The narrowest exact terms of which every allowed document has one.
    fn terms(&self, names: &Names, key: impl Fn(&str) -> Term) -> Vec<Term> {
        let query = self.query;
        let hard = |bits: u16| self.hard & bits == bits;
        if let Some(first) = self.exact.first() {
            return first.clone();
        }
        if !query.performer_id.is_empty() && hard(bit::PERFORMER) {
            return query.performer_id.iter().map(|id| key(&key::performer(*id))).collect();
        }
        if !query.series_id.is_empty() {
            return query.series_id.iter().map(|id| key(&key::series(*id))).collect();
        }
        if !query.venue_id.is_empty() && hard(bit::VENUE) {
            return query.venue_id.iter().map(|id| key(&key::venue(*id))).collect();
        }
        let places = bit::CITY | bit::PLACE | bit::COUNTRY;
        if self.venue_fails.iter().any(|fails| fails & places & self.hard != 0) {
            return self.terms_by_place(names, key, places);
        }
        categories(query, names).into_iter().map(|number| key(&key::category(names.category.text(number)))).collect()
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

    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// With [`Plan::Dates`] the numbers of the places asked for; else those of the allowed venues where distance gives the order.
    pub fn dates(&self) -> (Listed, &[u32]) {
        (self.lists.0, &self.lists.1)
    }

    /// With [`Plan::Names`] and [`Plan::Terms`]: terms of which every allowed document has one.
    pub fn exact(&self) -> &[Term] {
        &self.terms
    }

    /// Which filters of place and category refuse a cell, by its number.
    #[inline]
    pub fn cell_fails(&self, cell: u32) -> u16 {
        self.cell_fails.get(cell as usize).copied().unwrap_or(0)
    }

    /// Whether a category is one of those asked for.
    pub fn allows_category(&self, number: u32) -> bool {
        self.category.as_ref().is_none_or(|allowed| allowed.has(number))
    }

    /// What booking has said, and when it is asked.
    pub fn badges(&self) -> (&'a Badges, Timestamp) {
        (self.badges, self.now)
    }

    /// Whether any cell may be refused.
    pub fn refuses_cells(&self) -> bool {
        !self.cell_fails.is_empty()
    }

    /// Where the documents of a range stand that are on the days and in the months asked for, each in one of these at most.
    pub fn calendars<'b>(&self, segment: &'b Segment, range: &Range<DocId>, months: bool) -> Vec<Calendar<'b>> {
        self.times.calendars(&segment.columns, segment.reader.max_doc(), range, months)
    }

    pub fn calendar<'b>(&self, segment: &'b Segment, range: &Range<DocId>) -> Calendar<'b> {
        self.times.calendar(&segment.columns, segment.reader.max_doc(), range)
    }

    /// What is held against the documents that the plan looks at.
    pub fn held(&self) -> Held {
        if self.one_kind_of_range() { self.held } else { Held::All }
    }

    /// Whether the terms are those of the cities asked for, and nothing else is asked of a document's place.
    fn by_whole_cities(&self) -> bool {
        let query = self.query;
        let whole_cities =
            query.near.is_none() && query.bbox.is_none() && query.postal_code.is_empty() && query.country.is_empty();
        let others = [&query.venue_id, &query.performer_id, &query.series_id].into_iter().any(|ids| !ids.is_empty());
        let by_city = !query.city.is_empty() && self.hard & bit::CITY != 0 && self.exact.is_empty();
        by_city && whole_cities && !others
    }

    fn one_kind_of_range(&self) -> bool {
        let undated = &self.kinds[1..];
        !undated.contains(&true) || !undated.contains(&false)
    }

    pub(super) fn prices(&self) -> bool {
        by_price(self.query)
    }

    /// The number of a document's city, when series are grouped.
    pub fn city(&self, segment: &Segment, doc: DocId) -> u32 {
        self.cities.get(segment.columns.row(doc).venue as usize).copied().unwrap_or(NONE)
    }

    /// Where prices of a currency stand among the others.
    pub fn rank_of_currency(&self, number: u32) -> u16 {
        self.ranks.get(number as usize).copied().unwrap_or(u16::MAX)
    }

    /// Metres from the place that was asked for; the furthest for what has no place.
    pub fn metres(&self, segment: &Segment, doc: DocId) -> u32 {
        self.metres_of(segment.columns.row(doc).venue)
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

/// By number: the currency that was asked for or is the commonest, then the others by their codes. A rank is made from the code alone: the
/// next page may be read from a generation that knows other currencies.
fn ranks(query: &Query, names: &Names) -> Vec<u16> {
    let first = query.currency.or(query.first_currency);
    let letters =
        |code: &str| code.bytes().take(3).fold(0, |rank, letter| rank * 26 + u16::from(letter.saturating_sub(b'A').min(25)));
    let rank = |code: &str| if first.is_some_and(|first| first.code() == code) { 0 } else { 1 + letters(code) };
    names.currency.texts().map(rank).collect()
}

/// What an event must have one of: its source's id, the name of a tier, a language, a genre in any case.
fn exact(query: &Query, names: &Names, key: impl Fn(&str) -> Term) -> Vec<Vec<Term>> {
    let named = |list: &[String], name: fn(&str) -> String| list.iter().map(|value| key(&name(value))).collect::<Vec<Term>>();
    let mut groups =
        vec![named(&query.external_id, key::external), named(&query.tier, key::tier), named(&query.language, key::language)];
    if !query.genre.is_empty() {
        let asked: Vec<String> = query.genre.iter().map(|genre| genre.to_lowercase()).collect();
        let known = names.genre.texts().filter(|text| asked.contains(&text.to_lowercase()));
        // an unknown genre is one that nothing has
        groups.push(known.map(|text| key(&key::genre(text))).chain([key(&key::genre("\0"))]).collect());
    }
    groups.retain(|group| !group.is_empty());
    groups
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
