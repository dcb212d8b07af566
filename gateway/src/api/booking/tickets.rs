//! Tickets: the right to one place at one event, and its signed code.

use axum::response::{IntoResponse, Response};
use booking::TicketView;
use domain::TicketId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::booking::prints::PrintStatusBody;
use crate::api::listing::{Listing, PageAsked};
use crate::api::refusals::{BadList, BadToken, Refuses};
use crate::drawing::ticket::code;
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, Params};
use crate::web::money::MoneyBody;
use crate::web::order_key::{OrderKey, with_key};
use crate::web::policy::CachePolicy;

/// The right to one place at one event.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketBody {
    pub id: Uuid,
    pub event_id: Uuid,
    pub order_id: Uuid,
    /// What people call its order.
    #[schema(example = "7KQ2M-X4BPD")]
    pub order_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<TicketSeatBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<TicketAreaBody>,
    #[schema(example = "Ada Lovelace")]
    pub holder: String,
    pub price: MoneyBody,
    /// What the door scans, signed with a key of `/.well-known/boxoffice-keys.json`; null once the ticket was given back.
    pub code: Option<String>,
    /// The event's edition that a drawing made now shows.
    pub edition: u32,
    /// How far its printing has come, in the present edition.
    pub print_status: PrintStatusBody,
    /// False once its order was given back.
    pub valid: bool,
    pub issued_at: Timestamp,
    pub links: TicketLinks,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TicketSeatBody {
    #[schema(example = "stalls-C-12")]
    pub id: String,
    #[schema(example = "stalls")]
    pub section: String,
    #[schema(example = "Stalls")]
    pub section_label: String,
    pub row: String,
    pub number: String,
    pub tier: String,
    /// A wheelchair space; absent on other seats.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accessible: bool,
    /// Of a wheelchair space: the id of the seat that is its companion's, in this order or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion: Option<String>,
    /// Of a companion's seat: the id of its wheelchair space, in this order or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion_of: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TicketAreaBody {
    #[schema(example = "floor")]
    pub id: String,
    pub label: String,
    pub tier: String,
}

/// Where to go from a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub svg: String,
    pub png: String,
    /// For its buyer alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub print: Option<String>,
    pub pdf: String,
    /// For Apple's wallet, where passes are signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkpass: Option<String>,
    pub calendar: String,
    pub order: String,
    pub event: String,
}

impl TicketBody {
    /// What its buyer is shown.
    pub fn of(app: &App, ticket: TicketView) -> Self {
        Self::read_by(app, ticket, None)
    }

    /// What who has the key of its order's link is shown: addresses that work with the key.
    ///
    /// Takes     `key`: none for the buyer, who needs none.
    pub fn read_by(app: &App, ticket: TicketView, key: Option<&OrderKey>) -> Self {
        let (code, links) = (code(app, &ticket), TicketLinks::of(app, &ticket, key));
        let TicketView { id, event_id, order_id, order_number, seat, area, holder, price, .. } = ticket;
        let TicketView { edition, print_status, valid, issued_at, .. } = ticket;
        Self {
            id: id.0,
            event_id: event_id.0,
            order_id: order_id.0,
            order_number: order_number.to_string(),
            seat: seat.map(TicketSeatBody::from),
            area: area.map(TicketAreaBody::from),
            holder,
            price: price.into(),
            code,
            edition,
            print_status: print_status.into(),
            valid,
            issued_at,
            links,
        }
    }
}

impl TicketLinks {
    fn of(app: &App, ticket: &TicketView, key: Option<&OrderKey>) -> Self {
        let form = |form: &str| with_key(key, format!("/v1/tickets/{}{form}", ticket.id));
        Self {
            this: form(""),
            svg: form(".svg"),
            png: form(".png"),
            print: key.is_none().then(|| form("/print")),
            pdf: form(".pdf"),
            pkpass: app.wallet.is_some().then(|| form(".pkpass")),
            calendar: format!("/v1/events/{}/calendar.ics", ticket.event_id),
            order: with_key(key, format!("/v1/orders/{}", ticket.order_id)),
            event: format!("/v1/events/{}", ticket.event_id),
        }
    }
}

impl From<booking::TicketSeatView> for TicketSeatBody {
    fn from(seat: booking::TicketSeatView) -> Self {
        let booking::TicketSeatView { id, section, section_label, row, number, access, tier } = seat;
        let booking::Access { accessible, companion, companion_of } = access;
        Self { id, section, section_label, row, number, tier: tier.to_string(), accessible, companion, companion_of }
    }
}

impl From<booking::TicketAreaView> for TicketAreaBody {
    fn from(area: booking::TicketAreaView) -> Self {
        let booking::TicketAreaView { id, label, tier } = area;
        Self { id, label, tier: tier.to_string() }
    }
}

/// Lists the buyer's tickets, newest first.
#[utoipa::path(
    get, path = "/v1/me/tickets", operation_id = "list_my_tickets", tag = "booking",
    security(("bearer" = [])),
    params(
        ("limit" = Option<u16>, Query, description = "1 to 100, default 20."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses((status = 200, body = Listing<TicketBody>), Refuses<(BadToken, BadList)>),
)]
pub async fn list_my_tickets(app: App, buyer: Buyer, params: Params) -> ApiResult<Response> {
    let page: PageAsked<TicketId> = PageAsked::read(&app, "/v1/me/tickets", &buyer.id.to_string(), params, &[])?;
    let tickets = app.booking.my_tickets(buyer.ids, page.after, u32::from(page.limit) + 1).await?;
    let bodies = tickets.into_iter().map(|ticket| TicketBody::of(&app, ticket)).collect();
    let (link, body) = page.cut(&app, bodies, |ticket| TicketId(ticket.id));
    Ok((CachePolicy::Private, link, Json(body)).into_response())
}
