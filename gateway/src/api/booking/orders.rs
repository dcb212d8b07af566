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
use crate::web::order_key::{KEY, OrderKey, OrderReader, with_key};
use crate::web::policy::CachePolicy;

/// A paid (or free) hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderBody {
    pub id: Uuid,
    /// What people call it: ten letters or digits, none of them easily misread.
    #[schema(example = "7KQ2M-X4BPD")]
    pub number: String,
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
    /// For its buyer alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    pub event: String,
    /// All its tickets, a page each.
    pub pdf: String,
    pub calendar: String,
    /// The order's own link, a page that opens it and its tickets on any device until 30 days after the event: for its buyer alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

impl OrderBody {
    /// What its buyer is shown.
    pub fn of(app: &App, order: OrderView) -> Self {
        let (payment, page) = (format!("/v1/payments/{}", order.payment_id), page_link(app, &order));
        Self {
            links: OrderLinks { payment: Some(payment), page, ..OrderLinks::of(&order, None) },
            ..Self::read_by(app, order, None)
        }
    }

    /// What who has the key of its link is shown: addresses that work with the key.
    ///
    /// Takes     `key`: none for who needs none.
    pub fn read_by(app: &App, order: OrderView, key: Option<&OrderKey>) -> Self {
        let links = OrderLinks::of(&order, key);
        Self {
            id: order.id.0,
            number: order.number.to_string(),
            event_id: order.event_id.0,
            hold_id: order.hold_id.0,
            payment_id: order.payment_id.0,
            state: order.state.as_str(),
            total: order.total.into(),
            contact: order.contact.into(),
            tickets: order.tickets.into_iter().map(|ticket| TicketBody::read_by(app, ticket, key)).collect(),
            created_at: order.created_at,
            links,
        }
    }
}

impl OrderLinks {
    fn of(order: &OrderView, key: Option<&OrderKey>) -> Self {
        let read = |form: &str| with_key(key, format!("/v1/orders/{}{form}", order.id));
        Self {
            this: read(""),
            payment: None,
            event: format!("/v1/events/{}", order.event_id),
            pdf: read(".pdf"),
            calendar: read("/calendar.ics"),
            page: None,
        }
    }
}

/// The address of an order's own link; none once it would open nothing.
pub fn page_link(app: &App, order: &OrderView) -> Option<String> {
    let key = || app.keys.order_links().key(order.id, order.link_generation);
    (app.clock.now() < order.link_until).then(|| format!("/orders/{}?{KEY}={}", order.id, key()))
}

/// The order's link, made anew.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLinkBody {
    pub order_id: Uuid,
    /// The new one; null when its time is over.
    #[schema(example = "/orders/018f3b7e-0000-7000-8000-000000000000?key=UHf3v1pX0m2sQm9k0ZcT4g")]
    pub link: Option<String>,
    /// 30 days after the event begins.
    pub expires_at: Timestamp,
}

/// Shows an order with its tickets: to its buyer, or to who has the key of its link.
#[utoipa::path(
    get, path = "/v1/orders/{id}", operation_id = "get_order", tag = "booking",
    security(("bearer" = []), ()),
    params(
        ("id" = Uuid, Path, description = "The order."),
        ("key" = Option<String>, Query, description = "The key of the order's link, instead of a token."),
    ),
    responses((status = 200, body = OrderBody, links(("cancel_order" = (operation_id = "cancel_order", parameters(("id" = "$response.body#/id")))), ("get_ticket" = (operation_id = "get_ticket", parameters(("id" = "$response.body#/tickets/0/id")))))), Refuses<(BadToken, no::NotFound)>),
)]
pub async fn get_order(app: App, order: OrderId, by: OrderReader) -> ApiResult<Response> {
    let order = app.booking.get_order(order, by.reader.clone()).await?;
    let body = match by.key_for(order.buyer_id) {
        None => OrderBody::of(&app, order),
        key => OrderBody::read_by(&app, order, key),
    };
    Ok((CachePolicy::Private, Json(body)).into_response())
}

/// Revokes the link of the buyer's own order and makes a new one: who has the old one only is shown nothing any more.
#[utoipa::path(
    delete, path = "/v1/orders/{id}/link", operation_id = "renew_order_link", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = OrderLinkBody), Refuses<(BadToken, no::NotFound)>),
)]
pub async fn renew_order_link(app: App, order: Path<OrderId>, buyer: Buyer) -> ApiResult<Response> {
    let order = app.booking.renew_order_link(*order, buyer.ids).await?;
    let body = OrderLinkBody { order_id: order.id.0, link: page_link(&app, &order), expires_at: order.link_until };
    Ok((CachePolicy::Private, Json(body)).into_response())
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
