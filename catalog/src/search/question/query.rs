//! What is asked of the catalogue: typed, checked, and with one normal spelling.

use std::fmt::Write as _;

use domain::event::Availability;
use domain::money::Currency;
use domain::place::{BoundingBox, Place};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::cut;
use super::occasion::Occasion;
use super::spelt::spelt;
use crate::model::Kind;

/// The most results of one page.
pub const MAX_LIMIT: u16 = 100;
pub const DEFAULT_LIMIT: u16 = 20;
pub const MAX_RADIUS_KM: f64 = 500.0;
pub const DEFAULT_RADIUS_KM: f64 = 50.0;
/// The longest free text, in characters.
pub const MAX_TEXT_CHARS: usize = 500;
/// The most values of one comma list.
pub const MAX_VALUES: usize = 100;
/// Longer spellings of a question grow.
const USUAL_BYTES: usize = 256;

/// The order of the results; ties are broken by start, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    Relevance,
    Date,
    DateDescending,
    Name,
    NameDescending,
    Distance,
    Price,
    Popularity,
    NameDate,
    DateName,
}

spelt!(Sort {
    Relevance = "relevance", Date = "date", DateDescending = "-date", Name = "name", NameDescending = "-name", Distance = "distance",
    Price = "price", Popularity = "popularity", NameDate = "name,date", DateName = "date,name",
});

impl Sort {
    /// Whether names give the order, or a part of it.
    pub fn by_name(self) -> bool {
        matches!(self, Self::Name | Self::NameDescending | Self::NameDate | Self::DateName)
    }
}

/// A count by value beside the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FacetName {
    Category,
    City,
    Country,
    Venue,
    Performer,
    Month,
    Availability,
    Price,
}

spelt!(FacetName {
    Category = "category", City = "city", Country = "country", Venue = "venue", Performer = "performer", Month = "month",
    Availability = "availability", Price = "price",
});

/// A circle on the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    pub place: Place,
    pub radius_km: f64,
}

/// One end of a time range: an instant, or a day on the venue's own calendar. Both ends are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeBound {
    Instant(Timestamp),
    Day(Date),
}

impl std::fmt::Display for TimeBound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Instant(at) => at.fmt(f),
            Self::Day(day) => day.fmt(f),
        }
    }
}

/// One search. `Query::default()` browses all upcoming events by date.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Free text, trimmed; empty browses.
    pub q: String,
    /// Never empty; in the order of [`Kind::INDEXED`].
    pub kinds: Vec<Kind>,
    /// City ids, or city names (aliases too) in any spelling.
    pub city: Vec<String>,
    pub postal_code: Vec<String>,
    /// ISO 3166-1 alpha-2 codes.
    pub country: Vec<String>,
    pub category: Vec<String>,
    pub genre: Vec<String>,
    /// Tags of BCP 47.
    pub language: Vec<String>,
    /// Names of price categories.
    pub tier: Vec<String>,
    pub venue_id: Vec<Uuid>,
    pub performer_id: Vec<Uuid>,
    pub series_id: Vec<Uuid>,
    pub availability: Vec<Availability>,
    pub external_id: Vec<String>,
    pub near: Option<Near>,
    pub bbox: Option<BoundingBox>,
    /// Events only. None means from now on, unless `past`.
    pub from: Option<TimeBound>,
    pub to: Option<TimeBound>,
    pub past: bool,
    /// By the calendar of each venue.
    pub when: Option<Occasion>,
    /// First days of months on each venue's calendar.
    pub month: Vec<Date>,
    /// Whether the sale is open now, sold out or not.
    pub on_sale: Option<bool>,
    pub price_min: Option<i64>,
    pub price_max: Option<i64>,
    pub currency: Option<Currency>,
    pub sort: Sort,
    pub facets: Vec<FacetName>,
    /// One hit per series.
    pub group_series: bool,
    /// Whether a better spelling is looked for, and answered when nothing holds the words as they are.
    pub spellcheck: bool,
    /// Whether some of the words are enough, also where something holds all; no parameter of a URL.
    pub widened: bool,
    /// Whose prices stand first where prices give the order; no parameter of a URL.
    pub first_currency: Option<Currency>,
    pub limit: u16,
    pub cursor: Option<String>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            q: String::new(),
            kinds: vec![Kind::Event],
            city: vec![],
            postal_code: vec![],
            country: vec![],
            category: vec![],
            genre: vec![],
            language: vec![],
            tier: vec![],
            venue_id: vec![],
            performer_id: vec![],
            series_id: vec![],
            availability: vec![],
            external_id: vec![],
            near: None,
            bbox: None,
            from: None,
            to: None,
            past: false,
            when: None,
            month: vec![],
            on_sale: None,
            price_min: None,
            price_max: None,
            currency: None,
            sort: Sort::Date,
            facets: vec![],
            group_series: false,
            spellcheck: false,
            widened: false,
            first_currency: None,
            limit: DEFAULT_LIMIT,
            cursor: None,
        }
    }
}

impl Query {
    /// Whether the answer may cost so little that handing the question to another thread and back would add to it: the dates of one
    /// city, of a house, a name, a neighbourhood, without counts; or words, of which the search decides.
    pub fn may_take_little(&self) -> bool {
        let named = [&self.venue_id, &self.performer_id, &self.series_id].into_iter().any(|ids| !ids.is_empty());
        let near = self.near.is_some_and(|near| near.radius_km <= DEFAULT_RADIUS_KM);
        let narrow = self.facets.is_empty() && (named || near || self.city.len() == 1);
        !self.group_series && if self.q.is_empty() { narrow } else { !self.spellcheck }
    }

    /// The normal spelling of what decides the rows and their order: what a cursor is bound to. Page size and facets are free to change.
    pub(crate) fn rows_text(&self) -> String {
        // taken apart whole: a new field does not compile until somebody decides whether it changes the rows
        #[rustfmt::skip]
        let Self {
            q, kinds, city, postal_code, country, category, genre, language, tier, venue_id, performer_id, series_id,
            availability, external_id, near, bbox, from, to, past, when, month, on_sale, price_min, price_max, currency,
            sort, group_series, widened,
            // what a cursor says itself
            first_currency: _, facets: _, spellcheck: _, limit: _, cursor: _,
        } = self;
        let mut spelling = Spelling(String::with_capacity(USUAL_BYTES));
        let mut put = |name: &str, values: Vec<String>| spelling.put(name, values);
        let folded = |values: &[String]| values.iter().map(|value| domain::text::fold(value)).collect();
        let ids = |ids: &[Uuid]| ids.iter().map(Uuid::to_string).collect();
        let bound = |bound: Option<TimeBound>| bound.iter().map(TimeBound::to_string).collect();
        let amount = |amount: Option<i64>| amount.iter().map(i64::to_string).collect();
        put("q", cut::split(q).join(" ").lines().map(str::to_owned).collect());
        put("kind", kinds.iter().map(|kind| kind.as_str().to_owned()).collect());
        let cities = city.iter().map(|city| Uuid::try_parse(city).map_or_else(|_| domain::text::fold(city), |id| id.to_string()));
        put("city", cities.collect());
        put("postal_code", folded(postal_code));
        put("country", country.clone());
        put("category", category.clone());
        put("genre", genre.iter().map(|genre| genre.to_lowercase()).collect());
        put("language", language.iter().map(|language| language.to_ascii_lowercase()).collect());
        put("tier", folded(tier));
        put("venue_id", ids(venue_id));
        put("performer_id", ids(performer_id));
        put("series_id", ids(series_id));
        put("availability", availability.iter().map(|badge| badge.as_str().to_owned()).collect());
        put("external_id", external_id.clone());
        put("near", near.iter().map(|near| format!("{},{},{}", near.place.lat, near.place.lon, near.radius_km)).collect());
        put("bbox", bbox.iter().map(|b| format!("{},{},{},{}", b.west, b.south, b.east, b.north)).collect());
        put("from", bound(*from));
        put("to", bound(*to));
        put("past", past.then(|| "yes".to_owned()).into_iter().collect());
        put("when", when.iter().map(|occasion| occasion.as_str().to_owned()).collect());
        put("month", month.iter().map(Date::to_string).collect());
        put("on_sale", on_sale.iter().map(bool::to_string).collect());
        put("price_min", amount(*price_min));
        put("price_max", amount(*price_max));
        put("currency", currency.iter().map(Currency::to_string).collect());
        put("group", group_series.then(|| "series".to_owned()).into_iter().collect());
        put("widened", widened.then(|| "yes".to_owned()).into_iter().collect());
        put("sort", vec![sort.as_str().to_owned()]);
        spelling.0
    }

    /// The normal spelling of the whole question: what an answer is cached under.
    ///
    /// Takes     `rows`: its [`rows_text`](Self::rows_text).
    pub(crate) fn answer_text(&self, rows: &str) -> String {
        let cursor = self.cursor.as_deref().unwrap_or("");
        let mut text = String::with_capacity(rows.len() + cursor.len() + USUAL_BYTES);
        text.push_str(rows);
        text.push_str("facets=");
        self.facets.iter().for_each(|facet| text.extend([facet.as_str(), ","]));
        let _ = write!(text, "&limit={}&spellcheck={}&cursor={cursor}", self.limit, self.spellcheck);
        text
    }
}

/// Names with their values, in order and each once: the same whichever way a question was typed.
struct Spelling(String);

impl Spelling {
    fn put(&mut self, name: &str, mut values: Vec<String>) {
        values.sort_unstable();
        values.dedup();
        if values.is_empty() {
            return;
        }
        self.0.push_str(name);
        for value in &values {
            // with its length, so that no value can look like two
            let _ = write!(self.0, "={}:", value.len());
            self.0.push_str(value);
        }
        self.0.push('&');
    }
}

/// The earliest second that is that day anywhere (UTC+14 is furthest ahead).
pub(crate) fn first_instant(day: Date) -> i64 {
    first_second(crate::index::day_number(day))
}

pub(crate) fn first_second(day: i64) -> i64 {
    day * 86_400 - 14 * 3_600
}

/// The last second that is that day anywhere (UTC-12 is furthest behind).
pub(crate) fn last_instant(day: Date) -> i64 {
    last_second(crate::index::day_number(day))
}

pub(crate) fn last_second(day: i64) -> i64 {
    (day + 1) * 86_400 + 12 * 3_600 - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_has_one_spelling() {
        let one = Query { q: "  DVOŘÁK  Rusalka".into(), city: vec!["Brno".into(), "Praha".into()], ..Query::default() };
        let other = Query { q: "dvorak rusalka".into(), city: vec!["praha".into(), "BRNO".into()], limit: 7, ..Query::default() };
        assert_eq!(one.rows_text(), other.rows_text());
        assert_ne!(one.answer_text(""), other.answer_text(""), "the page size differs");
        assert_ne!(one.rows_text(), Query { past: true, ..one.clone() }.rows_text());
    }

    /// What a filter tells apart has answers of its own: a genre and a language are met as they are spelt, in any case.
    #[test]
    fn questions_that_find_different_events_have_different_spellings() {
        let genre = |text: &str| Query { genre: vec![text.into()], ..Query::default() }.rows_text();
        let language = |text: &str| Query { language: vec![text.into()], ..Query::default() }.rows_text();
        assert_eq!((genre("HIP-HOP"), language("pt-br")), (genre("hip-hop"), language("pt-BR")));
        assert_ne!(genre("hip hop"), genre("hip-hop"));
        assert_ne!(genre("Schlager"), genre("Schläger"));
        assert_ne!(language("pt br"), language("pt-br"));
    }
}
