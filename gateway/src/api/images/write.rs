//! What organisers do to images. Bytes are put away first, then the row names them; what is no longer named goes at once, or is swept.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalog::model::Kind;
use catalog::write::images::{Removed, Replaced};
use catalog::write::{self, Claim, Created, WriteError};
use domain::ImageId;
use uuid::Uuid;

use super::body::{ImageBody, UploadBody, UploadChangeBody};
use super::upload::Upload;
use crate::api::catalogue::created::answer_created;
use crate::api::catalogue::version::{IfMatch, Versioned};
use crate::api::refusals::{BadKey, Refuses, no};
use crate::drawing::photo::take_in;
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract::{Path, idempotency_key};
use crate::web::policy::CachePolicy;

/// Uploads an image; events, series, performers and venues name it by `image_id`.
#[utoipa::path(
    post, path = "/v1/images", operation_id = "create_image", tag = "catalogue",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same image; kept 24 hours.")),
    request_body(content = UploadBody, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = ImageBody, headers(("Location" = String, description = "The image."), ("ETag" = String, description = "For If-Match.")),
            links(("get_image" = (operation_id = "get_image", parameters(("id" = "$response.body#/id")))), ("delete_image" = (operation_id = "delete_image", parameters(("id" = "$response.body#/id")))))),
        Refuses<(BadKey, no::Invalid, no::BodyTooLarge, no::MediaTypeUnsupported, no::KeyInvalid, no::KeyReused, no::ImagesFull, no::Busy)>,
    ),
)]
pub async fn create_image(app: App, by: Acting<may::EventsWrite>, request: Request) -> ApiResult<Response> {
    let key = idempotency_key(request.headers())?;
    let limits = app.config.image_limits;
    // a key may stand for an upload of before, which needs no more room
    if key.is_none() {
        write::images::has_room(&app.pool, by.actor.organiser, limits).await?;
    }
    let _seat = app.studio.seat_for_upload()?;
    let upload = read(&app, request).await?;
    let claim = key.map(|key| Claim { owner: by.key.id, key, fingerprint: upload.fingerprint() });
    let Upload { file: Some(bytes), alt: Some(alt) } = upload else { return Err(missing(&upload)) };
    write::check::alt(&alt).map_err(WriteError::from)?;
    let file = take_in(&app, bytes).await?;
    let made = write::images::create(&app.pool, &app.clock, &by.actor, &alt, &file, limits, claim).await;
    let unnamed = made.as_ref().map_or_else(is_certain, |made| made.replayed);
    if unnamed {
        remove(&app, file.file).await;
    }
    let Created { record, replayed } = made?;
    let (location, version) = (format!("/v1/images/{}", record.id), record.version);
    Ok(answer_created(location, replayed, Versioned { version, body: ImageBody::from(&record) }))
}

/// Reads an upload within the time that its caller waits: a body that trickles on keeps no seat beyond that.
async fn read(app: &App, request: Request) -> ApiResult<Upload> {
    let late = |_| ApiError::new(Code::Timeout).retry_after(1);
    tokio::time::timeout(app.config.request_timeout, Upload::read(request)).await.map_err(late)?
}

/// Whether a refused write left no row that names its file. After a COMMIT of unknown outcome one may: the sweep sees which.
fn is_certain(refused: &WriteError) -> bool {
    !matches!(refused, WriteError::Fault(_))
}

fn missing(upload: &Upload) -> ApiError {
    ApiError::invalid(if upload.file.is_none() { "file" } else { "alt" }, "is missing")
}

/// Replaces an image's file, its text, or both; what is left out stays. Whatever shows it shows the new one.
#[utoipa::path(
    put, path = "/v1/images/{id}", operation_id = "replace_image", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The image."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the image has changed since."),
    ),
    request_body(content = UploadChangeBody, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = ImageBody),
        Refuses<(BadKey, no::Invalid, no::NotFound, no::VersionMismatch, no::BodyTooLarge, no::MediaTypeUnsupported, no::ImagesFull, no::Busy)>,
    ),
)]
pub async fn replace_image(
    app: App,
    id: Path<ImageId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    request: Request,
) -> ApiResult<Response> {
    let expected = if_match.expected()?;
    write::images::check_match(&app.pool, &by.actor, *id, expected).await?;
    let _seat = app.studio.seat_for_upload()?;
    let upload = read(&app, request).await?;
    if upload.file.is_none() && upload.alt.is_none() {
        return Err(missing(&upload));
    }
    upload.alt.as_deref().map(write::check::alt).transpose().map_err(WriteError::from)?;
    let file = match upload.file {
        Some(bytes) => Some(take_in(&app, bytes).await?),
        None => None,
    };
    let new = (upload.alt.as_deref(), file.as_ref());
    let replaced = write::images::replace(&app.pool, &by.actor, *id, new, app.config.image_limits, expected).await;
    if let (Err(refused), Some(file)) = (&replaced, &file)
        && is_certain(refused)
    {
        remove(&app, file.file).await;
    }
    let Replaced { image, gone, users } = replaced?;
    forget(&app, *id, &users);
    if let Some(gone) = gone {
        remove(&app, gone).await;
    }
    Ok((CachePolicy::Private, Versioned { version: image.version, body: ImageBody::from(&image) }).into_response())
}

/// Deletes an image; what showed it shows none.
#[utoipa::path(
    delete, path = "/v1/images/{id}", operation_id = "delete_image", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The image."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: refused if the image has changed since."),
    ),
    responses((status = 204), Refuses<(BadKey, no::NotFound, no::VersionMismatch)>),
)]
pub async fn delete_image(app: App, id: Path<ImageId>, by: Acting<may::EventsWrite>, if_match: IfMatch) -> ApiResult<Response> {
    let Removed { gone, users } = write::images::delete(&app.pool, &by.actor, *id, if_match.expected()?).await?;
    forget(&app, *id, &users);
    remove(&app, gone).await;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Never).into_response())
}

/// Makes the edge forget an image and all that shows it; other nodes hear of it from the change feed.
fn forget(app: &App, id: ImageId, users: &[(Kind, Uuid)]) {
    app.purger.purge(&format!("image-{id}"));
    for (kind, user) in users {
        app.purger.purge(&format!("{}-{user}", kind.as_str()));
        app.purger.purge(kind.plural());
    }
}

/// Removes a file that no row names; one that stays is swept.
async fn remove(app: &App, file: Uuid) {
    if let Err(fault) = app.album.remove(file).await {
        tracing::warn!(%fault, "the bytes of an image stay until they are swept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_removed_only_when_no_row_can_name_it() {
        assert!(is_certain(&WriteError::NotFound) && is_certain(&WriteError::Conflict { version: 2 }));
        assert!(!is_certain(&WriteError::Fault(sqlx::Error::PoolClosed)), "its COMMIT may have been done");
    }
}
