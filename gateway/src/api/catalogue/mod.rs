//! What can be found, as lists and one by one, and what organisers write.

pub mod cities;
pub mod created;
pub mod events;
pub mod filters;
pub mod patch;
pub mod performers;
pub mod seat_maps;
pub mod series;
pub mod tiers;
pub mod venues;
pub mod version;

use axum::middleware::from_fn;
use edge::EdgeLayer;
use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::policy;
use crate::web::routes::Routes;

/// The routes of the catalogue.
pub fn routes(edge: EdgeLayer) -> Routes {
    lists().merge(details(edge))
}

/// Lists, read from Postgres at every request, and what is written to them.
fn lists() -> Routes {
    let read = Routes::default()
        .calls(Class::Search, routes!(events::list_events))
        .calls(Class::Search, routes!(series::list_series))
        .calls(Class::Search, routes!(series::list_series_events))
        .calls(Class::Search, routes!(venues::list_venues))
        .calls(Class::Search, routes!(events::list_venue_events))
        .calls(Class::Search, routes!(performers::list_performers))
        .calls(Class::Search, routes!(events::list_performer_events))
        .calls(Class::Search, routes!(cities::list_cities))
        .calls(Class::Search, routes!(cities::list_city_series))
        .calls(Class::Search, routes!(seat_maps::list_seat_maps))
        .calls(Class::Reads, routes!(seat_maps::get_seat_map));
    read.calls(Class::Writes, routes!(events::create_event))
        .calls(Class::Writes, routes!(series::create_series))
        .calls(Class::Writes, routes!(venues::create_venue))
        .calls(Class::Writes, routes!(performers::create_performer))
        .calls(Class::Writes, routes!(seat_maps::put_seat_map))
        .calls(Class::Writes, routes!(tiers::put_tiers))
}

/// One thing each, by its id: through the edge cache, so that a page that everybody opens asks Postgres once a second.
fn details(edge: EdgeLayer) -> Routes {
    let read = Routes::default()
        .calls(Class::Reads, routes!(events::get_event))
        .calls(Class::Reads, routes!(series::get_series))
        .calls(Class::Reads, routes!(venues::get_venue))
        .calls(Class::Reads, routes!(performers::get_performer));
    read.calls(Class::Writes, routes!(events::replace_event, events::change_event, events::delete_event))
        .calls(Class::Writes, routes!(series::replace_series, series::change_series, series::delete_series))
        .calls(Class::Writes, routes!(venues::replace_venue, venues::change_venue, venues::delete_venue))
        .calls(Class::Writes, routes!(performers::replace_performer, performers::change_performer, performers::delete_performer))
        .layer(from_fn(policy::apply))
        .layer(edge)
}
