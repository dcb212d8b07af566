//! The waiting room: joining an event's queue, one's place in it, leaving; and what its organiser sets.

pub mod body;
pub mod order;
pub mod places;
pub mod settings;
pub mod stream;

use axum::middleware::from_fn;
use edge::EdgeLayer;
use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::coding;
use crate::web::policy;
use crate::web::routes::Routes;

/// The routes of queues.
pub fn routes(edge: EdgeLayer) -> Routes {
    Routes::default()
        .calls(Class::Holds, routes!(places::join_queue))
        .calls(Class::Reads, routes!(places::get_place))
        .calls(Class::Holds, routes!(places::leave_queue))
        .calls(Class::Reads, routes!(stream::stream_place))
        .calls(Class::Reads, routes!(stream::watch_place))
        .calls(Class::Reads, routes!(settings::get_queue))
        .calls(Class::Writes, routes!(settings::put_queue))
        .merge(orders(edge))
}

/// What is long and stays as it is: equal looks wait for one answer of the edge cache, compressed as it is kept.
fn orders(edge: EdgeLayer) -> Routes {
    Routes::default()
        .calls(Class::Drawings, routes!(order::get_queue_order))
        .layer(from_fn(policy::apply))
        .layer(from_fn(coding::apply))
        .layer(edge)
}
