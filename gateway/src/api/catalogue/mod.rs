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

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use catalog::model::Kind;
use edge::{EdgeLayer, Purger};
use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::coding;
use crate::web::policy;
use crate::web::routes::Routes;

/// The routes of the catalogue.
pub fn routes(edge: EdgeLayer) -> Routes {
    lists(&edge).merge(details(edge))
}

/// Lists, and what makes them longer. Lists are read through the edge cache: asked for once a second however many leaf through them, and
/// forgotten when something is written here or the change feed tells of what others wrote.
fn lists(edge: &EdgeLayer) -> Routes {
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
        .layer(from_fn(policy::apply))
        .layer(from_fn(coding::apply))
        .layer(edge.clone());
    let written = Routes::default()
        .calls(Class::Writes, routes!(events::create_event))
        .calls(Class::Writes, routes!(series::create_series))
        .calls(Class::Writes, routes!(venues::create_venue))
        .calls(Class::Writes, routes!(performers::create_performer))
        .calls(Class::Writes, routes!(seat_maps::put_seat_map))
        .calls(Class::Writes, routes!(tiers::put_tiers));
    read.merge(forgetting(written, edge)).calls(Class::Reads, routes!(seat_maps::get_seat_map))
}

/// Makes the edge forget all lists after each of these calls that changed something.
fn forgetting(written: Routes, edge: &EdgeLayer) -> Routes {
    let purger = edge.purger();
    written.layer(from_fn(move |request: Request, next: Next| forget_lists(purger.clone(), request, next)))
}

async fn forget_lists(purger: Purger, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    if answer.status().is_success() {
        for kind in Kind::ALL {
            purger.purge(kind.plural());
        }
    }
    answer
}

/// One thing each, by its id: through the edge cache, so that a page that everybody opens asks Postgres once a second.
fn details(edge: EdgeLayer) -> Routes {
    let read = Routes::default()
        .calls(Class::Reads, routes!(events::get_event))
        .calls(Class::Reads, routes!(series::get_series))
        .calls(Class::Reads, routes!(venues::get_venue))
        .calls(Class::Reads, routes!(performers::get_performer));
    let written = Routes::default()
        .calls(Class::Writes, routes!(events::replace_event, events::change_event, events::delete_event))
        .calls(Class::Writes, routes!(series::replace_series, series::change_series, series::delete_series))
        .calls(Class::Writes, routes!(venues::replace_venue, venues::change_venue, venues::delete_venue))
        .calls(Class::Writes, routes!(performers::replace_performer, performers::change_performer, performers::delete_performer));
    read.merge(forgetting(written, &edge)).layer(from_fn(policy::apply)).layer(from_fn(coding::apply)).layer(edge)
}
