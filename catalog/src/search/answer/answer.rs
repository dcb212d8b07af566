//! What the catalogue answers: hits, exact total, facets, the next page. Its fields are its JSON's, in their order.

use std::sync::Arc;

use domain::event::{Availability, EventStatus};
use domain::money::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::model::Kind;
use crate::model::Precision;
use crate::search::facets::{Facets, Histograms};
use crate::search::words::{DidYouMean, Understood};

pub use crate::index::card::{ImageRef, PerformerRef, SeriesRef, VenueRef};

/// One page of results.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    pub items: Vec<Hit>,
    /// Exact.
    pub total: u64,
    #[serde(skip_serializing_if = "Facets::is_empty")]
    pub facets: Facets,
    /// A better spelling, if one is known and was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did_you_mean: Option<DidYouMean>,
    /// The question that was answered instead, since nothing holds the words as they were typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<String>,
    /// Words that the hits need not hold, since nothing holds all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relaxed: Vec<String>,
    /// Parts of the question that mean what a filter could say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub understood: Vec<Understood>,
    /// Whose prices stand first, where prices give the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// With the facets `month` and `price`.
    #[serde(skip_serializing_if = "Histograms::is_empty")]
    pub histograms: Histograms,
    pub next_cursor: Option<String>,
    pub generation: u64,
}

/// One result.
#[derive(Debug, Clone, Serialize)]
pub struct Hit {
    pub kind: Kind,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    /// The title again, of who or what is called by a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub highlights: Vec<Highlight>,
    #[serde(flatten)]
    pub shown: Shown,
}

impl Hit {
    pub fn event(&self) -> Option<&EventShown> {
        if let Shown::Event(event) = &self.shown { Some(event) } else { None }
    }
}

/// What a hit shows by its kind.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Shown {
    Event(EventShown),
    Series(SeriesShown),
    Performer(PerformerShown),
    Venue(VenueShown),
}

/// Where the query's words stand: HTML-escaped text in which `<mark>` surrounds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Highlight {
    pub field: &'static str,
    pub fragments: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct EventShown {
    pub series: Option<Arc<SeriesRef>>,
    pub category: String,
    pub genre: String,
    pub status: EventStatus,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub start_precision: Precision,
    /// By the venue's calendar and clock.
    #[serde(flatten, serialize_with = "date_and_time")]
    pub local: DateTime,
    pub timezone: String,
    pub venue: Option<Arc<VenueRef>>,
    pub performers: Vec<CastShown>,
    pub price_from: Option<Money>,
    pub price_to: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Arc<ImageRef>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extras: Option<Box<RawValue>>,
    /// In their order.
    pub tiers: Vec<TierShown>,
    pub availability: Availability,
    pub availability_as_of: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<f64>,
    /// With `group=series`: how many dates of this series match, the next of them, and where they are.
    #[serde(flatten)]
    pub dates: Option<Box<SeriesDates>>,
}

/// A price category.
#[derive(Debug, Clone, Serialize)]
pub struct TierShown {
    pub name: String,
    pub price: Money,
    pub availability: Availability,
}

/// Who is on stage, and as what.
#[derive(Debug, Clone, Serialize)]
pub struct CastShown {
    #[serde(flatten)]
    pub performer: Arc<PerformerRef>,
    pub role: String,
}

/// What a hit says of the series for which it stands; an event without one stands for itself.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesDates {
    pub dates: u64,
    pub next_date: NextDate,
    /// In the order of their first dates.
    pub cities: Vec<CityDates>,
}

/// The date that comes next; of what is over, the latest.
#[derive(Debug, Clone, Serialize)]
pub struct NextDate {
    pub id: Uuid,
    pub slug: String,
    pub starts_at: Timestamp,
    /// By the venue's calendar and clock.
    #[serde(flatten, serialize_with = "date_and_time")]
    pub local: DateTime,
    pub timezone: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CityDates {
    pub id: Uuid,
    pub name: String,
    pub country: String,
    pub dates: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct SeriesShown {
    pub series_kind: String,
    pub category: String,
    #[serde(flatten)]
    pub run: Run,
}

#[derive(Debug, Clone, Serialize)]
pub struct PerformerShown {
    pub performer_kind: String,
    pub city: String,
    pub country: String,
    #[serde(flatten)]
    pub run: Run,
}

#[derive(Debug, Clone, Serialize)]
pub struct VenueShown {
    pub venue_kind: String,
    pub city_id: Option<Uuid>,
    pub city: String,
    pub country: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub timezone: String,
    pub capacity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<f64>,
    #[serde(flatten)]
    pub run: Run,
}

/// What a hit that is no event says of its events.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// As many as there were when it was indexed.
    pub events: u64,
    /// Those of them that are to come.
    pub upcoming: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Arc<ImageRef>>,
}

/// `"local_date":"2027-03-12","local_time":"20:00"`
fn date_and_time<S: Serializer>(local: &DateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let mut both = serializer.serialize_struct("local", 2)?;
    both.serialize_field("local_date", &local.strftime("%Y-%m-%d").to_string())?;
    both.serialize_field("local_time", &local.strftime("%H:%M").to_string())?;
    both.end()
}
