//! Drawings: an event's seat map and a buyer's ticket, as SVG and PNG.
//!
//! Drawing is work for blocking threads: few at once, some more in a line, the rest is told to come back. The seat map goes through
//! the edge cache, where equal requests wait for one drawing; a ticket is drawn for its buyer alone, always in the present edition.

pub mod studio;

use std::sync::Arc;

use axum::extract::Path as Segment;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use booking::{SeatsView, TicketView};
use catalog::model::{Event, Precision};
use catalog::store;
use domain::time::zone;
use domain::{EventId, LocalTime, SeatMap, TicketId, TierId};
use jiff::tz::TimeZone;
use renderer::ticket_code::{TicketClaims, TicketSigner};
use renderer::{AreaState, SeatMapDrawing, SeatState, TicketDrawing, TicketPlace};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Buyer;
use crate::error::{ApiError, ApiResult, Code};
use crate::extract::{Json, Params, Path};
use crate::policy::CachePolicy;
use crate::routes::refusals::{BadToken, Refuses, no};
use crate::routes::tickets::TicketBody;

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
    let svg = app.studio.draw(move || renderer.renderer.seat_map_svg(&drawing)).await?;
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
    let png = app.studio.draw(move || renderer.renderer.seat_map_png(&drawing, width)).await?.map_err(ApiError::fault)?;
    let policy = CachePolicy::Live.tagged([format!("event-{}", *event)]);
    Ok((policy, [(CONTENT_TYPE, PNG), (ETAG, quoted(&format!("{tag}.{width}")))], png).into_response())
}

fn quoted(tag: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or_else(|_| unreachable!("digits and letters make a header value"))
}

/// What is drawn, and the tag that names it: the seats' version, the event's version.
async fn seat_map_drawing(app: &App, id: EventId) -> ApiResult<(SeatMapDrawing, String)> {
    let mut conn = app.pool.acquire().await.map_err(ApiError::fault)?;
    let event = store::events::get(&mut conn, id).await.map_err(ApiError::fault)?.ok_or_else(ApiError::not_found)?;
    drop(conn);
    let map = event.row.seat_map_id.ok_or_else(|| ApiError::not_found().detail("the event has no seat map"))?;
    let map = app.studio.seat_map(&app.pool, map).await?;
    let seats = app.booking.seats(id).await?;
    let tag = format!("{}.{}.{}", seats.version, seats.terms_version, event.version);
    Ok((drawing_of(event, map, &seats), tag))
}

fn drawing_of(event: Event, map: Arc<SeatMap>, seats: &SeatsView) -> SeatMapDrawing {
    let rows = || seats.sections.iter().flat_map(|section| &section.rows);
    let state = |letter| SeatState::from_letter(letter).unwrap_or_default();
    let fallback = TierId::nth(0).unwrap_or_else(|| unreachable!("there is a first tier"));
    SeatMapDrawing {
        map,
        subtitle: subtitle(&event),
        title: event.row.title,
        tiers: event.row.tiers,
        seat_tiers: rows().flat_map(|row| row.tiers.chars()).map(|tier| TierId::try_from(tier).unwrap_or(fallback)).collect(),
        seat_states: rows().flat_map(|row| row.states.chars()).map(state).collect(),
        areas: seats.areas.iter().map(|area| AreaState { tier: area.tier, available: area.available }).collect(),
        selected: Vec::new(),
        event: event.row.id,
        edition: event.edition,
        version: seats.version,
    }
}

/// `Saturday 13 March 2027, 20:00 · Riverside Hall, Brisbane`; without the hour where only the day is known.
fn subtitle(event: &Event) -> String {
    let local = event.row.starts_at.to_zoned(zone(&event.row.timezone).unwrap_or(TimeZone::UTC));
    let format = if event.row.start_precision == Precision::Day { "%A %-d %B %Y" } else { "%A %-d %B %Y, %H:%M" };
    let mut text = local.strftime(format).to_string();
    if let Some(venue) = &event.venue {
        text.push_str(&format!(" · {}", venue.name));
        if !venue.city.is_empty() {
            text.push_str(&format!(", {}", venue.city));
        }
    }
    text
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
    let svg = app.studio.draw(move || renderer.renderer.ticket_svg(&drawing)).await?.map_err(ApiError::fault)?;
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
    let png = app.studio.draw(move || renderer.renderer.ticket_png(&drawing, scale)).await?.map_err(ApiError::fault)?;
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
    let ticket = app.booking.get_ticket(id, Some(buyer.id)).await?;
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

/// What stands on a ticket now; the code is signed for the edition that is drawn.
async fn ticket_drawing(app: &App, ticket: TicketView) -> ApiResult<TicketDrawing> {
    if !ticket.valid {
        return Err(ApiError::new(Code::Conflict).detail("the ticket was given back; it lets nobody in"));
    }
    let mut conn = app.pool.acquire().await.map_err(ApiError::fault)?;
    let event = store::events::get(&mut conn, ticket.event_id).await.map_err(ApiError::fault)?.ok_or_else(ApiError::not_found)?;
    drop(conn);
    let claims = TicketClaims { ticket: ticket.id, event: ticket.event_id, edition: event.edition };
    let code = TicketSigner::from_seed(&app.keys.ticket.to_bytes()).sign(&claims);
    let local = LocalTime::of(event.row.starts_at, &event.row.timezone);
    let (place, tier_id) = place_of(&ticket);
    let tier = event.row.tiers.iter().find(|tier| tier.id == tier_id).map(|tier| tier.name.clone()).unwrap_or_default();
    let (venue, city) = event.venue.map(|venue| (venue.name, venue.city)).unwrap_or_default();
    Ok(TicketDrawing {
        event_title: event.row.title,
        venue,
        city,
        local_date: local.local_date,
        local_time: local.local_time,
        place,
        holder: ticket.holder,
        tier,
        tier_id,
        price: ticket.price,
        order_ref: order_ref(ticket.order_id.0),
        ticket: ticket.id,
        edition: event.edition,
        code,
    })
}

fn place_of(ticket: &TicketView) -> (TicketPlace, TierId) {
    match (&ticket.seat, &ticket.area) {
        (Some(seat), _) => {
            let (section, row, number) = (seat.section_label.clone(), seat.row.clone(), seat.number.clone());
            (TicketPlace::Seat { section, row, number }, seat.tier)
        }
        (None, Some(area)) => (TicketPlace::Area { label: area.label.clone() }, area.tier),
        (None, None) => unreachable!("booking gives every ticket a seat or an area"),
    }
}

/// How people name an order: the last eight digits of its id.
fn order_ref(order: Uuid) -> String {
    let text = order.simple().to_string().to_ascii_uppercase();
    text[text.len() - 8..].to_owned()
}
