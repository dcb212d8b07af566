//! Drawings: an event's seat map and a buyer's ticket, as SVG and PNG.
//!
//! Drawing is work for blocking threads: few at once, some more in a line, the rest is told to come back. The seat map goes through
//! the edge cache, where equal requests wait for one drawing; a ticket is drawn for its buyer alone, always in the present edition.

use axum::extract::Path as Segment;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use booking::TicketView;
use domain::{EventId, TicketId};

use crate::api::booking::tickets::TicketBody;
use crate::api::refusals::{BadToken, Refuses, no};
use crate::drawing::seat_map::seat_map_drawing;
use crate::drawing::ticket::ticket_drawing;
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params, Path};
use crate::web::policy::CachePolicy;
use crate::web::studio::Drawn;

const DEFAULT_WIDTH: u32 = 1_200;
const DEFAULT_SCALE: u32 = 2;
const SVG: HeaderValue = HeaderValue::from_static("image/svg+xml");
const PNG: HeaderValue = HeaderValue::from_static("image/png");

/// Draws an event's seat map as SVG, with the present state of every seat.
#[utoipa::path(
    get, path = "/v1/events/{id}/seatmap.svg", operation_id = "get_seat_map_svg", tag = "drawings",
    params(("id" = Uuid, Path, description = "The event.")),
    responses((status = 200, body = String, content_type = "image/svg+xml"), Refuses<(no::NotFound, no::Invalid, no::Busy)>),
)]
pub async fn get_seat_map_svg(app: App, event: Path<EventId>, params: Params) -> ApiResult<Response> {
    params.only(&[])?;
    let (drawing, tag) = seat_map_drawing(&app, *event).await?;
    let renderer = app.clone();
    let svg = app.studio.draw(Drawn::SeatMap, move || renderer.renderer.seat_map_svg(&drawing)).await?;
    let policy = CachePolicy::Live.tagged([format!("event-{}", *event)]);
    Ok((policy, [(CONTENT_TYPE, SVG), (ETAG, quoted(&format!("{tag}.svg")))], svg).into_response())
}

/// Draws an event's seat map as PNG.
#[utoipa::path(
    get, path = "/v1/events/{id}/seatmap.png", operation_id = "get_seat_map_png", tag = "drawings",
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("width" = Option<u32>, Query, minimum = 320, maximum = 4096, description = "Pixels: 320 to 4096, default 1200."),
    ),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), Refuses<(no::NotFound, no::Invalid, no::Busy)>),
)]
pub async fn get_seat_map_png(app: App, event: Path<EventId>, params: Params) -> ApiResult<Response> {
    params.only(&["width"])?;
    let width = params.parsed("width")?.unwrap_or(DEFAULT_WIDTH);
    if !(renderer::MIN_WIDTH..=renderer::MAX_WIDTH).contains(&width) {
        return Err(ApiError::invalid("width", format!("must be {} to {}", renderer::MIN_WIDTH, renderer::MAX_WIDTH)));
    }
    let (drawing, tag) = seat_map_drawing(&app, *event).await?;
    let renderer = app.clone();
    let png = app
        .studio
        .draw(Drawn::SeatMap, move || renderer.renderer.seat_map_png(&drawing, width))
        .await?
        .map_err(ApiError::fault)?;
    let policy = CachePolicy::Live.tagged([format!("event-{}", *event)]);
    Ok((policy, [(CONTENT_TYPE, PNG), (ETAG, quoted(&format!("{tag}.{width}")))], png).into_response())
}

fn quoted(tag: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or_else(|_| unreachable!("digits and letters make a header value"))
}

/// Shows the buyer's own ticket.
#[utoipa::path(
    get, path = "/v1/tickets/{id}", operation_id = "get_ticket", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The ticket.")),
    responses((status = 200, body = TicketBody), Refuses<(BadToken, no::NotFound)>),
)]
async fn get_ticket(app: App, ticket: TicketView) -> ApiResult<Response> {
    Ok((CachePolicy::Private, Json(TicketBody::of(&app, ticket))).into_response())
}

/// Draws the buyer's own ticket as SVG, in the event's present edition.
#[utoipa::path(
    get, path = "/v1/tickets/{id}.svg", operation_id = "get_ticket_svg", tag = "drawings",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The ticket.")),
    responses((status = 200, body = String, content_type = "image/svg+xml"), Refuses<(BadToken, no::NotFound, no::Conflict, no::Busy)>),
)]
async fn get_ticket_svg(app: App, ticket: TicketView) -> ApiResult<Response> {
    let drawing = ticket_drawing(&app, ticket).await?;
    let renderer = app.clone();
    let svg = app.studio.draw(Drawn::Ticket, move || renderer.renderer.ticket_svg(&drawing)).await?.map_err(ApiError::fault)?;
    Ok((CachePolicy::Private, [(CONTENT_TYPE, SVG)], svg).into_response())
}

/// Draws the buyer's own ticket as PNG, in the event's present edition.
#[utoipa::path(
    get, path = "/v1/tickets/{id}.png", operation_id = "get_ticket_png", tag = "drawings",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The ticket."),
        ("scale" = Option<u32>, Query, minimum = 1, maximum = 4, description = "1 to 4, default 2."),
    ),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), Refuses<(BadToken, no::NotFound, no::Invalid, no::Conflict, no::Busy)>),
)]
async fn get_ticket_png(app: App, ticket: TicketView, params: &Params) -> ApiResult<Response> {
    let scale = params.parsed("scale")?.unwrap_or(DEFAULT_SCALE);
    if !(1..=renderer::MAX_SCALE).contains(&scale) {
        return Err(ApiError::invalid("scale", format!("must be 1 to {}", renderer::MAX_SCALE)));
    }
    let drawing = ticket_drawing(&app, ticket).await?;
    let renderer = app.clone();
    let png =
        app.studio.draw(Drawn::Ticket, move || renderer.renderer.ticket_png(&drawing, scale)).await?.map_err(ApiError::fault)?;
    Ok((CachePolicy::Private, [(CONTENT_TYPE, PNG)], png).into_response())
}

/// The three forms of a ticket, which the router cannot tell apart: `{id}`, `{id}.svg`, `{id}.png`.
pub async fn get_ticket_form(app: App, Segment(form): Segment<String>, buyer: Buyer, params: Params) -> ApiResult<Response> {
    let (id, form) = form.split_once('.').unwrap_or((&form, ""));
    if !["", "svg", "png"].contains(&form) {
        return Err(ApiError::not_found());
    }
    params.only(if form == "png" { &["scale"] } else { &[] })?;
    let id: TicketId = id.parse().map_err(|_| ApiError::not_found())?;
    let ticket = app.booking.get_ticket(id, Some(buyer.ids)).await?;
    match form {
        "svg" => get_ticket_svg(app, ticket).await,
        "png" => get_ticket_png(app, ticket, &params).await,
        _ => get_ticket(app, ticket).await,
    }
}

/// The documents of the three, which are one route.
#[derive(utoipa::OpenApi)]
#[openapi(paths(get_ticket, get_ticket_svg, get_ticket_png))]
pub struct TicketForms;
