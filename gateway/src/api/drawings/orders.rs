//! What goes with an order: all its tickets as one PDF, and its calendar.

use axum::extract::Path as Segment;
use axum::response::{IntoResponse, Response};
use domain::OrderId;

use crate::api::booking::orders;
use crate::api::drawings::calendars::CALENDAR;
use crate::api::drawings::tickets::{CodeParam, PDF, answer, code};
use crate::api::refusals::{BadToken, Refuses, no};
use crate::drawing::calendar;
use crate::drawing::ticket::{Show, order_ref};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract::{Params, Path};
use crate::web::policy::CachePolicy;
use crate::web::studio::Drawn;

/// Draws all tickets of the buyer's own order as one PDF, a page each, in the event's present edition.
#[utoipa::path(
    get, path = "/v1/orders/{id}.pdf", operation_id = "get_order_pdf", tag = "drawings",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The order."), CodeParam),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), Refuses<(BadToken, no::NotFound, no::Invalid, no::Conflict, no::Busy)>),
)]
async fn get_order_pdf(app: App, order: OrderId, buyer: Buyer, params: &Params) -> ApiResult<Response> {
    let order = app.booking.get_order(order, buyer.ids).await?;
    let show = Show::read(&app, order.event_id).await?.with_code(code(params)?);
    let valid = order.tickets.into_iter().filter(|ticket| ticket.valid);
    let drawings = valid.map(|ticket| show.ticket(&app, ticket)).collect::<ApiResult<Vec<_>>>()?;
    if drawings.is_empty() {
        return Err(ApiError::new(Code::Conflict).detail("the order was given back; its tickets let nobody in"));
    }
    let shared = app.clone();
    let drawn = app.studio.draw(Drawn::Ticket, move || shared.renderer.tickets_pdf(&drawings)).await?.map_err(ApiError::fault)?;
    Ok(answer(PDF, show.event.edition, &format!("order-{}", order_ref(order.id.0)), drawn))
}

/// The forms of an order, which the router cannot tell apart: `{id}`, `{id}.pdf`.
pub async fn get_order_form(app: App, Segment(form): Segment<String>, buyer: Buyer, params: Params) -> ApiResult<Response> {
    let (id, form) = form.split_once('.').unwrap_or((&form, ""));
    let id: OrderId = id.parse().map_err(|_| ApiError::not_found())?;
    params.only(if form == "pdf" { &["code"] } else { &[] })?;
    match form {
        "pdf" => get_order_pdf(app, id, buyer, &params).await,
        "" => orders::get_order(app, id, buyer).await,
        _ => Err(ApiError::not_found()),
    }
}

/// Shows the buyer's own order as a calendar file, with its places.
#[utoipa::path(
    get, path = "/v1/orders/{id}/calendar.ics", operation_id = "get_order_calendar", tag = "drawings",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = String, content_type = "text/calendar"), Refuses<(BadToken, no::NotFound)>),
)]
pub async fn get_order_calendar(app: App, order: Path<OrderId>, buyer: Buyer) -> ApiResult<Response> {
    let order = app.booking.get_order(*order, buyer.ids).await?;
    let event = app.reads.event(order.event_id).await?;
    let file = calendar::of_order(&event, &order, &app.config.public_url);
    Ok((CachePolicy::Private, CALENDAR, file).into_response())
}

/// The documents of the forms, which are one route.
#[derive(utoipa::OpenApi)]
#[openapi(paths(orders::get_order, get_order_pdf))]
pub struct OrderForms;
