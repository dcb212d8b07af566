//! Counting by value, in the same pass that finds the hits.

use std::collections::HashMap;

use domain::event::Availability;
use domain::money::{Currency, Money};
use jiff::SignedDuration;
use jiff::civil::Date;
use tantivy::DocId;
use uuid::Uuid;

use super::answer::{FacetValue, Facets, PriceBand};
use super::filter::{SegmentFilters, own_filter};
use super::names::{NONE, Names};
use super::query::FacetName;
use super::segment::Segment;
use crate::index::row;
use crate::index::schema::NO_DAY;

/// The most values that a facet lists: the most frequent ones.
const MAX_VALUES: usize = 100;
/// Lower ends of the price bands in whole units of the currency (hundreds of them where it has no minor unit).
const BANDS: [i64; 5] = [0, 25, 50, 100, 200];

/// The counts of one facet, by number.
struct Counter {
    facet: FacetName,
    own: u16,
    counts: Vec<u64>,
}

/// The counts of all facets that were asked for.
pub struct Counters(Vec<Counter>);

impl Counters {
    pub fn new(facets: &[FacetName]) -> Self {
        Self(facets.iter().map(|facet| Counter { facet: *facet, own: own_filter(*facet), counts: Vec::new() }).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts a document in every facet whose own filter alone may have refused it.
    #[inline]
    pub fn count(&mut self, fails: u16, segment: &Segment, filters: &SegmentFilters<'_>, doc: DocId) {
        for counter in self.0.iter_mut().filter(|counter| fails & !counter.own == 0) {
            counter.add(segment, filters, doc);
        }
    }

    /// Names the values, the most frequent first; months and prices in their own order.
    pub fn finish(self, names: &Names) -> Facets {
        Facets(self.0.into_iter().map(|counter| (counter.facet, counter.values(names))).collect())
    }
}

impl Counter {
    fn add(&mut self, segment: &Segment, filters: &SegmentFilters<'_>, doc: DocId) {
        let columns = &segment.columns;
        match self.facet {
            FacetName::Category => self.one(columns.category.first(doc) as usize),
            FacetName::City | FacetName::Country | FacetName::Venue => self.one(columns.venue.first(doc) as usize),
            FacetName::Performer => columns.performer.all(doc).for_each(|number| self.one(number as usize)),
            FacetName::Month => {
                let day = columns.day.first(doc).unwrap_or(NO_DAY);
                self.one((day - NO_DAY).max(0) as usize);
            }
            FacetName::Availability if doc >= columns.undated => self.one(filters.availability(doc) as usize),
            FacetName::Price => {
                if let Some(from) = columns.price_from.first(doc) {
                    let currency = columns.currency.first(doc);
                    self.one(currency as usize * BANDS.len() + band_of(from));
                }
            }
            FacetName::Availability => {}
        }
    }

    #[inline]
    fn one(&mut self, number: usize) {
        if number >= self.counts.len() {
            self.counts.resize(number + number / 4 + 64, 0);
        }
        self.counts[number] += 1;
    }

    fn counted(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.counts.iter().copied().enumerate().filter(|(_, count)| *count > 0)
    }

    fn values(&self, names: &Names) -> Vec<FacetValue> {
        match self.facet {
            FacetName::Category => most(self.counted().map(|(number, count)| {
                let category = names.category.text(number as u32);
                (category.to_owned(), category.to_owned(), count)
            })),
            FacetName::City => most(self.counted().filter_map(|(number, count)| {
                let city = names.cities.get(names.venues.get(number)?.city as usize)?;
                Some((city.id?.to_string(), city.name.clone(), count))
            })),
            FacetName::Country => most(self.counted().filter_map(|(number, count)| {
                let (code, name) = names.countries.get(names.venues.get(number)?.country as usize)?;
                Some((code.clone(), if name.is_empty() { code.clone() } else { name.clone() }, count))
            })),
            FacetName::Venue => most(self.counted().filter_map(|(number, count)| {
                let row = names.venues.get(number)?.row.as_ref()?;
                Some((row.id.to_string(), row.name.clone(), count))
            })),
            FacetName::Performer => self.performers(names),
            FacetName::Month => self.months(),
            FacetName::Availability => most(self.counted().filter_map(|(number, count)| {
                let badge = Availability::ALL.get(number)?.as_str();
                Some((badge.to_owned(), badge.replace('_', " "), count))
            })),
            FacetName::Price => self.prices(names),
        }
    }

    /// There may be a hundred thousand: only those that can be among the first are named.
    fn performers(&self, names: &Names) -> Vec<FacetValue> {
        let mut counted: Vec<(usize, u64)> = self.counted().filter(|(number, _)| *number as u32 != NONE).collect();
        counted.sort_unstable_by_key(|(_, count)| std::cmp::Reverse(*count));
        let least = counted.get(MAX_VALUES * 2).map_or(0, |(_, count)| *count);
        most(counted.into_iter().take_while(|(_, count)| *count >= least).filter_map(|(number, count)| {
            let (id, name): (Uuid, &str) = row::read_named(names.performer.text(number as u32))?;
            Some((id.to_string(), name.to_owned(), count))
        }))
    }

    fn months(&self) -> Vec<FacetValue> {
        let mut months: Vec<(String, u64)> = Vec::new();
        for (number, count) in self.counted().filter(|(number, _)| *number > 0) {
            let Some(month) = date_of(number as i64 + NO_DAY).map(|date| date.strftime("%Y-%m").to_string()) else { continue };
            match months.last_mut() {
                Some((last, sum)) if *last == month => *sum += count,
                _ => months.push((month, count)),
            }
        }
        months.into_iter().map(|(month, count)| FacetValue { label: month.clone(), value: month, count, band: None }).collect()
    }

    fn prices(&self, names: &Names) -> Vec<FacetValue> {
        let mut values = Vec::new();
        for (number, count) in self.counted() {
            let code = names.currency.text((number / BANDS.len()) as u32);
            let Ok(currency) = code.parse::<Currency>() else { continue };
            values.push(price(currency, number % BANDS.len(), count));
        }
        values
    }
}

/// Bounds are the same number of minor units in every currency: 25 dollars, 2,500 yen, 2.5 dinar.
fn band_of(amount: i64) -> usize {
    BANDS.iter().rposition(|lower| amount >= lower * 100).unwrap_or(0)
}

fn price(currency: Currency, band: usize, count: u64) -> FacetValue {
    let money = |units: i64| Money::new(units * 100, currency);
    let (from, to) = (money(BANDS[band]), BANDS.get(band + 1).copied().map(money));
    let value = format!("{}-{}", from.amount, to.map_or_else(String::new, |to| to.amount.to_string()));
    let label = to.map_or_else(|| format!("{from} and more"), |to| format!("{from} to {to}"));
    FacetValue { value: format!("{currency}:{value}"), label, count, band: Some(PriceBand { price_min: from, price_max: to }) }
}

fn date_of(day: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(SignedDuration::from_hours(day.checked_mul(24)?)).ok()
}

/// Adds up equal values (a venue's city, a renamed performer) and gives the most frequent first, then by label.
fn most(counted: impl Iterator<Item = (String, String, u64)>) -> Vec<FacetValue> {
    let mut sums: HashMap<String, (String, u64)> = HashMap::new();
    for (value, label, count) in counted.filter(|(value, ..)| !value.is_empty()) {
        let entry = sums.entry(value).or_default();
        *entry = (label, entry.1 + count);
    }
    let mut values: Vec<FacetValue> =
        sums.into_iter().map(|(value, (label, count))| FacetValue { value, label, count, band: None }).collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)).then_with(|| a.value.cmp(&b.value)));
    values.truncate(MAX_VALUES);
    values
}
