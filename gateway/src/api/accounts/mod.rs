//! Accounts: signing up, in and out, what its owner sees and changes, and the sessions.

pub mod caller;
pub mod login;
pub mod me;
pub mod sessions;
pub mod sign_up;

use utoipa_axum::routes;

use crate::web::class::Class;
use crate::web::routes::Routes;

/// The routes of accounts.
pub fn routes() -> Routes {
    Routes::default()
        .calls(Class::Sessions, routes!(sign_up::create_account))
        .calls(Class::Sessions, routes!(login::log_in))
        .calls(Class::Sessions, routes!(login::log_out))
        .calls(Class::Reads, routes!(me::get_me))
        .calls(Class::Holds, routes!(me::change_me))
        .calls(Class::Holds, routes!(me::delete_me))
        .calls(Class::Reads, routes!(sessions::list_my_sessions))
        .calls(Class::Holds, routes!(sessions::end_my_other_sessions))
        .calls(Class::Holds, routes!(sessions::end_my_session))
}
