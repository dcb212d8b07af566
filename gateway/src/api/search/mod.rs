//! Finding by words and filters.

pub mod hits;
#[allow(clippy::module_inception, reason = "the folder's own noun")]
pub mod search;
pub mod suggest;

use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::routes::Routes;

/// The routes of search.
pub fn routes() -> Routes {
    Routes::default().kept(Class::Search, routes!(search::search)).kept(Class::Search, routes!(suggest::suggest))
}
