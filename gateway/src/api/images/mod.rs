//! Images: pictures that organisers upload, for their events, series, performers and venues.

mod accept;
pub mod body;
mod get;
mod upload;
mod write;

use axum::middleware::from_fn;
use edge::EdgeLayer;
use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::policy;
use crate::web::routes::Routes;

/// Looking goes through the edge cache, behind one spelling of what each program accepts.
pub fn routes(edge: EdgeLayer) -> Routes {
    let read = Routes::default()
        .calls(Class::Reads, routes!(get::get_image))
        .layer(from_fn(policy::apply))
        .layer(edge)
        .layer(from_fn(accept::spell));
    Routes::default()
        .uploads(upload::MAX_UPLOAD, Class::Writes, routes!(write::create_image))
        .uploads(upload::MAX_UPLOAD, Class::Writes, routes!(write::replace_image, write::delete_image))
        .merge(read)
}
