//! What organisers do to series.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalog::write::{self, Claim, Created};
use domain::SeriesId;

use super::body::{NewSeriesBody, SeriesBody, SeriesPatchBody};
use crate::api::catalogue::created::answer_created;
use crate::api::catalogue::version::{IfMatch, Versioned};
use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, MaybeIdempotent, Path};
use crate::web::policy::CachePolicy;

/// Creates a series.
#[utoipa::path(
    post, path = "/v1/series", operation_id = "create_series", tag = "catalogue",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same series; kept 24 hours.")),
    request_body = NewSeriesBody,
    responses(
        (status = 201, body = SeriesBody, headers(("Location" = String, description = "The series."), ("ETag" = String, description = "For If-Match.")),
            links(("get_series" = (operation_id = "get_series", parameters(("id" = "$response.body#/id")))), ("change_series" = (operation_id = "change_series", parameters(("id" = "$response.body#/id")))), ("delete_series" = (operation_id = "delete_series", parameters(("id" = "$response.body#/id")))))),
        Refuses<(BadKey, BadBody, no::KeyInvalid, no::KeyReused)>,
    ),
)]
pub async fn create_series(
    app: App,
    by: Acting<may::EventsWrite>,
    wanted: MaybeIdempotent<NewSeriesBody>,
) -> ApiResult<Response> {
    let MaybeIdempotent { key, fingerprint, body } = wanted;
    let claim = key.map(|key| Claim { owner: by.key.id, key, fingerprint });
    let Created { record, replayed } = write::series::create(&app.pool, &app.clock, &by.actor, body.into(), claim).await?;
    let (location, version) = (format!("/v1/series/{}", record.row.id), record.version);
    Ok(answer_created(location, replayed, Versioned { version, body: SeriesBody::from(record) }))
}

/// Replaces a series.
#[utoipa::path(
    put, path = "/v1/series/{id}", operation_id = "replace_series", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The series."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the series has changed since."),
    ),
    request_body = NewSeriesBody,
    responses((status = 200, body = SeriesBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn replace_series(
    app: App,
    id: Path<SeriesId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(new): Json<NewSeriesBody>,
) -> ApiResult<Response> {
    let record = write::series::replace(&app.pool, &by.actor, *id, new.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("series-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: SeriesBody::from(record) }).into_response())
}

/// Changes some fields of a series (RFC 7396).
#[utoipa::path(
    patch, path = "/v1/series/{id}", operation_id = "change_series", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The series."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the series has changed since."),
    ),
    request_body = SeriesPatchBody,
    responses((status = 200, body = SeriesBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn change_series(
    app: App,
    id: Path<SeriesId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(patch): Json<SeriesPatchBody>,
) -> ApiResult<Response> {
    let record = write::series::patch(&app.pool, &by.actor, *id, patch.into(), if_match.expected()?).await?;
    app.purger.purge(&format!("series-{}", *id));
    Ok((CachePolicy::Private, Versioned { version: record.version, body: SeriesBody::from(record) }).into_response())
}

/// Deletes a series to which nothing refers.
#[utoipa::path(
    delete, path = "/v1/series/{id}", operation_id = "delete_series", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The series."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the series has changed since."),
    ),
    responses((status = 204), Refuses<(BadKey, no::NotFound, no::VersionMismatch, no::InUse)>),
)]
pub async fn delete_series(app: App, id: Path<SeriesId>, by: Acting<may::EventsWrite>, if_match: IfMatch) -> ApiResult<Response> {
    write::series::delete(&app.pool, &by.actor, *id, if_match.expected()?).await?;
    app.purger.purge(&format!("series-{}", *id));
    Ok((StatusCode::NO_CONTENT, CachePolicy::Never).into_response())
}
