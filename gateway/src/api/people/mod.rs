//! People: keys, quotas, and the log of what was changed.

pub mod audit;
pub mod keys;
pub mod quota;

use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::routes::Routes;

/// The routes of people.
pub fn routes() -> Routes {
    Routes::default()
        .calls(Class::Reads, routes!(quota::get_quota))
        .calls(Class::Search, routes!(keys::list_keys))
        .calls(Class::Writes, routes!(keys::create_key))
        .calls(Class::Writes, routes!(keys::revoke_key))
        .calls(Class::Writes, routes!(keys::rotate_key))
        .calls(Class::Search, routes!(audit::list_audit))
}
