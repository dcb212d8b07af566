//! Prints of tickets: the print queue, as the interface asks it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use booking::{BookingError, Refusal};
use domain::TicketId;

use super::asked::Named;
use super::base::Base;
use super::memory::Memory;
use super::refused::{FacadeResult, Refused};
use super::tickets::{TicketBody, find};
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::extract::Json;

/// Asks for a ticket's print: from now on it is PENDING, or PRINTED.  `POST /api/v1/tickets/{id}/print`
pub async fn ask(
    app: App,
    Base(base): Base,
    Extension(facade): Extension<Arc<Memory>>,
    Named(text): Named,
) -> FacadeResult<Response> {
    let ticket = find(&app, &facade, &text).await?;
    let print = match app.booking.request_print(ticket.id, None).await {
        // the interface knows no ticket that was given back
        Err(BookingError::Refused(Refusal::TicketReturned)) => return Err(Refused::Unknown),
        print => print?,
    };
    Ok((StatusCode::ACCEPTED, Json(TicketBody::new(&base, ticket, print.status))).into_response())
}

/// What is printed of a ticket; nothing that shows what its concert no longer says.  `GET /api/v1/tickets/{id}/print`
pub async fn get(app: App, Extension(facade): Extension<Arc<Memory>>, Named(text): Named) -> FacadeResult<Response> {
    let ticket = find(&app, &facade, &text).await?;
    let print = app.booking.print_drawing(ticket.id, None).await?;
    let svg = described(print.drawing, ticket.id)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"))], Body::from(svg)).into_response())
}

/// The drawing with the ticket's id alone as its description: ours says the edition too.
fn described(drawing: Vec<u8>, ticket: TicketId) -> FacadeResult<String> {
    let svg = String::from_utf8(drawing).map_err(ApiError::fault)?;
    let parts = svg.split_once("<desc>").and_then(|(head, rest)| Some((head, rest.split_once("</desc>")?.1)));
    let (head, tail) = parts.ok_or_else(|| Refused::Other(ApiError::fault("a print without a description")))?;
    Ok(format!("{head}<desc>{ticket}</desc>{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_print_is_described_by_its_ticket_alone() {
        let id = TicketId(uuid::Uuid::from_u128(10));
        let svg = b"<svg><title>a</title><desc>Ticket x, edition 1</desc><desc>b</desc></svg>".to_vec();
        let told = described(svg, id).expect("described");
        assert_eq!(told, format!("<svg><title>a</title><desc>{id}</desc><desc>b</desc></svg>"));
        assert!(described(b"<svg/>".to_vec(), id).is_err());
    }
}
