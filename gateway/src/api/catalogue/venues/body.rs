//! Venues as the API says and takes them.

use catalog::model::{NewVenue, Venue, VenuePatch};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::catalogue::patch::{given, or_empty};
use crate::api::images::body::PictureBody;

/// A place with an address, a time zone and seat maps.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueBody {
    #[schema(example = "venue")]
    pub kind: &'static str,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Who calls it so, if that is said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[schema(example = "riverside-hall")]
    pub slug: String,
    #[schema(example = "Riverside Hall")]
    pub name: String,
    /// hall, stadium, …
    #[schema(example = "hall")]
    pub venue_kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city_id: Option<Uuid>,
    #[schema(example = "Brisbane")]
    pub city: String,
    pub region: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "AU")]
    pub country: String,
    pub country_name: String,
    pub address: String,
    pub postal_code: String,
    pub district: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    #[schema(example = "Australia/Brisbane")]
    pub timezone: String,
    pub capacity: Option<u32>,
    pub aliases: Vec<String>,
    pub description: String,
    /// The image that an organiser gave it.
    pub image_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<PictureBody>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub links: VenueLinks,
}

/// Where to go from a venue.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub events: String,
    pub seat_maps: String,
}

impl From<Venue> for VenueBody {
    fn from(venue: Venue) -> Self {
        let Venue { row, city, image, version, created_at, updated_at } = venue;
        let this = format!("/v1/venues/{}", row.id);
        let (city, region, country, country_name) =
            city.map(|city| (city.name, city.region, city.country, city.country_name)).unwrap_or_default();
        Self {
            kind: "venue",
            id: row.id.0,
            external_id: row.external_id,
            source: row.source,
            slug: row.slug,
            name: row.name,
            venue_kind: row.kind,
            city_id: row.city_id.filter(|_| !city.is_empty()).map(|id| id.0),
            city,
            region,
            country,
            country_name,
            address: row.address,
            postal_code: row.postal_code,
            district: row.district,
            lat: row.place.map(|place| place.lat),
            lon: row.place.map(|place| place.lon),
            timezone: row.timezone,
            capacity: row.capacity,
            aliases: row.aliases,
            description: row.description,
            image_id: image.own.map(|id| id.0),
            image: image.shown.as_ref().map(PictureBody::from),
            version,
            created_at,
            updated_at,
            links: VenueLinks { events: format!("{this}/events"), seat_maps: format!("{this}/seat-maps"), this },
        }
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

/// What an organiser writes of a venue; what is left out of a PUT becomes empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Riverside Hall", "city": "Brisbane", "country": "AU", "lat": -27.47, "lon": 153.02, "timezone": "Australia/Brisbane"
}))]
pub struct NewVenueBody {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    #[serde(default)]
    pub source: String,
    #[schema(min_length = 1)]
    pub name: String,
    /// hall, stadium, …; empty means `hall`.
    #[serde(default, alias = "kind")]
    pub venue_kind: String,
    #[serde(default)]
    pub city: String,
    #[serde(default)]
    pub region: String,
    /// ISO 3166-1 alpha-2; needed when a city is given.
    #[serde(default)]
    pub country: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub postal_code: String,
    #[serde(default)]
    pub district: String,
    #[schema(minimum = -90, maximum = 90)]
    pub lat: Option<f64>,
    #[schema(minimum = -180, maximum = 180)]
    pub lon: Option<f64>,
    /// IANA name.
    #[serde(default = "utc")]
    pub timezone: String,
    pub capacity: Option<u32>,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub description: String,
    /// An image of the organiser's own, or of the house's.
    pub image_id: Option<Uuid>,
}

impl From<NewVenueBody> for NewVenue {
    fn from(body: NewVenueBody) -> Self {
        Self {
            external_id: body.external_id,
            source: body.source,
            name: body.name,
            kind: body.venue_kind,
            city: body.city,
            region: body.region,
            country: body.country,
            address: body.address,
            postal_code: body.postal_code,
            district: body.district,
            lat: body.lat,
            lon: body.lon,
            timezone: body.timezone,
            capacity: body.capacity,
            aliases: body.aliases,
            image_id: body.image_id.map(Into::into),
            description: body.description,
        }
    }
}

/// A change to a venue (RFC 7396): what is absent stays, `null` clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "name": "Riverside Concert Hall" }))]
pub struct VenuePatchBody {
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub source: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub name: Option<String>,
    #[serde(alias = "kind", deserialize_with = "or_empty")]
    pub venue_kind: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub city: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub region: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub country: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub address: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub postal_code: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub district: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<f64>)]
    pub lat: Option<Option<f64>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<f64>)]
    pub lon: Option<Option<f64>>,
    #[serde(deserialize_with = "or_empty")]
    pub timezone: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub capacity: Option<Option<u32>>,
    #[serde(deserialize_with = "or_empty")]
    pub aliases: Option<Vec<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub description: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub image_id: Option<Option<Uuid>>,
}

impl From<VenuePatchBody> for VenuePatch {
    fn from(body: VenuePatchBody) -> Self {
        Self {
            external_id: body.external_id,
            source: body.source,
            name: body.name,
            kind: body.venue_kind,
            city: body.city,
            region: body.region,
            country: body.country,
            address: body.address,
            postal_code: body.postal_code,
            district: body.district,
            lat: body.lat,
            lon: body.lon,
            timezone: body.timezone,
            capacity: body.capacity,
            aliases: body.aliases,
            image_id: body.image_id.map(|image| image.map(Into::into)),
            description: body.description,
        }
    }
}
