//! How an organiser's tickets look.

use axum::response::{IntoResponse, Response};

use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::drawing::logo;
use crate::drawing::theme::TicketThemeBody;
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::Json;
use crate::web::policy::CachePolicy;

/// Shows how the organiser's tickets look.
#[utoipa::path(
    get, path = "/v1/ticket-theme", operation_id = "get_ticket_theme", tag = "drawings",
    security(("bearer" = [])),
    responses((status = 200, body = TicketThemeBody), Refuses<(BadKey, no::NotFound)>),
)]
pub async fn get_ticket_theme(app: App, by: Acting<may::EventsWrite>) -> ApiResult<Response> {
    let look = app.people.ticket_look(by.actor.organiser).await?;
    Ok((CachePolicy::Private, Json(TicketThemeBody::kept(look.theme))).into_response())
}

/// Puts how the organiser's tickets look: every ticket drawn from now on shows it.  What is left out is as we draw it.
#[utoipa::path(
    put, path = "/v1/ticket-theme", operation_id = "put_ticket_theme", tag = "drawings",
    security(("bearer" = [])),
    request_body = TicketThemeBody,
    responses((status = 200, body = TicketThemeBody), Refuses<(BadKey, BadBody, no::NotFound)>),
)]
pub async fn put_ticket_theme(app: App, by: Acting<may::EventsWrite>, Json(body): Json<TicketThemeBody>) -> ApiResult<Response> {
    body.theme()?;
    if let Some(image) = body.image_id {
        logo::check(&app, by.actor.organiser, image.into()).await?;
    }
    let kept = serde_json::to_value(&body).map_err(ApiError::fault)?;
    app.people.put_ticket_theme(&by.actor, &kept).await?;
    Ok((CachePolicy::Private, Json(body)).into_response())
}
