//! Seat maps: a venue's floors, each in versions that never change.

use axum::response::{IntoResponse, Response};
use catalog::model::SeatMapHead;
use catalog::write;
use domain::{SeatMap, SeatMapId, VenueId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::catalogue::version::IfMatch;
use crate::api::listing::Listing;
use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params, Path};
use crate::web::finder::OneList;
use crate::web::policy::CachePolicy;

/// One version of one of a venue's seat maps, without its seats.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatMapHeadBody {
    /// For an event's `seat_map_id`.
    pub id: Uuid,
    pub venue_id: Uuid,
    #[schema(example = "Great Hall")]
    pub name: String,
    /// Counts up by name.
    pub version: u32,
    /// Of the map's content.
    pub sha256: String,
    /// Seats and area places together.
    pub capacity: u32,
    pub created_at: Timestamp,
    pub links: SeatMapLinks,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SeatMapLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub venue: String,
}

impl From<SeatMapHead> for SeatMapHeadBody {
    fn from(head: SeatMapHead) -> Self {
        let links = SeatMapLinks { this: format!("/v1/seat-maps/{}", head.id), venue: format!("/v1/venues/{}", head.venue_id) };
        Self {
            id: head.id.0,
            venue_id: head.venue_id.0,
            name: head.name,
            version: head.version,
            sha256: hex::encode(head.sha256),
            capacity: head.capacity,
            created_at: head.created_at,
            links,
        }
    }
}

/// A floor: sections of rows of seats, and general-admission areas. A pretix seating plan (with `zones`) is taken too.
///
/// Coordinates are map units: x to the right, y down, neighbouring seats about 10 apart. A seat's id is `section-row-number`.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "only its description is used; domain::SeatMap is read")]
#[schema(example = json!({
    "name": "Great Hall",
    "stage": { "label": "Stage", "outline": [[0, 0], [100, 0], [100, 20], [0, 20]] },
    "sections": [{ "id": "stalls", "label": "Stalls", "tier": "1", "rows": [
        { "label": "A", "seats": [{ "number": "1", "x": 0, "y": 40 }, { "number": "2", "x": 10, "y": 40 }] }
    ] }],
    "areas": [{ "id": "floor", "label": "Floor", "tier": "2", "capacity": 200 }]
}))]
pub struct SeatMapBody {
    pub name: String,
    /// `[x, y]` of where one would most like to sit near: best seats are the nearest to it. Absent: before a screen two thirds of the way
    /// back, elsewhere the middle of the stage, without a stage the middle of the upper edge.
    #[schema(min_items = 2, max_items = 2)]
    pub focal_point: Option<Vec<f32>>,
    pub stage: Option<StageBody>,
    pub sections: Vec<MapSectionBody>,
    pub areas: Vec<MapAreaBody>,
}

#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct StageBody {
    pub label: String,
    pub outline: Vec<Vec<f32>>,
}

#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct MapSectionBody {
    /// Letters, digits and hyphens; first part of its seats' ids.
    pub id: String,
    pub label: String,
    /// One character of 1-9 or a-z.
    pub tier: String,
    pub outline: Option<Vec<Vec<f32>>>,
    /// Which floor it is on, in a house of several. Floors that lie on each other by their coordinates, or on the stage, are drawn one
    /// below the other in the order in which they are named; the stage belongs to the first.
    pub floor: Option<String>,
    pub rows: Vec<MapRowBody>,
}

#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct MapRowBody {
    pub label: String,
    pub seats: Vec<MapSeatBody>,
}

#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct MapSeatBody {
    pub number: String,
    pub x: f32,
    pub y: f32,
    /// A wheelchair space.
    pub accessible: Option<bool>,
    /// The id of the wheelchair space whose companion sits here; no two seats name the same. In a map where no seat names any, the seat
    /// beside each wheelchair space is its companion's.
    pub companion_of: Option<String>,
    /// The next seat of the row is no neighbour.
    pub gap_after: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct MapAreaBody {
    pub id: String,
    pub label: String,
    pub tier: String,
    pub capacity: u32,
    pub outline: Option<Vec<Vec<f32>>>,
    /// As a section's.
    pub floor: Option<String>,
}

/// Puts a venue's seat map: a new version of its name, unless the newest is the same floor. Events keep the version they have.
#[utoipa::path(
    put, path = "/v1/venues/{id}/seat-maps", operation_id = "put_seat_map", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The venue."),
        ("If-Match" = Option<String>, Header, description = "The venue's ETag that was read."),
    ),
    request_body = SeatMapBody,
    responses((status = 200, body = SeatMapHeadBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn put_seat_map(
    app: App,
    venue: Path<VenueId>,
    by: Acting<may::MapsWrite>,
    if_match: IfMatch,
    Json(map): Json<Value>,
) -> ApiResult<Response> {
    let map = write::read_seat_map(map).map_err(|wrong| ApiError::invalid(wrong.field, wrong.detail))?;
    let head = write::put_seat_map(&app.pool, &app.clock, &by.actor, *venue, map, if_match.expected()?).await?;
    app.purger.purge(&format!("venue-{}", *venue));
    Ok((CachePolicy::Private, Json(SeatMapHeadBody::from(head))).into_response())
}

/// Lists all versions of a venue's seat maps, without their seats.
#[utoipa::path(
    get, path = "/v1/venues/{id}/seat-maps", operation_id = "list_seat_maps", tag = "catalogue",
    params(("id" = Uuid, Path, description = "The venue.")),
    responses((status = 200, body = Listing<SeatMapHeadBody>), Refuses<(no::NotFound, no::Invalid)>),
)]
pub async fn list_seat_maps(app: App, _one: OneList, venue: Path<VenueId>, params: Params) -> ApiResult<Response> {
    params.only(&[])?;
    let heads = app.reads.seat_maps_of(*venue).await?;
    let body = Listing { items: heads.into_iter().map(SeatMapHeadBody::from).collect(), next_cursor: None };
    Ok((CachePolicy::Search.tagged([format!("venue-{}", *venue)]), Json(body)).into_response())
}

/// Shows one version of a seat map with its seats; it never changes.
#[utoipa::path(
    get, path = "/v1/seat-maps/{id}", operation_id = "get_seat_map", tag = "catalogue",
    params(("id" = Uuid, Path, description = "The seat map.")),
    responses((status = 200, body = SeatMapBody), Refuses<(no::NotFound,)>),
)]
pub async fn get_seat_map(app: App, id: Path<SeatMapId>) -> ApiResult<Response> {
    let map = app.studio.seat_map(&app.reads, *id).await?;
    Ok((CachePolicy::Immutable, Json::<&SeatMap>(&map)).into_response())
}
