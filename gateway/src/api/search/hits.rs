//! Hits as OpenAPI describes them. The catalogue writes an answer's bytes itself, once a generation; a test below holds the two equal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::images::body::PictureBody;
use crate::web::money::MoneyBody;

/// One page of results.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    pub items: Vec<HitBody>,
    /// Exact, whatever its size; with `group=series` of series.
    pub total: u64,
    /// By facet name; `value` is what the filter of the same name takes.
    #[serde(default)]
    pub facets: BTreeMap<String, Vec<FacetBody>>,
    /// With `spellcheck=yes`, if a better spelling is known.
    pub did_you_mean: Option<DidYouMeanBody>,
    /// With `spellcheck=yes`: the question that was answered instead, since nothing holds the words as they were typed.
    #[schema(example = "night owls")]
    pub corrected: Option<String>,
    /// Words that the hits need not hold, since nothing holds all of them. Words such as “the” or “tickets” are never asked for.
    #[serde(default)]
    #[schema(example = json!(["opera"]))]
    pub relaxed: Vec<String>,
    /// Parts of the question that mean what a filter could say: kinds of events, times, cities, nearness.
    #[serde(default)]
    pub understood: Vec<UnderstoodBody>,
    /// With `sort=price`: whose prices stand first; the others follow by their codes.
    #[schema(example = "AUD")]
    pub currency: Option<String>,
    /// With the facets `month` and `price`.
    #[serde(default)]
    pub histograms: Option<HistogramsBody>,
    pub next_cursor: Option<String>,
    /// The published state of the index that answered.
    pub generation: u64,
    /// With `explain=yes`.
    pub explain: Option<ExplainBody>,
}

/// How a question was answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainBody {
    /// words, dates, names, cells, terms or scan.
    #[schema(example = "cells")]
    pub plan: String,
    /// Why that plan, and what it costs.
    pub why: String,
}

/// A question and the number of hits that it gives under the same filters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DidYouMeanBody {
    #[schema(example = "night owls")]
    pub q: String,
    pub total: u64,
}

/// A part of a question that was understood. What merely says so is found too, behind what is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnderstoodBody {
    /// Folded, as it stands in the question.
    #[schema(example = "tonight")]
    pub text: String,
    /// when, month, category, genre, city or near.
    #[schema(example = "when")]
    pub filter: String,
    /// What that filter would take; empty for `near` as long as no place is given.
    #[schema(example = "tonight")]
    pub value: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacetBody {
    #[schema(example = "concerts")]
    pub value: String,
    pub label: String,
    pub count: u64,
    /// Of a price band.
    pub band: Option<PriceBandBody>,
    /// Of a venue or a city: where it is.
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBandBody {
    pub price_min: MoneyBody,
    /// Inclusive, as the filter takes it; null: no upper end.
    pub price_max: Option<MoneyBody>,
}

/// Counts on a scale, the gaps between them too.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HistogramsBody {
    /// Every month from the first to the last, on the venues' own calendars.
    pub month: Option<Vec<MonthBarBody>>,
    /// One for each currency, the most used first; an event counts by its lowest price.
    pub price: Option<Vec<PriceHistogramBody>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MonthBarBody {
    /// What the filter `month` takes.
    #[schema(example = "2027-03")]
    pub month: String,
    pub count: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceHistogramBody {
    #[schema(example = "AUD")]
    pub currency: String,
    pub count: u64,
    /// From the lowest price to the highest, on a logarithmic scale.
    pub bars: Vec<PriceBarBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBarBody {
    /// Minor units, inclusive.
    #[schema(example = 4000)]
    pub price_min: i64,
    /// Minor units, inclusive; null: no upper end.
    #[schema(example = 4999)]
    pub price_max: Option<i64>,
    pub count: u64,
}

/// One result; `kind` says which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum HitBody {
    Event(Box<EventHitBody>),
    Series(SeriesHitBody),
    Performer(PerformerHitBody),
    Venue(VenueHitBody),
}

/// Where the query's words stand: HTML-escaped text in which `<mark>` surrounds them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HighlightBody {
    #[schema(example = "title")]
    pub field: String,
    #[schema(example = json!(["<mark>Night</mark> Owls Live"]))]
    pub fragments: Vec<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventHitBody {
    #[schema(example = "event")]
    pub kind: String,
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    #[schema(example = "Night Owls Live")]
    pub title: String,
    pub highlights: Vec<HighlightBody>,
    pub series: Option<SeriesRefBody>,
    pub category: String,
    pub genre: String,
    pub status: String,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub start_precision: String,
    #[schema(example = "2027-03-13")]
    pub local_date: String,
    #[schema(example = "20:00")]
    pub local_time: String,
    #[schema(example = "Australia/Brisbane")]
    pub timezone: String,
    pub venue: Option<VenueRefBody>,
    /// The first 50 of the bill; the event's own page has all. Filters and facets know all of them.
    pub performers: Vec<PerformerRefBody>,
    pub price_from: Option<MoneyBody>,
    pub price_to: Option<MoneyBody>,
    /// Its own picture, else its series', else the first of its bill's.
    pub image: Option<PictureBody>,
    /// A tag of BCP 47.
    #[schema(example = "en")]
    pub language: Option<String>,
    /// The day on which what is shown came out.
    #[schema(example = "1999-03-31")]
    pub released: Option<String>,
    /// Whatever else its source says.
    #[schema(value_type = Option<Object>)]
    pub extras: Option<serde_json::Map<String, serde_json::Value>>,
    /// Its price categories, in their order.
    pub tiers: Vec<HitTierBody>,
    /// available, few, held, sold_out, not_on_sale or cancelled.
    #[schema(example = "available")]
    pub availability: String,
    pub availability_as_of: Timestamp,
    pub distance_km: Option<f64>,
    /// With `group=series`: how many dates of this series match.
    pub dates: Option<u64>,
    /// With `group=series`: the date that comes next.
    pub next_date: Option<NextDateBody>,
    /// With `group=series`: where the dates are, in the order of their first dates.
    #[serde(default)]
    pub cities: Vec<CityDatesBody>,
}

/// A price category of an event.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HitTierBody {
    #[schema(example = "Stalls")]
    pub name: String,
    pub price: MoneyBody,
    /// Of its own places, by what makes its event's; as its event's until something was sold.
    #[schema(example = "available")]
    pub availability: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextDateBody {
    pub id: Uuid,
    pub slug: String,
    pub starts_at: Timestamp,
    #[schema(example = "2027-03-13")]
    pub local_date: String,
    #[schema(example = "20:00")]
    pub local_time: String,
    #[schema(example = "Australia/Brisbane")]
    pub timezone: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CityDatesBody {
    pub id: Uuid,
    #[schema(example = "Brisbane")]
    pub name: String,
    #[schema(example = "AU")]
    pub country: String,
    pub dates: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesRefBody {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueRefBody {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    #[schema(example = "Riverside Hall")]
    pub name: String,
    pub city_id: Option<Uuid>,
    #[schema(example = "Brisbane")]
    pub city: String,
    #[schema(example = "AU")]
    pub country: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformerRefBody {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    #[schema(example = "The Night Owls")]
    pub name: String,
    pub role: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesHitBody {
    #[schema(example = "series")]
    pub kind: String,
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub highlights: Vec<HighlightBody>,
    pub series_kind: String,
    pub category: String,
    /// All that were ever listed.
    pub events: u64,
    /// Those that are to come.
    pub upcoming: u64,
    pub image: Option<PictureBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformerHitBody {
    #[schema(example = "performer")]
    pub kind: String,
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub name: String,
    pub highlights: Vec<HighlightBody>,
    pub performer_kind: String,
    pub city: String,
    pub country: String,
    /// All that were ever listed.
    pub events: u64,
    /// Those that are to come.
    pub upcoming: u64,
    pub image: Option<PictureBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueHitBody {
    #[schema(example = "venue")]
    pub kind: String,
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub name: String,
    pub highlights: Vec<HighlightBody>,
    pub venue_kind: String,
    pub city_id: Option<Uuid>,
    pub city: String,
    pub country: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub timezone: String,
    pub capacity: Option<u32>,
    pub distance_km: Option<f64>,
    /// All that were ever listed.
    pub events: u64,
    /// Those that are to come.
    pub upcoming: u64,
    pub image: Option<PictureBody>,
}
