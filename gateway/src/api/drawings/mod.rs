//! Seat maps and tickets as pictures, and the keys that tickets are signed with.

#[allow(clippy::module_inception, reason = "the folder's own noun")]
pub mod drawings;
pub mod keys;

use axum::middleware::from_fn;
use axum::routing::get;
use edge::EdgeLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::app::App;
use crate::web::policy;

/// Drawing: seat maps through the edge cache. It wants to see the headers that the policy writes.
pub fn routes(edge: EdgeLayer) -> OpenApiRouter<App> {
    let seat_maps = OpenApiRouter::new()
        .routes(routes!(drawings::get_seat_map_svg))
        .routes(routes!(drawings::get_seat_map_png))
        .layer(from_fn(policy::apply))
        .layer(edge);
    OpenApiRouter::with_openapi(drawings::TicketForms::openapi())
        .route("/v1/tickets/{form}", get(drawings::get_ticket_form))
        .routes(routes!(keys::get_ticket_keys))
        .merge(seat_maps)
}
