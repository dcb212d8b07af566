//! What other nodes of the installation ask this one: there only where they share a secret, in no document, for nobody else.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use booking::LONGEST_LETTER;
use domain::EventId;

use crate::web::app::App;
use crate::web::class::Class;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::routes::Routes;

/// What nodes ask each other.
pub fn routes() -> Routes {
    Routes::default().long_post(LONGEST_LETTER, Class::Nodes, "/internal/desk/{id}", desk)
}

/// Decides a command of an event that this node has.  `POST /internal/desk/{event}`
///
/// Refuses   not_found to who does not show the secret, before the body is read; such requests count as reads of what does not exist.
async fn desk(app: App, Path(event): Path<String>, request: Request) -> ApiResult<Response> {
    if !app.is_passed_on(request.headers()) {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        app.limits.check(Class::Reads, peer, request.headers())?;
        return Err(ApiError::not_found().detail("there is no such path"));
    }
    let event: EventId = event.parse().map_err(|_| ApiError::not_found())?;
    let letter = axum::body::to_bytes(request.into_body(), LONGEST_LETTER).await;
    let letter = letter.map_err(|error| ApiError::new(Code::BadRequest).detail(error.to_string()))?;
    let told = app.booking.asked(event, &letter).await;
    let told = told.map_err(|error| ApiError::new(Code::BadRequest).detail(error.to_string()))?;
    Ok(([(CONTENT_TYPE, "application/json")], told).into_response())
}
