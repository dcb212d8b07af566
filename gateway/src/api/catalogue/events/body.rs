//! Events as the API says and takes them.

use std::collections::BTreeMap;

use catalog::model::{CastMember, Event, EventSeries, EventVenue};
use catalog::search::Badge;
use domain::{LocalTime, Tier};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::images::body::PictureBody;
use crate::web::money::MoneyBody;

/// One performance at one venue at one time.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    #[schema(example = "event")]
    pub kind: &'static str,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Who calls it so, if that is said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[schema(example = "night-owls-live")]
    pub slug: String,
    #[schema(example = "Night Owls Live")]
    pub title: String,
    pub description: String,
    #[schema(example = "concerts")]
    pub category: String,
    pub genre: String,
    pub event_type: String,
    pub season: String,
    pub topics: Vec<String>,
    pub works: Vec<WorkBody>,
    pub series: Option<EventSeriesBody>,
    pub venue: Option<EventVenueBody>,
    pub performers: Vec<CastBody>,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    /// When people are let in.
    pub doors_at: Option<Timestamp>,
    /// `minute`, or `day` when only the day is known.
    #[schema(example = "minute")]
    pub start_precision: &'static str,
    #[schema(example = "2027-03-13")]
    pub local_date: String,
    #[schema(example = "20:00")]
    pub local_time: String,
    #[schema(example = "Australia/Brisbane")]
    pub timezone: String,
    /// scheduled, postponed, cancelled, awarded or abandoned.
    #[schema(example = "scheduled")]
    pub status: &'static str,
    pub url: String,
    pub online: bool,
    pub popularity: u32,
    pub price_from: Option<MoneyBody>,
    pub price_to: Option<MoneyBody>,
    pub seat_map_id: Option<Uuid>,
    /// Places of the seat map.
    pub capacity: Option<u32>,
    pub tiers: Vec<TierBody>,
    /// A tag of BCP 47; empty: unknown, or none.
    #[schema(example = "en")]
    pub language: String,
    /// The day on which what is shown came out.
    #[schema(value_type = Option<String>, format = Date, example = "1999-03-31")]
    pub released: Option<Date>,
    /// Whatever else its source says: its names and values, in any order.
    #[schema(value_type = Object)]
    pub extras: Map<String, Value>,
    /// Section or area id → tier id, where the map's own tier does not hold.
    pub tier_of: BTreeMap<String, String>,
    pub sale_opens_at: Option<Timestamp>,
    pub sale_closes_at: Option<Timestamp>,
    /// How many places one buyer may have.
    pub buyer_limit: Option<u32>,
    pub queue_required: bool,
    /// The image that an organiser gave it.
    pub image_id: Option<Uuid>,
    /// Its own image, else its series', else the first of its bill's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<PictureBody>,
    /// `refuse`: a choice that leaves a seat single is refused (422 `orphan_seat`); `allow`: it is not.
    #[schema(example = "refuse")]
    pub orphan_rule: &'static str,
    /// available, few, held, sold_out, not_on_sale or cancelled.
    #[schema(example = "available")]
    pub availability: &'static str,
    pub availability_as_of: Timestamp,
    /// Grows when what a ticket shows changes.
    pub edition: u32,
    /// Grows with every change; the ETag of writes.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub links: EventLinks,
}

/// Where to go from an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub seats: String,
    /// The best seat; `?quantity=2` for more.
    pub best: String,
    pub stream: String,
    pub holds: String,
    pub seatmap_svg: String,
    pub seatmap_png: String,
}

impl EventLinks {
    fn of(id: Uuid) -> Self {
        let this = format!("/v1/events/{id}");
        Self {
            seats: format!("{this}/seats"),
            best: format!("{this}/best"),
            stream: format!("{this}/seats/stream"),
            holds: format!("{this}/holds"),
            seatmap_svg: format!("{this}/seatmap.svg"),
            seatmap_png: format!("{this}/seatmap.png"),
            this,
        }
    }
}

/// A price category.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "id": "1", "name": "Stalls", "price": { "amount": 9500, "currency": "AUD" } }))]
pub struct TierBody {
    /// One character of 1-9 or a-z.
    #[schema(pattern = "^[1-9a-z]$")]
    pub id: String,
    pub name: String,
    pub price: MoneyBody,
    /// Of its own places, by what makes its event's; as its event's until something was sold. What is sent is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<String>,
}

impl From<Tier> for TierBody {
    fn from(tier: Tier) -> Self {
        Self { id: tier.id.to_string(), name: tier.name, price: tier.price.into(), availability: None }
    }
}

impl TierBody {
    fn marked(tier: Tier, badge: Badge) -> Self {
        Self { availability: Some(badge.of(tier.id).as_str().to_owned()), ..Self::from(tier) }
    }
}

/// A piece that is played or shown.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "composer": "Antonín Dvořák", "title": "Rusalka" }))]
pub struct WorkBody {
    #[serde(default)]
    pub composer: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub composer_id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub movements: Vec<String>,
}

/// Who is on stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct CastBody {
    pub id: Uuid,
    pub slug: String,
    #[schema(example = "The Night Owls")]
    pub name: String,
    pub role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instrument: String,
}

impl From<CastMember> for CastBody {
    fn from(member: CastMember) -> Self {
        let CastMember { performer_id, slug, name, role, instrument } = member;
        Self { id: performer_id.0, slug, name, role, instrument }
    }
}

/// The venue as an event's card shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventVenueBody {
    pub id: Uuid,
    pub slug: String,
    #[schema(example = "Riverside Hall")]
    pub name: String,
    pub address: String,
    pub postal_code: String,
    pub city_id: Option<Uuid>,
    #[schema(example = "Brisbane")]
    pub city: String,
    pub region: String,
    #[schema(example = "AU")]
    pub country: String,
    pub country_name: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

impl From<EventVenue> for EventVenueBody {
    fn from(venue: EventVenue) -> Self {
        Self {
            id: venue.id.0,
            slug: venue.slug,
            name: venue.name,
            address: venue.address,
            postal_code: venue.postal_code,
            city_id: venue.city_id.map(|id| id.0),
            city: venue.city,
            region: venue.region,
            country: venue.country,
            country_name: venue.country_name,
            lat: venue.place.map(|place| place.lat),
            lon: venue.place.map(|place| place.lon),
        }
    }
}

/// The series as an event's card shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventSeriesBody {
    pub id: Uuid,
    pub slug: String,
    #[schema(example = "Night Owls World Tour")]
    pub title: String,
    #[schema(example = "tour")]
    pub series_kind: String,
}

impl From<EventSeries> for EventSeriesBody {
    fn from(series: EventSeries) -> Self {
        Self { id: series.id.0, slug: series.slug, title: series.title, series_kind: series.kind }
    }
}

impl EventBody {
    pub fn of(event: Event, badge: Badge) -> Self {
        let price = event.row.price_range();
        let Event { row, cast, venue, series, image, capacity, edition, version, created_at, updated_at } = event;
        let local = LocalTime::of(row.starts_at, &row.timezone);
        Self {
            kind: "event",
            id: row.id.0,
            external_id: row.external_id,
            source: row.source,
            slug: row.slug,
            title: row.title,
            description: row.description,
            category: row.category,
            genre: row.genre,
            event_type: row.event_type,
            season: row.season,
            topics: row.topics,
            works: row.works.into_iter().map(WorkBody::from).collect(),
            series: series.map(EventSeriesBody::from),
            venue: venue.map(EventVenueBody::from),
            performers: cast.into_iter().map(CastBody::from).collect(),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            doors_at: row.doors_at,
            start_precision: row.start_precision.as_str(),
            local_date: local.local_date,
            local_time: local.local_time,
            timezone: local.timezone,
            status: row.status.as_str(),
            url: row.url,
            online: row.online,
            popularity: row.popularity,
            price_from: price.map(|(from, _)| from.into()),
            price_to: price.map(|(_, to)| to.into()),
            seat_map_id: row.seat_map_id.map(|id| id.0),
            capacity,
            tiers: row.tiers.into_iter().map(|tier| TierBody::marked(tier, badge)).collect(),
            language: row.more.language,
            released: row.more.released,
            extras: row.more.extras,
            tier_of: row.tier_of.into_iter().map(|(part, tier)| (part, tier.to_string())).collect(),
            sale_opens_at: row.sale_opens_at,
            sale_closes_at: row.sale_closes_at,
            buyer_limit: row.buyer_limit,
            queue_required: row.queue_required,
            image_id: image.own.map(|id| id.0),
            image: image.shown.as_ref().map(PictureBody::from),
            orphan_rule: row.orphan_rule.as_str(),
            availability: badge.availability.as_str(),
            availability_as_of: badge.as_of,
            edition,
            version,
            created_at,
            updated_at,
            links: EventLinks::of(row.id.0),
        }
    }
}

impl From<catalog::model::Work> for WorkBody {
    fn from(work: catalog::model::Work) -> Self {
        let catalog::model::Work { composer, composer_id, title, movements } = work;
        Self { composer, composer_id, title, movements }
    }
}

impl From<WorkBody> for catalog::model::Work {
    fn from(body: WorkBody) -> Self {
        let WorkBody { composer, composer_id, title, movements } = body;
        Self { composer, composer_id, title, movements }
    }
}
