//! What organisers do to venues.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalog::write::{self, Claim, Created};
use domain::VenueId;

use super::body::{NewVenueBody, VenueBody, VenuePatchBody};
use crate::api::catalogue::created::answer_created;
use crate::api::catalogue::version::{IfMatch, Versioned};
use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, MaybeIdempotent, Path};
use crate::web::policy::CachePolicy;

/// Creates a venue.
#[utoipa::path(
    post, path = "/v1/venues", operation_id = "create_venue", tag = "catalogue",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same venue; kept 24 hours.")),
    request_body = NewVenueBody,
    responses(
        (status = 201, body = VenueBody, headers(("Location" = String, description = "The venue."), ("ETag" = String, description = "For If-Match.")),
            links(("get_venue" = (operation_id = "get_venue", parameters(("id" = "$response.body#/id")))), ("change_venue" = (operation_id = "change_venue", parameters(("id" = "$response.body#/id")))), ("delete_venue" = (operation_id = "delete_venue", parameters(("id" = "$response.body#/id")))))),
        Refuses<(BadKey, BadBody, no::KeyInvalid, no::KeyReused)>,
    ),
)]
pub async fn create_venue(app: App, by: Acting<may::EventsWrite>, wanted: MaybeIdempotent<NewVenueBody>) -> ApiResult<Response> {
    let MaybeIdempotent { key, fingerprint, body } = wanted;
    let claim = key.map(|key| Claim { owner: by.key.id, key, fingerprint });
    let Created { record, replayed } = write::venues::create(&app.pool, &app.clock, &by.actor, body.into(), claim).await?;
    let (location, version) = (format!("/v1/venues/{}", record.row.id), record.version);
    Ok(answer_created(location, replayed, Versioned { version, body: VenueBody::from(record) }))
}

/// Replaces a venue.
#[utoipa::path(
    put, path = "/v1/venues/{id}", operation_id = "replace_venue", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The venue."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the venue has changed since."),
    ),
    request_body = NewVenueBody,
    responses((status = 200, body = VenueBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn replace_venue(
    app: App,
    id: Path<VenueId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(new): Json<NewVenueBody>,
) -> ApiResult<Response> {
    let record = write::venues::replace(&app.pool, &app.clock, &by.actor, *id, new.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("venue-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: VenueBody::from(record) }).into_response())
}

/// Changes some fields of a venue (RFC 7396).
#[utoipa::path(
    patch, path = "/v1/venues/{id}", operation_id = "change_venue", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The venue."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the venue has changed since."),
    ),
    request_body = VenuePatchBody,
    responses((status = 200, body = VenueBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn change_venue(
    app: App,
    id: Path<VenueId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(patch): Json<VenuePatchBody>,
) -> ApiResult<Response> {
    let record = write::venues::patch(&app.pool, &app.clock, &by.actor, *id, patch.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("venue-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: VenueBody::from(record) }).into_response())
}

/// Deletes a venue to which nothing refers.
#[utoipa::path(
    delete, path = "/v1/venues/{id}", operation_id = "delete_venue", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The venue."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the venue has changed since."),
    ),
    responses((status = 204), Refuses<(BadKey, no::NotFound, no::VersionMismatch, no::InUse)>),
)]
pub async fn delete_venue(app: App, id: Path<VenueId>, by: Acting<may::EventsWrite>, if_match: IfMatch) -> ApiResult<Response> {
    write::venues::delete(&app.pool, &by.actor, *id, if_match.expected()?).await?;
    app.purger.purge(&format!("venue-{}", *id));
    Ok((StatusCode::NO_CONTENT, CachePolicy::Never).into_response())
}
