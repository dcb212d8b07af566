//! Finding by words and filters.

pub mod hits;
#[allow(clippy::module_inception, reason = "the folder's own noun")]
pub mod search;
pub mod suggest;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::app::App;

/// The routes of search.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search::search)).routes(routes!(suggest::suggest))
}
