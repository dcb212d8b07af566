//! Performers as the API says and takes them.

use catalog::model::{NewPerformer, Performer, PerformerPatch};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::catalogue::patch::{given, or_empty};
use crate::api::images::body::PictureBody;

/// A person or group on stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct PerformerBody {
    #[schema(example = "performer")]
    pub kind: &'static str,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Who calls it so, if that is said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[schema(example = "the-night-owls")]
    pub slug: String,
    #[schema(example = "The Night Owls")]
    pub name: String,
    pub sort_name: String,
    /// band, soloist, team, …
    #[schema(example = "band")]
    pub performer_kind: String,
    pub kinds: Vec<String>,
    pub instruments: Vec<String>,
    pub sport: String,
    pub city: String,
    pub country: String,
    pub aliases: Vec<String>,
    pub description: String,
    /// The image that an organiser gave it.
    pub image_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<PictureBody>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub links: PerformerLinks,
}

/// Where to go from a performer.
#[derive(Debug, Serialize, ToSchema)]
pub struct PerformerLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub events: String,
}

impl From<Performer> for PerformerBody {
    fn from(performer: Performer) -> Self {
        let Performer { row, image, version, created_at, updated_at } = performer;
        let this = format!("/v1/performers/{}", row.id);
        Self {
            kind: "performer",
            id: row.id.0,
            external_id: row.external_id,
            source: row.source,
            slug: row.slug,
            name: row.name,
            sort_name: row.sort_name,
            performer_kind: row.kind,
            kinds: row.kinds,
            instruments: row.instruments,
            sport: row.sport,
            city: row.city,
            country: row.country,
            aliases: row.aliases,
            description: row.description,
            image_id: image.own.map(|id| id.0),
            image: image.shown.as_ref().map(PictureBody::from),
            version,
            created_at,
            updated_at,
            links: PerformerLinks { events: format!("{this}/events"), this },
        }
    }
}

/// What an organiser writes of a performer; what is left out of a PUT becomes empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "The Night Owls", "performer_kind": "band", "external_id": "owls-1" }))]
pub struct NewPerformerBody {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    #[serde(default)]
    pub source: String,
    #[schema(min_length = 1, max_length = 300)]
    pub name: String,
    #[serde(default)]
    pub sort_name: String,
    /// band, soloist, team, …; empty means `performer`.
    #[serde(default, alias = "kind")]
    pub performer_kind: String,
    #[serde(default)]
    pub kinds: Vec<String>,
    #[serde(default)]
    pub instruments: Vec<String>,
    #[serde(default)]
    pub sport: String,
    #[serde(default)]
    pub city: String,
    #[serde(default)]
    pub country: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub description: String,
    /// An image of the organiser's own, or of the house's.
    pub image_id: Option<Uuid>,
}

impl From<NewPerformerBody> for NewPerformer {
    fn from(body: NewPerformerBody) -> Self {
        Self {
            external_id: body.external_id,
            source: body.source,
            name: body.name,
            sort_name: body.sort_name,
            kind: body.performer_kind,
            kinds: body.kinds,
            instruments: body.instruments,
            sport: body.sport,
            city: body.city,
            country: body.country,
            aliases: body.aliases,
            image_id: body.image_id.map(Into::into),
            description: body.description,
        }
    }
}

/// A change to a performer (RFC 7396): what is absent stays, `null` clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "name": "The Night Owls Trio" }))]
pub struct PerformerPatchBody {
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub source: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub name: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub sort_name: Option<String>,
    #[serde(alias = "kind", deserialize_with = "or_empty")]
    pub performer_kind: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub kinds: Option<Vec<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub instruments: Option<Vec<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub sport: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub city: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub country: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub aliases: Option<Vec<String>>,
    #[serde(deserialize_with = "or_empty")]
    pub description: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub image_id: Option<Option<Uuid>>,
}

impl From<PerformerPatchBody> for PerformerPatch {
    fn from(body: PerformerPatchBody) -> Self {
        Self {
            external_id: body.external_id,
            source: body.source,
            name: body.name,
            sort_name: body.sort_name,
            kind: body.performer_kind,
            kinds: body.kinds,
            instruments: body.instruments,
            sport: body.sport,
            city: body.city,
            country: body.country,
            aliases: body.aliases,
            image_id: body.image_id.map(|image| image.map(Into::into)),
            description: body.description,
        }
    }
}
