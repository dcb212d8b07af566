//! What organisers do to performers.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalog::write::{self, Claim, Created};
use domain::PerformerId;

use super::body::{NewPerformerBody, PerformerBody, PerformerPatchBody};
use crate::api::catalogue::created::answer_created;
use crate::api::catalogue::version::{IfMatch, Versioned};
use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, MaybeIdempotent, Path};
use crate::web::policy::CachePolicy;

/// Creates a performer.
#[utoipa::path(
    post, path = "/v1/performers", operation_id = "create_performer", tag = "catalogue",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same performer; kept 24 hours.")),
    request_body = NewPerformerBody,
    responses(
        (status = 201, body = PerformerBody, headers(("Location" = String, description = "The performer."), ("ETag" = String, description = "For If-Match.")),
            links(("get_performer" = (operation_id = "get_performer", parameters(("id" = "$response.body#/id")))), ("change_performer" = (operation_id = "change_performer", parameters(("id" = "$response.body#/id")))), ("delete_performer" = (operation_id = "delete_performer", parameters(("id" = "$response.body#/id")))))),
        Refuses<(BadKey, BadBody, no::KeyInvalid, no::KeyReused)>,
    ),
)]
pub async fn create_performer(
    app: App,
    by: Acting<may::EventsWrite>,
    wanted: MaybeIdempotent<NewPerformerBody>,
) -> ApiResult<Response> {
    let MaybeIdempotent { key, fingerprint, body } = wanted;
    let claim = key.map(|key| Claim { owner: by.key.id, key, fingerprint });
    let Created { record, replayed } = write::performers::create(&app.pool, &app.clock, &by.actor, body.into(), claim).await?;
    let (location, version) = (format!("/v1/performers/{}", record.row.id), record.version);
    Ok(answer_created(location, replayed, Versioned { version, body: PerformerBody::from(record) }))
}

/// Replaces a performer.
#[utoipa::path(
    put, path = "/v1/performers/{id}", operation_id = "replace_performer", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The performer."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the performer has changed since."),
    ),
    request_body = NewPerformerBody,
    responses((status = 200, body = PerformerBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn replace_performer(
    app: App,
    id: Path<PerformerId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(new): Json<NewPerformerBody>,
) -> ApiResult<Response> {
    let record = write::performers::replace(&app.pool, &by.actor, *id, new.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("performer-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: PerformerBody::from(record) }).into_response())
}

/// Changes some fields of a performer (RFC 7396).
#[utoipa::path(
    patch, path = "/v1/performers/{id}", operation_id = "change_performer", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The performer."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the performer has changed since."),
    ),
    request_body = PerformerPatchBody,
    responses((status = 200, body = PerformerBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn change_performer(
    app: App,
    id: Path<PerformerId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(patch): Json<PerformerPatchBody>,
) -> ApiResult<Response> {
    let record = write::performers::patch(&app.pool, &by.actor, *id, patch.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("performer-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: PerformerBody::from(record) }).into_response())
}

/// Deletes a performer to which nothing refers.
#[utoipa::path(
    delete, path = "/v1/performers/{id}", operation_id = "delete_performer", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The performer."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the performer has changed since."),
    ),
    responses((status = 204), Refuses<(BadKey, no::NotFound, no::VersionMismatch, no::InUse)>),
)]
pub async fn delete_performer(
    app: App,
    id: Path<PerformerId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
) -> ApiResult<Response> {
    write::performers::delete(&app.pool, &by.actor, *id, if_match.expected()?).await?;
    app.purger.purge(&format!("performer-{}", *id));
    Ok((StatusCode::NO_CONTENT, CachePolicy::Never).into_response())
}
