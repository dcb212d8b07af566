//! The routes of the API, listed once, in the order of a buyer's journey. A file is one noun; a handler has four moves.

pub mod base;
pub mod blocks;
pub mod cancellations;
pub mod checkout;
pub mod cities;
pub mod created;
pub mod drawings;
pub mod events;
pub mod filters;
pub mod hits;
pub mod holds;
pub mod keys;
pub mod listing;
pub mod money;
pub mod orders;
pub mod patch;
pub mod payments;
pub mod performers;
pub mod refusals;
pub mod replay;
pub mod search;
pub mod seat_maps;
pub mod seats;
pub mod series;
pub mod sessions;
pub mod stream;
pub mod suggest;
pub mod tickets;
pub mod tiers;
pub mod venues;
pub mod version;
pub mod webhooks;

use axum::middleware::from_fn;
use axum::routing::get;
use edge::EdgeLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::policy;

/// Finding, and what organisers write.
pub fn catalog(edge: EdgeLayer) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search::search))
        .routes(routes!(suggest::suggest))
        .routes(routes!(events::list_events, events::create_event))
        .routes(routes!(series::list_series, series::create_series))
        .routes(routes!(series::list_series_events))
        .routes(routes!(venues::list_venues, venues::create_venue))
        .routes(routes!(events::list_venue_events))
        .routes(routes!(performers::list_performers, performers::create_performer))
        .routes(routes!(events::list_performer_events))
        .routes(routes!(cities::list_cities))
        .routes(routes!(cities::list_city_series))
        .routes(routes!(seat_maps::put_seat_map, seat_maps::list_seat_maps))
        .routes(routes!(seat_maps::get_seat_map))
        .routes(routes!(tiers::put_tiers))
        .merge(details(edge))
}

/// One thing each, by its id: through the edge cache, so that a page that everybody opens asks Postgres once a second.
fn details(edge: EdgeLayer) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(events::get_event, events::replace_event, events::change_event, events::delete_event))
        .routes(routes!(series::get_series, series::replace_series, series::change_series, series::delete_series))
        .routes(routes!(venues::get_venue, venues::replace_venue, venues::change_venue, venues::delete_venue))
        .routes(routes!(
            performers::get_performer,
            performers::replace_performer,
            performers::change_performer,
            performers::delete_performer
        ))
        .layer(from_fn(policy::apply))
        .layer(edge)
}

/// Selling.
pub fn booking() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create_session))
        .routes(routes!(seats::get_seats))
        .routes(routes!(stream::stream_seats))
        .routes(routes!(holds::create_hold))
        .routes(routes!(holds::get_hold, holds::release_hold))
        .routes(routes!(checkout::checkout_hold))
        .routes(routes!(payments::get_payment))
        .routes(routes!(payments::press_sandbox_button))
        .routes(routes!(webhooks::receive_sandbox_webhook))
        .routes(routes!(orders::get_order))
        .routes(routes!(orders::list_my_orders))
        .routes(routes!(tickets::list_my_tickets))
        .routes(routes!(orders::cancel_order))
        .routes(routes!(blocks::block_seats, blocks::unblock_seats))
        .routes(routes!(cancellations::cancel_event))
}

/// Drawing: seat maps through the edge cache. It wants to see the headers that the policy writes.
pub fn drawings(edge: EdgeLayer) -> OpenApiRouter<App> {
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
