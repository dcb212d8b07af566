//! The API's routes, listed once in the order of a buyer's journey.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Every path of the API with its description.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
