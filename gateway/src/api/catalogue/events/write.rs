//! What organisers do to events.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalog::write::{self, Claim, Created};
use domain::{EventId, EventStatus};
use people::{KeyView, Scope};

use super::{
    body::EventBody,
    event_body,
    new::{EventPatchBody, NewEventBody},
};
use crate::api::catalogue::created::answer_created;
use crate::api::catalogue::version::{IfMatch, Versioned};
use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may, needs};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, MaybeIdempotent, Path};
use crate::web::policy::CachePolicy;

/// Creates an event.
#[utoipa::path(
    post, path = "/v1/events", operation_id = "create_event", tag = "catalogue",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same event; kept 24 hours.")),
    request_body = NewEventBody,
    responses(
        (status = 201, body = EventBody, headers(("Location" = String, description = "The event."), ("ETag" = String, description = "For If-Match.")),
            links(("get_event" = (operation_id = "get_event", parameters(("id" = "$response.body#/id")))), ("change_event" = (operation_id = "change_event", parameters(("id" = "$response.body#/id")))), ("delete_event" = (operation_id = "delete_event", parameters(("id" = "$response.body#/id")))))),
        Refuses<(BadKey, BadBody, no::KeyInvalid, no::KeyReused)>,
    ),
)]
pub async fn create_event(app: App, by: Acting<may::EventsWrite>, wanted: MaybeIdempotent<NewEventBody>) -> ApiResult<Response> {
    let MaybeIdempotent { key, fingerprint, body } = wanted;
    let claim = key.map(|key| Claim { owner: by.key.id, key, fingerprint });
    let Created { record, replayed } = write::events::create(&app.pool, &app.clock, &by.actor, body.into(), claim).await?;
    let (location, version) = (format!("/v1/events/{}", record.row.id), record.version);
    Ok(answer_created(location, replayed, Versioned { version, body: event_body(&app, record) }))
}

/// Replaces an event.
#[utoipa::path(
    put, path = "/v1/events/{id}", operation_id = "replace_event", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the event has changed since."),
    ),
    request_body = NewEventBody,
    responses((status = 200, body = EventBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch, no::SeatMapInUse)>),
)]
pub async fn replace_event(
    app: App,
    id: Path<EventId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(new): Json<NewEventBody>,
) -> ApiResult<Response> {
    may_become(&by.key, Some(new.status))?;
    let record = write::events::replace(&app.pool, &app.clock, &by.actor, *id, new.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("event-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: event_body(&app, record) }).into_response())
}

/// Changes some fields of an event (RFC 7396).
#[utoipa::path(
    patch, path = "/v1/events/{id}", operation_id = "change_event", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the event has changed since."),
    ),
    request_body = EventPatchBody,
    responses((status = 200, body = EventBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch, no::SeatMapInUse)>),
)]
pub async fn change_event(
    app: App,
    id: Path<EventId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(patch): Json<EventPatchBody>,
) -> ApiResult<Response> {
    may_become(&by.key, patch.status)?;
    let record = write::events::patch(&app.pool, &app.clock, &by.actor, *id, patch.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("event-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: event_body(&app, record) }).into_response())
}

/// Who cancels an event gives everybody the money back, whichever way it is said: that takes `sale:write`.
fn may_become(key: &KeyView, status: Option<EventStatus>) -> Result<(), ApiError> {
    if status == Some(EventStatus::Cancelled) { needs(key, Scope::SaleWrite) } else { Ok(()) }
}

/// Deletes an event to which nothing refers.
#[utoipa::path(
    delete, path = "/v1/events/{id}", operation_id = "delete_event", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the event has changed since."),
    ),
    responses((status = 204), Refuses<(BadKey, no::NotFound, no::VersionMismatch, no::InUse)>),
)]
pub async fn delete_event(app: App, id: Path<EventId>, by: Acting<may::EventsWrite>, if_match: IfMatch) -> ApiResult<Response> {
    write::events::delete(&app.pool, &by.actor, *id, if_match.expected()?).await?;
    app.purger.purge(&format!("event-{}", *id));
    Ok((StatusCode::NO_CONTENT, CachePolicy::Never).into_response())
}
