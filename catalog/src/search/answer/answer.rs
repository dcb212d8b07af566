//! What the catalogue answers: hits, exact total, facets, the next page.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use domain::event::{EventStatus, TierId};
use domain::money::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Serialize;
use uuid::Uuid;

use crate::model::Kind;
use crate::model::Precision;
use crate::search::facets::{Facets, Histograms};
use crate::search::overlay::Badge;
use crate::search::segment::prepared::Prepared;
use crate::search::words::{DidYouMean, Understood};

use crate::index::card::Sale;
pub use crate::index::card::{ImageRef, PerformerRef, SeriesRef, VenueRef};

/// One page of results.
///
/// Takes     `Items`: what its hits are gathered into: values, or their JSON.
#[derive(Debug, Clone)]
pub struct Answer<Items = Vec<Hit<'static>>> {
    pub items: Items,
    /// Exact.
    pub total: u64,
    pub facets: Facets,
    /// A better spelling, if one is known and was asked for.
    pub did_you_mean: Option<DidYouMean>,
    /// The question that was answered instead, since nothing holds the words as they were typed.
    pub corrected: Option<String>,
    /// Words that the hits need not hold, since nothing holds all.
    pub relaxed: Vec<String>,
    /// Parts of the question that mean what a filter could say.
    pub understood: Vec<Understood>,
    /// Whose prices stand first, where prices give the order.
    pub currency: Option<Currency>,
    /// With the facets `month` and `price`.
    pub histograms: Histograms,
    pub next_cursor: Option<String>,
    pub generation: u64,
}

/// One result.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Hit<'a> {
    Event(EventHit<'a>),
    Series(SeriesHit),
    Performer(PerformerHit),
    Venue(VenueHit),
}

impl Hit<'_> {
    /// This hit with texts of its own, for as long as it is wanted.
    pub fn into_owned(self) -> Hit<'static> {
        match self {
            Self::Event(EventHit { event, highlights, badge, distance_km, dates }) => {
                let event = event.into_owned();
                Hit::Event(EventHit { event, highlights, badge, distance_km, dates })
            }
            Self::Series(hit) => Hit::Series(hit),
            Self::Performer(hit) => Hit::Performer(hit),
            Self::Venue(hit) => Hit::Venue(hit),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Event(_) => Kind::Event,
            Self::Series(_) => Kind::Series,
            Self::Performer(_) => Kind::Performer,
            Self::Venue(_) => Kind::Venue,
        }
    }

    pub fn id(&self) -> Uuid {
        match self {
            Self::Event(hit) => hit.id,
            Self::Series(hit) => hit.id,
            Self::Performer(hit) => hit.id,
            Self::Venue(hit) => hit.id,
        }
    }

    pub fn external_id(&self) -> Option<&str> {
        match self {
            Self::Event(hit) => hit.external_id.as_deref(),
            Self::Series(hit) => hit.external_id.as_deref(),
            Self::Performer(hit) => hit.external_id.as_deref(),
            Self::Venue(hit) => hit.external_id.as_deref(),
        }
    }

    pub fn title(&self) -> &str {
        match self {
            Self::Event(hit) => &hit.title,
            Self::Series(hit) => &hit.title,
            Self::Performer(hit) => &hit.title,
            Self::Venue(hit) => &hit.title,
        }
    }
}

/// Where the query's words stand: HTML-escaped text in which `<mark>` surrounds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Highlight {
    pub field: &'static str,
    pub fragments: Vec<String>,
}

/// An event in an answer; `json` writes it.
#[derive(Debug, Clone)]
pub struct EventHit<'a> {
    pub event: EventShown<'a>,
    pub highlights: Vec<Highlight>,
    pub badge: Badge,
    pub distance_km: Option<f64>,
    /// With `group=series`: how many dates of this series match, the next of them, and where they are.
    pub dates: Option<Box<SeriesDates>>,
}

impl<'a> Deref for EventHit<'a> {
    type Target = EventShown<'a>;
    fn deref(&self) -> &EventShown<'a> {
        &self.event
    }
}

/// What every answer shows of an event, where it was read or for as long as it is wanted.
#[derive(Debug, Clone)]
pub struct EventShown<'a> {
    pub id: Uuid,
    pub external_id: Option<Cow<'a, str>>,
    pub slug: Cow<'a, str>,
    pub title: Cow<'a, str>,
    pub series: Option<Cow<'a, Arc<Prepared<SeriesRef>>>>,
    pub category: Cow<'a, str>,
    pub genre: Cow<'a, str>,
    pub status: EventStatus,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub start_precision: Precision,
    /// By the venue's calendar and clock.
    pub local: DateTime,
    pub timezone: Cow<'a, str>,
    pub venue: Option<Cow<'a, Arc<Prepared<VenueRef>>>>,
    pub performers: Vec<CastHit<'a>>,
    pub price_from: Option<Money>,
    pub price_to: Option<Money>,
    pub image: Option<Cow<'a, Arc<Prepared<ImageRef>>>>,
    /// In their order.
    pub tiers: Vec<TierHit<'a>>,
    pub language: Cow<'a, str>,
    pub released: Option<Date>,
    /// As JSON; empty without any.
    pub extras: Cow<'a, str>,
    pub(crate) sale: Sale,
}

fn owned<T: ToOwned + ?Sized>(shown: Cow<'_, T>) -> Cow<'static, T> {
    Cow::Owned(shown.into_owned())
}

impl EventShown<'_> {
    fn into_owned(self) -> EventShown<'static> {
        let cast = |cast: CastHit<'_>| CastHit { performer: owned(cast.performer), role: owned(cast.role) };
        EventShown {
            external_id: self.external_id.map(owned),
            slug: owned(self.slug),
            title: owned(self.title),
            series: self.series.map(owned),
            category: owned(self.category),
            genre: owned(self.genre),
            timezone: owned(self.timezone),
            venue: self.venue.map(owned),
            performers: self.performers.into_iter().map(cast).collect(),
            id: self.id,
            status: self.status,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            start_precision: self.start_precision,
            local: self.local,
            price_from: self.price_from,
            price_to: self.price_to,
            image: self.image.map(owned),
            tiers: self.tiers.into_iter().map(|tier| TierHit { name: owned(tier.name), ..tier }).collect(),
            language: owned(self.language),
            released: self.released,
            extras: owned(self.extras),
            sale: self.sale,
        }
    }
}

/// A price category.
#[derive(Debug, Clone)]
pub struct TierHit<'a> {
    pub id: TierId,
    pub name: Cow<'a, str>,
    pub price: Money,
}

/// Who is on stage, and as what.
#[derive(Debug, Clone)]
pub struct CastHit<'a> {
    pub performer: Cow<'a, Arc<Prepared<PerformerRef>>>,
    pub role: Cow<'a, str>,
}

/// What a hit says of the series for which it stands; an event without one stands for itself.
#[derive(Debug, Clone)]
pub struct SeriesDates {
    pub dates: u64,
    pub next_date: NextDate,
    /// In the order of their first dates.
    pub cities: Vec<CityDates>,
}

/// The date that comes next; of what is over, the latest.
#[derive(Debug, Clone)]
pub struct NextDate {
    pub id: Uuid,
    pub slug: String,
    pub starts_at: Timestamp,
    /// By the venue's calendar and clock.
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
pub struct SeriesHit {
    pub kind: Kind,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub highlights: Vec<Highlight>,
    pub series_kind: String,
    pub category: String,
    /// Events of this series when it was indexed.
    pub events: u64,
    /// Those of them that are to come.
    pub upcoming: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageRef>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PerformerHit {
    pub kind: Kind,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub name: String,
    pub highlights: Vec<Highlight>,
    pub performer_kind: String,
    pub city: String,
    pub country: String,
    /// Events of this performer when it was indexed.
    pub events: u64,
    /// Those of them that are to come.
    pub upcoming: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageRef>,
}

#[derive(Debug, Clone, Serialize)]
pub struct VenueHit {
    pub kind: Kind,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub name: String,
    pub highlights: Vec<Highlight>,
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
    /// Events at this venue when it was indexed.
    pub events: u64,
    /// Those of them that are to come.
    pub upcoming: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageRef>,
}
