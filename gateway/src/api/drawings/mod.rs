//! Seat maps and tickets as pictures, and the keys that tickets are signed with.

pub mod calendars;
#[allow(clippy::module_inception, reason = "the folder's own noun")]
pub mod drawings;
pub mod keys;
pub mod orders;
pub mod pictures;
pub mod themes;
pub mod tickets;

use axum::middleware::from_fn;
use edge::EdgeLayer;
use utoipa::OpenApi as _;
use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::policy;
use crate::web::routes::Routes;

/// Drawing: what is public goes through the edge cache. It wants to see the headers that the policy writes.
pub fn routes(edge: EdgeLayer) -> Routes {
    let public = Routes::default()
        .calls(Class::Drawings, routes!(drawings::get_seat_map_svg))
        .calls(Class::Drawings, routes!(drawings::get_seat_map_png))
        .calls(Class::Reads, routes!(calendars::get_event_calendar))
        .calls(Class::Drawings, routes!(pictures::get_event_picture))
        .layer(from_fn(policy::apply))
        .layer(edge);
    Routes::new(tickets::TicketForms::openapi())
        .get(Class::Drawings, "/v1/tickets/{form}", tickets::get_ticket_form)
        .calls(Class::Reads, routes!(themes::get_ticket_theme))
        .calls(Class::Writes, routes!(themes::put_ticket_theme))
        .calls(Class::Reads, routes!(keys::get_ticket_keys))
        .merge(public)
}
