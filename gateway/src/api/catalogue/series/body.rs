//! Series as the API says and takes them.

use catalog::model::{CityDates, NewSeries, Series, SeriesPatch, VenueDates};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::catalogue::events::body::EventVenueBody;
use crate::api::catalogue::patch::{given, or_empty};
use crate::api::images::body::PictureBody;

/// What several events are dates of: a tour, a play's run, a film, a season.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesBody {
    #[schema(example = "series")]
    pub kind: &'static str,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Who calls it so, if that is said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[schema(example = "night-owls-world-tour")]
    pub slug: String,
    #[schema(example = "Night Owls World Tour")]
    pub title: String,
    /// tour, play, film, season, festival, series.
    #[schema(example = "tour")]
    pub series_kind: String,
    #[schema(example = "concerts")]
    pub category: String,
    pub description: String,
    /// The image that an organiser gave it.
    pub image_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<PictureBody>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub links: SeriesLinks,
}

/// Where to go from a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub events: String,
}

impl From<Series> for SeriesBody {
    fn from(series: Series) -> Self {
        let Series { row, image, version, created_at, updated_at } = series;
        let this = format!("/v1/series/{}", row.id);
        Self {
            kind: "series",
            id: row.id.0,
            external_id: row.external_id,
            source: row.source,
            slug: row.slug,
            title: row.title,
            series_kind: row.kind,
            category: row.category,
            description: row.description,
            image_id: image.own.map(|id| id.0),
            image: image.shown.as_ref().map(PictureBody::from),
            version,
            created_at,
            updated_at,
            links: SeriesLinks { events: format!("{this}/events"), this },
        }
    }
}

/// What an organiser writes of a series; what is left out of a PUT becomes empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Night Owls World Tour", "series_kind": "tour", "category": "concerts" }))]
pub struct NewSeriesBody {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    #[serde(default)]
    pub source: String,
    #[schema(min_length = 1)]
    pub title: String,
    /// tour, play, film, season, festival; empty means `series`.
    #[serde(default, alias = "kind")]
    pub series_kind: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub description: String,
    /// An image of the organiser's own, or of the house's.
    pub image_id: Option<Uuid>,
}

impl From<NewSeriesBody> for NewSeries {
    fn from(body: NewSeriesBody) -> Self {
        let NewSeriesBody { external_id, source, title, series_kind, category, description, image_id } = body;
        Self { external_id, source, title, kind: series_kind, category, description, image_id: image_id.map(Into::into) }
    }
}

/// A change to a series (RFC 7396): what is absent stays, `null` clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "title": "Night Owls Farewell Tour" }))]
pub struct SeriesPatchBody {
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub source: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub title: Option<String>,
    #[serde(alias = "kind", deserialize_with = "or_empty")]
    pub series_kind: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub category: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub description: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub image_id: Option<Option<Uuid>>,
}

impl From<SeriesPatchBody> for SeriesPatch {
    fn from(body: SeriesPatchBody) -> Self {
        let SeriesPatchBody { external_id, source, title, series_kind, category, description, image_id } = body;
        let image_id = image_id.map(|image| image.map(Into::into));
        Self { external_id, source, title, kind: series_kind, category, description, image_id }
    }
}

/// A series' dates in one city, venue by venue.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityDatesBody {
    /// Absent for events without a venue or city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<CityNameBody>,
    pub venues: Vec<VenueDatesBody>,
}

/// A city as a heading.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityNameBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    #[schema(example = "Brisbane")]
    pub name: String,
    pub region: String,
    #[schema(example = "AU")]
    pub country: String,
}

/// A series' dates at one venue, the soonest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueDatesBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<EventVenueBody>,
    pub times: Vec<TimeBody>,
}

/// One date of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeBody {
    pub event_id: Uuid,
    pub title: String,
    pub starts_at: Timestamp,
    #[schema(example = "2027-03-13")]
    pub local_date: String,
    #[schema(example = "20:00")]
    pub local_time: String,
    #[schema(example = "Australia/Brisbane")]
    pub timezone: String,
    #[schema(example = "scheduled")]
    pub status: &'static str,
}

impl From<CityDates> for CityDatesBody {
    fn from(dates: CityDates) -> Self {
        let named = !dates.city.is_empty() || !dates.country.is_empty();
        let id = dates.city_id.map(|id| id.0);
        let city = named.then_some(CityNameBody { id, name: dates.city, region: dates.region, country: dates.country });
        Self { city, venues: dates.venues.into_iter().map(VenueDatesBody::from).collect() }
    }
}

impl From<VenueDates> for VenueDatesBody {
    fn from(dates: VenueDates) -> Self {
        let times = dates.events.into_iter().map(|event| TimeBody::from(event.row)).collect();
        Self { venue: dates.venue.map(EventVenueBody::from), times }
    }
}

impl From<catalog::model::EventRow> for TimeBody {
    fn from(row: catalog::model::EventRow) -> Self {
        let local = domain::LocalTime::of(row.starts_at, &row.timezone);
        Self {
            event_id: row.id.0,
            title: row.title,
            starts_at: row.starts_at,
            local_date: local.local_date,
            local_time: local.local_time,
            timezone: local.timezone,
            status: row.status.as_str(),
        }
    }
}

/// The dates of a series, grouped by city and venue.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesDatesBody {
    pub series: SeriesBody,
    pub items: Vec<CityDatesBody>,
    /// Where the next cities begin; null when nothing follows.
    pub next_cursor: Option<String>,
}
