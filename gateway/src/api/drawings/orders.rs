//! What goes with an order: all its tickets as one PDF, and its calendar.

use axum::extract::Path as Segment;
use axum::response::{IntoResponse, Response};
use domain::OrderId;

use crate::api::booking::orders;
use crate::api::drawings::calendars::CALENDAR;
use crate::api::drawings::tickets::{CodeParam, KeyParam, PDF, answer, code};
use crate::api::refusals::{BadToken, Refuses, no};
use crate::drawing::calendar;
use crate::drawing::ticket::Show;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract::{Params, Path};
use crate::web::order_key::{KEY, OrderReader};
use crate::web::policy::CachePolicy;
use crate::web::studio::Drawn;

/// Draws all tickets of an order as one PDF, a page each, in the event's present edition: for its buyer, or for who has the key of its link.
#[utoipa::path(
    get, path = "/v1/orders/{id}.pdf", operation_id = "get_order_pdf", tag = "drawings",
    security(("bearer" = []), ()),
    params(("id" = Uuid, Path, description = "The order."), CodeParam, KeyParam),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), Refuses<(BadToken, no::NotFound, no::Invalid, no::Conflict, no::Busy)>),
)]
async fn get_order_pdf(app: App, order: OrderId, by: OrderReader, params: &Params) -> ApiResult<Response> {
    let order = app.booking.get_order(order, by.reader).await?;
    let show = Show::read(&app, order.event_id).await?.with_code(code(params)?);
    let valid = order.tickets.into_iter().filter(|ticket| ticket.valid);
    let drawings = valid.map(|ticket| show.ticket(&app, ticket)).collect::<ApiResult<Vec<_>>>()?;
    if drawings.is_empty() {
        return Err(ApiError::new(Code::Conflict).detail("the order was given back; its tickets let nobody in"));
    }
    let shared = app.clone();
    let drawn = app.studio.draw(Drawn::Ticket, move || shared.renderer.tickets_pdf(&drawings)).await?.map_err(ApiError::fault)?;
    Ok(answer(PDF, show.event.edition, &format!("order-{}", order.number), drawn))
}

/// The forms of an order, which the router cannot tell apart: `{id}`, `{id}.pdf`.
pub async fn get_order_form(app: App, Segment(form): Segment<String>, by: OrderReader, params: Params) -> ApiResult<Response> {
    let (id, form) = form.split_once('.').unwrap_or((&form, ""));
    let id: OrderId = id.parse().map_err(|_| ApiError::not_found())?;
    params.only(if form == "pdf" { &["code", KEY] } else { &[KEY] })?;
    match form {
        "pdf" => get_order_pdf(app, id, by, &params).await,
        "" => orders::get_order(app, id, by).await,
        _ => Err(ApiError::not_found()),
    }
}

/// Shows an order as a calendar file, with its places: to its buyer, or to who has the key of its link.
#[utoipa::path(
    get, path = "/v1/orders/{id}/calendar.ics", operation_id = "get_order_calendar", tag = "drawings",
    security(("bearer" = []), ()),
    params(("id" = Uuid, Path, description = "The order."), KeyParam),
    responses((status = 200, body = String, content_type = "text/calendar"), Refuses<(BadToken, no::NotFound)>),
)]
pub async fn get_order_calendar(app: App, order: Path<OrderId>, by: OrderReader, params: Params) -> ApiResult<Response> {
    params.only(&[KEY])?;
    let order = app.booking.get_order(*order, by.reader).await?;
    let event = app.reads.event(order.event_id).await?;
    let file = calendar::of_order(&event, &order, &app.config.public_url);
    Ok((CachePolicy::Private, CALENDAR, file).into_response())
}

/// The documents of the forms, which are one route.
#[derive(utoipa::OpenApi)]
#[openapi(paths(orders::get_order, get_order_pdf))]
pub struct OrderForms;
