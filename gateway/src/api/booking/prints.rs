//! Prints: a ticket drawn for good. Asking is PENDING at once; printed, it is kept until its event changes or is long over.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use booking::PrintView;
use domain::TicketId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{BadToken, Refuses, no};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Path};
use crate::web::policy::CachePolicy;

/// How far a ticket's printing has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrintBody {
    pub ticket_id: Uuid,
    pub status: PrintStatusBody,
    /// The event's present edition: what a print shows.
    pub edition: u32,
    /// Why there is no print: `undrawable`, `gave_up` (tried too often in vain) or `ticket_returned`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "gave_up")]
    pub reason: Option<&'static str>,
    /// Where the print is; there once it is printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<PrintLinks>,
}

/// A print that showed an edition which is over is NOT_PRINTED; asked for again, it is drawn anew.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PrintStatusBody {
    NotPrinted,
    Pending,
    Printed,
    Error,
}

/// Where a print is, and other forms of the ticket in the same edition.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrintLinks {
    /// What was printed.
    pub svg: String,
    pub png: String,
    pub pdf: String,
}

impl From<booking::PrintStatus> for PrintStatusBody {
    fn from(status: booking::PrintStatus) -> Self {
        use booking::PrintStatus as S;
        match status {
            S::NotPrinted => Self::NotPrinted,
            S::Pending => Self::Pending,
            S::Printed => Self::Printed,
            S::Error => Self::Error,
        }
    }
}

impl From<PrintView> for PrintBody {
    fn from(print: PrintView) -> Self {
        let PrintView { ticket_id, status, edition, reason } = print;
        let this = format!("/v1/tickets/{ticket_id}");
        let links = PrintLinks { svg: format!("{this}/print.svg"), png: format!("{this}.png"), pdf: format!("{this}.pdf") };
        Self {
            ticket_id: ticket_id.0,
            status: status.into(),
            edition,
            reason: reason.map(booking::PrintReason::as_str),
            links: (status == booking::PrintStatus::Printed).then_some(links),
        }
    }
}

/// Asks for the print of the buyer's own ticket. Tickets whose events begin sooner are printed first. Asked again: the same answer.
#[utoipa::path(
    post, path = "/v1/tickets/{id}/print", operation_id = "request_print", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The ticket.")),
    responses((status = 202, body = PrintBody), Refuses<(BadToken, no::NotFound, no::Conflict, no::Busy)>),
)]
pub async fn request_print(app: App, buyer: Buyer, ticket: Path<TicketId>) -> ApiResult<Response> {
    let print = app.booking.request_print(*ticket, Some(buyer.ids)).await?;
    Ok((StatusCode::ACCEPTED, CachePolicy::Private, Json(PrintBody::from(print))).into_response())
}

/// Shows how far the printing of the buyer's own ticket has come.
#[utoipa::path(
    get, path = "/v1/tickets/{id}/print", operation_id = "get_print", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The ticket.")),
    responses((status = 200, body = PrintBody), Refuses<(BadToken, no::NotFound, no::Busy)>),
)]
pub async fn get_print(app: App, buyer: Buyer, ticket: Path<TicketId>) -> ApiResult<Response> {
    let print = app.booking.print(*ticket, Some(buyer.ids)).await?;
    Ok((CachePolicy::Private, Json(PrintBody::from(print))).into_response())
}

/// Takes back a print that was asked for and is not printed. Again: the same answer.
#[utoipa::path(
    delete, path = "/v1/tickets/{id}/print", operation_id = "cancel_print", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The ticket.")),
    responses((status = 204), Refuses<(BadToken, no::NotFound, no::Conflict, no::Busy)>),
)]
pub async fn cancel_print(app: App, buyer: Buyer, ticket: Path<TicketId>) -> ApiResult<Response> {
    app.booking.cancel_print(*ticket, Some(buyer.ids)).await?;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Private).into_response())
}

/// Gives what is printed of the buyer's own ticket; 404 while it is not printed in the event's present edition.
#[utoipa::path(
    get, path = "/v1/tickets/{id}/print.svg", operation_id = "get_print_svg", tag = "drawings",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The ticket.")),
    responses((status = 200, body = String, content_type = "image/svg+xml"), Refuses<(BadToken, no::NotFound, no::Busy)>),
)]
pub async fn get_print_svg(app: App, buyer: Buyer, ticket: Path<TicketId>) -> ApiResult<Response> {
    let print = app.booking.print_drawing(*ticket, Some(buyer.ids)).await.map_err(ApiError::from)?;
    let svg = HeaderValue::from_static("image/svg+xml");
    Ok((CachePolicy::Private, [(CONTENT_TYPE, svg)], print.drawing).into_response())
}
