//! Selling: from a session to the ticket, and what organisers do about it.

pub mod blocks;
pub mod cancellations;
pub mod checkout;
pub mod contact;
pub mod entry_stream;
pub mod holds;
pub mod orders;
pub mod payments;
pub mod prints;
pub mod replay;
pub mod sessions;
pub mod tickets;
mod view;
pub mod waitlist;
pub mod webhooks;

pub use view::{best, changes, seats, stream};

use axum::middleware::from_fn;
use edge::EdgeLayer;
use utoipa::OpenApi as _;
use utoipa_axum::routes;

use crate::api::drawings::orders as order_files;
use crate::web::class::Class;
use crate::web::policy;
use crate::web::routes::Routes;

/// The routes of booking.
///
/// Takes     `sandbox`: whether buyers may pay with play money.
pub fn routes(sandbox: bool, edge: EdgeLayer) -> Routes {
    let all = buyers().merge(looks(edge)).merge(organisers());
    if sandbox { all.merge(play_money()) } else { all }
}

/// The page that takes no money, and the notices that it sends.
fn play_money() -> Routes {
    Routes::default()
        .calls(Class::Holds, routes!(payments::press_sandbox_button))
        .calls(Class::Webhooks, routes!(webhooks::receive_sandbox_webhook))
}

/// What buyers do and see.
fn buyers() -> Routes {
    Routes::new(order_files::OrderForms::openapi())
        .calls(Class::Sessions, routes!(sessions::create_session))
        .calls(Class::Reads, routes!(seats::get_seats))
        .calls(Class::Reads, routes!(stream::stream_seats))
        .calls(Class::Reads, routes!(stream::watch_seats))
        .calls(Class::Holds, routes!(holds::create_hold))
        .calls(Class::Reads, routes!(holds::get_hold))
        .calls(Class::Holds, routes!(holds::release_hold))
        .calls(Class::Holds, routes!(checkout::checkout_hold))
        .calls(Class::Holds, routes!(waitlist::join_waitlist))
        .calls(Class::Reads, routes!(waitlist::get_entry))
        .calls(Class::Reads, routes!(entry_stream::stream_entry))
        .calls(Class::Holds, routes!(waitlist::leave_waitlist))
        .calls(Class::Reads, routes!(payments::get_payment))
        .calls(Class::Holds, routes!(orders::renew_order_link))
        .calls(Class::Reads, routes!(orders::list_my_orders))
        .calls(Class::Reads, routes!(tickets::list_my_tickets))
        .calls(Class::Holds, routes!(orders::cancel_order))
        .calls(Class::Holds, routes!(prints::request_print))
        .calls(Class::Reads, routes!(prints::get_print))
        .calls(Class::Holds, routes!(prints::cancel_print))
        .calls(Class::Reads, routes!(prints::get_print_svg))
        .calls(Class::Reads, routes!(order_files::get_order_calendar))
        .form(Class::Reads, "/v1/orders/{form}", order_files::get_order_form, &[(".pdf", Class::Drawings)])
}

/// What costs a walk over the house and is the same for all: equal looks wait for one answer of the edge cache, which wants to see the
/// headers that the policy writes.
fn looks(edge: EdgeLayer) -> Routes {
    Routes::default().calls(Class::Reads, routes!(best::get_best_seats)).layer(from_fn(policy::apply)).layer(edge)
}

/// What organisers do about it.
fn organisers() -> Routes {
    Routes::default()
        .calls(Class::Writes, routes!(blocks::block_seats, blocks::unblock_seats))
        .calls(Class::Reads, routes!(waitlist::get_waitlist))
        .calls(Class::Writes, routes!(waitlist::open_waitlist))
        .calls(Class::Writes, routes!(cancellations::cancel_event))
}
