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
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::app::App;
use crate::web::policy;

/// The routes of the catalogue.
pub fn routes(edge: EdgeLayer) -> OpenApiRouter<App> {
    OpenApiRouter::new()
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
