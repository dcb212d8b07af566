//! Seat maps and tickets as pictures, and the keys that tickets are signed with.

#[allow(clippy::module_inception, reason = "the folder's own noun")]
pub mod drawings;
pub mod keys;

use axum::middleware::from_fn;
use edge::EdgeLayer;
use utoipa::OpenApi as _;
use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::policy;
use crate::web::routes::Routes;

/// Drawing: seat maps through the edge cache. It wants to see the headers that the policy writes.
pub fn routes(edge: EdgeLayer) -> Routes {
    let seat_maps = Routes::default()
        .calls(Class::Drawings, routes!(drawings::get_seat_map_svg))
        .calls(Class::Drawings, routes!(drawings::get_seat_map_png))
        .layer(from_fn(policy::apply))
        .layer(edge);
    Routes::new(drawings::TicketForms::openapi())
        .get(Class::Drawings, "/v1/tickets/{form}", drawings::get_ticket_form)
        .calls(Class::Reads, routes!(keys::get_ticket_keys))
        .merge(seat_maps)
}
