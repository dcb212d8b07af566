//! Orders: what a buyer owns.

use axum::response::{IntoResponse, Response};
use booking::OrderView;
use domain::OrderId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::booking::contact::ContactBody;
use crate::api::booking::tickets::TicketBody;
use crate::api::listing::{Listing, PageAsked};
use crate::api::refusals::{BadList, BadToken, Refuses, no};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, MaybeIdempotent, Nothing, Params, Path};
use crate::web::money::MoneyBody;
use crate::web::policy::CachePolicy;

/// A paid (or free) hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderBody {
    pub id: Uuid,
    pub event_id: Uuid,
    pub hold_id: Uuid,
    pub payment_id: Uuid,
    /// paid, cancelled or refunded.
    #[schema(example = "paid")]
    pub state: &'static str,
    pub total: MoneyBody,
    pub contact: ContactBody,
    pub tickets: Vec<TicketBody>,
    pub created_at: Timestamp,
    pub links: OrderLinks,
}

/// Where to go from an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub payment: String,
    pub event: String,
    /// All its tickets, a page each.
    pub pdf: String,
    pub calendar: String,
}

impl OrderBody {
    pub fn of(app: &App, order: OrderView) -> Self {
        let links = OrderLinks {
            this: format!("/v1/orders/{}", order.id),
            payment: format!("/v1/payments/{}", order.payment_id),
            event: format!("/v1/events/{}", order.event_id),
            pdf: format!("/v1/orders/{}.pdf", order.id),
            calendar: format!("/v1/orders/{}/calendar.ics", order.id),
        };
        Self {
            id: order.id.0,
            event_id: order.event_id.0,
            hold_id: order.hold_id.0,
            payment_id: order.payment_id.0,
            state: order.state.as_str(),
            total: order.total.into(),
            contact: order.contact.into(),
            tickets: order.tickets.into_iter().map(|ticket| TicketBody::of(app, ticket)).collect(),
            created_at: order.created_at,
            links,
        }
    }
}

/// Shows the buyer's own order with its tickets.
#[utoipa::path(
    get, path = "/v1/orders/{id}", operation_id = "get_order", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = OrderBody, links(("cancel_order" = (operation_id = "cancel_order", parameters(("id" = "$response.body#/id")))), ("get_ticket" = (operation_id = "get_ticket", parameters(("id" = "$response.body#/tickets/0/id")))))), Refuses<(BadToken, no::NotFound)>),
)]
pub async fn get_order(app: App, order: OrderId, buyer: Buyer) -> ApiResult<Response> {
    let order = app.booking.get_order(order, buyer.ids).await?;
    Ok((CachePolicy::Private, Json(OrderBody::of(&app, order))).into_response())
}

/// Lists the buyer's orders, newest first.
#[utoipa::path(
    get, path = "/v1/me/orders", operation_id = "list_my_orders", tag = "booking",
    security(("bearer" = [])),
    params(
        ("limit" = Option<u16>, Query, description = "1 to 100, default 20."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses((status = 200, body = Listing<OrderBody>), Refuses<(BadToken, BadList)>),
)]
pub async fn list_my_orders(app: App, buyer: Buyer, params: Params) -> ApiResult<Response> {
    let page: PageAsked<OrderId> = PageAsked::read(&app, "/v1/me/orders", &buyer.id.to_string(), params, &[])?;
    let orders = app.booking.my_orders(buyer.ids, page.after, u32::from(page.limit) + 1).await?;
    let bodies = orders.into_iter().map(|order| OrderBody::of(&app, order)).collect();
    let (link, body) = page.cut(&app, bodies, |order| OrderId(order.id));
    Ok((CachePolicy::Private, link, Json(body)).into_response())
}

/// Gives an order back until the event begins: its seats are free again, its payment is refunded.  Again: the same answer.
#[utoipa::path(
    post, path = "/v1/orders/{id}/cancel", operation_id = "cancel_order", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = OrderBody), Refuses<(BadToken, no::NotFound, no::EventStarted, no::Busy)>),
)]
pub async fn cancel_order(app: App, order: Path<OrderId>, buyer: Buyer, _: MaybeIdempotent<Nothing>) -> ApiResult<Response> {
    let order = app.booking.cancel_order(*order, Some(buyer.ids)).await?;
    Ok((CachePolicy::Private, Json(OrderBody::of(&app, order))).into_response())
}
