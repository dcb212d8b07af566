//! What an organiser writes of an event.

use catalog::model::{Cast, EventPatch, Extras, More, NewEvent, Precision};
use domain::{EventStatus, OrphanRule};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::WorkBody;
use crate::api::catalogue::patch::{given, given_instant, instant, maybe_instant, or_empty};

/// What an organiser writes of an event; what is left out of a PUT becomes empty. Tiers have their own call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Night Owls Live", "starts_at": "2027-03-13T10:00:00Z", "category": "concerts",
    "sale_opens_at": "2026-11-01T00:00:00Z"
}))]
pub struct NewEventBody {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    #[serde(default)]
    pub source: String,
    #[schema(min_length = 1)]
    pub title: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub genre: String,
    #[serde(default)]
    pub event_type: String,
    #[serde(default)]
    pub season: String,
    #[serde(default)]
    pub topics: Vec<String>,
    #[serde(default)]
    pub works: Vec<WorkBody>,
    pub series_id: Option<Uuid>,
    pub venue_id: Option<Uuid>,
    #[serde(default)]
    pub performers: Vec<NewCastBody>,
    #[serde(deserialize_with = "instant")]
    pub starts_at: Timestamp,
    #[serde(default, deserialize_with = "maybe_instant")]
    pub ends_at: Option<Timestamp>,
    /// When people are let in: at the start or up to 24 hours before it.
    #[serde(default, deserialize_with = "maybe_instant")]
    pub doors_at: Option<Timestamp>,
    #[serde(default)]
    #[schema(value_type = String, example = "minute")]
    pub start_precision: PrecisionBody,
    /// IANA name; the venue's when absent.
    pub timezone: Option<String>,
    #[serde(default)]
    #[schema(value_type = String, example = "scheduled")]
    pub status: EventStatus,
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub online: bool,
    #[serde(default)]
    pub popularity: u32,
    pub seat_map_id: Option<Uuid>,
    /// Without a seat map: sells this many places without numbers.
    #[schema(minimum = 1)]
    pub capacity: Option<u32>,
    #[serde(default, deserialize_with = "maybe_instant")]
    pub sale_opens_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "maybe_instant")]
    pub sale_closes_at: Option<Timestamp>,
    /// How many places one buyer may have.
    #[schema(minimum = 1)]
    pub buyer_limit: Option<u32>,
    #[serde(default)]
    pub queue_required: bool,
    /// An image of the organiser's own, or of the house's.
    pub image_id: Option<Uuid>,
    /// Whether a buyer's own choice may leave a seat single that was not: `refuse` (422 `orphan_seat`) or `allow`.
    #[serde(default)]
    #[schema(value_type = String, example = "refuse")]
    pub orphan_rule: OrphanRule,
    /// A tag of BCP 47, such as `en` or `pt-BR`.
    #[serde(default)]
    pub language: String,
    /// The day on which what is shown came out.
    #[schema(value_type = Option<String>, format = Date, example = "1999-03-31")]
    pub released: Option<Date>,
    /// Whatever else there is to say: at most 4,096 bytes of JSON, five levels deep, no name twice and no whole number beyond 64 bits. Names
    /// and values are given back.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub extras: Extras,
}

/// How exactly the start is known.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrecisionBody {
    #[default]
    Minute,
    Day,
}

impl From<PrecisionBody> for Precision {
    fn from(body: PrecisionBody) -> Self {
        match body {
            PrecisionBody::Minute => Self::Minute,
            PrecisionBody::Day => Self::Day,
        }
    }
}

/// One place on the bill, which is in the order of the list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCastBody {
    /// The performer's id.
    pub id: Uuid,
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub instrument: String,
}

impl From<NewCastBody> for Cast {
    fn from(body: NewCastBody) -> Self {
        Self { performer_id: body.id.into(), role: body.role, instrument: body.instrument }
    }
}

impl From<NewEventBody> for NewEvent {
    fn from(body: NewEventBody) -> Self {
        Self {
            external_id: body.external_id,
            source: body.source,
            title: body.title,
            description: body.description,
            category: body.category,
            genre: body.genre,
            event_type: body.event_type,
            season: body.season,
            topics: body.topics,
            works: body.works.into_iter().map(Into::into).collect(),
            series_id: body.series_id.map(Into::into),
            venue_id: body.venue_id.map(Into::into),
            performers: body.performers.into_iter().map(Into::into).collect(),
            starts_at: body.starts_at,
            ends_at: body.ends_at,
            doors_at: body.doors_at,
            start_precision: body.start_precision.into(),
            timezone: body.timezone,
            status: body.status,
            url: body.url,
            online: body.online,
            popularity: body.popularity,
            seat_map_id: body.seat_map_id.map(Into::into),
            capacity: body.capacity,
            sale_opens_at: body.sale_opens_at,
            sale_closes_at: body.sale_closes_at,
            buyer_limit: body.buyer_limit,
            queue_required: body.queue_required,
            image_id: body.image_id.map(Into::into),
            orphan_rule: body.orphan_rule,
            more: More { language: body.language, released: body.released, extras: body.extras.0 },
        }
    }
}

/// A change to an event (RFC 7396): what is absent stays, `null` clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "title": "Night Owls Live: the second night" }))]
pub struct EventPatchBody {
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub source: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub title: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub description: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub category: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub genre: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub event_type: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub season: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub topics: Option<Vec<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub works: Option<Vec<WorkBody>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub series_id: Option<Option<Uuid>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub venue_id: Option<Option<Uuid>>,
    #[serde(deserialize_with = "or_empty")]
    pub performers: Option<Vec<NewCastBody>>,
    #[serde(deserialize_with = "maybe_instant")]
    pub starts_at: Option<Timestamp>,
    #[serde(deserialize_with = "given_instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "given_instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub doors_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "or_empty")]
    #[schema(value_type = Option<String>, example = "minute")]
    pub start_precision: Option<PrecisionBody>,
    pub timezone: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    #[schema(value_type = Option<String>, example = "postponed")]
    pub status: Option<EventStatus>,
    #[serde(deserialize_with = "or_empty")]
    pub url: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub online: Option<bool>,
    #[serde(deserialize_with = "or_empty")]
    pub popularity: Option<u32>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub seat_map_id: Option<Option<Uuid>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub capacity: Option<Option<u32>>,
    #[serde(deserialize_with = "given_instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sale_opens_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "given_instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sale_closes_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub buyer_limit: Option<Option<u32>>,
    #[serde(deserialize_with = "or_empty")]
    pub queue_required: Option<bool>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub image_id: Option<Option<Uuid>>,
    #[serde(deserialize_with = "or_empty")]
    #[schema(value_type = Option<String>, example = "allow")]
    pub orphan_rule: Option<OrphanRule>,
    #[serde(deserialize_with = "or_empty")]
    pub language: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    pub released: Option<Option<Date>>,
    #[serde(deserialize_with = "or_empty")]
    #[schema(value_type = Option<Object>)]
    pub extras: Option<Extras>,
}

impl From<EventPatchBody> for EventPatch {
    fn from(body: EventPatchBody) -> Self {
        Self {
            external_id: body.external_id,
            source: body.source,
            title: body.title,
            description: body.description,
            category: body.category,
            genre: body.genre,
            event_type: body.event_type,
            season: body.season,
            topics: body.topics,
            works: body.works.map(|works| works.into_iter().map(Into::into).collect()),
            series_id: body.series_id.map(|id| id.map(Into::into)),
            venue_id: body.venue_id.map(|id| id.map(Into::into)),
            performers: body.performers.map(|cast| cast.into_iter().map(Into::into).collect()),
            starts_at: body.starts_at,
            ends_at: body.ends_at,
            doors_at: body.doors_at,
            start_precision: body.start_precision.map(Into::into),
            timezone: body.timezone,
            status: body.status,
            url: body.url,
            online: body.online,
            popularity: body.popularity,
            seat_map_id: body.seat_map_id.map(|id| id.map(Into::into)),
            capacity: body.capacity,
            sale_opens_at: body.sale_opens_at,
            sale_closes_at: body.sale_closes_at,
            buyer_limit: body.buyer_limit,
            queue_required: body.queue_required,
            image_id: body.image_id.map(|image| image.map(Into::into)),
            orphan_rule: body.orphan_rule,
            language: body.language,
            released: body.released,
            extras: body.extras.map(|extras| extras.0),
        }
    }
}
