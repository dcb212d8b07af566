//! Selling: from a session to the ticket, and what organisers do about it.

pub mod blocks;
pub mod cancellations;
pub mod checkout;
pub mod contact;
pub mod holds;
pub mod orders;
pub mod payments;
pub mod replay;
pub mod seats;
pub mod sessions;
pub mod stream;
pub mod tickets;
pub mod webhooks;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::app::App;

/// The routes of booking.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create_session))
        .routes(routes!(seats::get_seats))
        .routes(routes!(stream::stream_seats))
        .routes(routes!(holds::create_hold))
        .routes(routes!(holds::get_hold, holds::release_hold))
        .routes(routes!(checkout::checkout_hold))
        .routes(routes!(payments::get_payment))
        .routes(routes!(payments::press_sandbox_button))
        .routes(routes!(webhooks::receive_sandbox_webhook))
        .routes(routes!(orders::get_order))
        .routes(routes!(orders::list_my_orders))
        .routes(routes!(tickets::list_my_tickets))
        .routes(routes!(orders::cancel_order))
        .routes(routes!(blocks::block_seats, blocks::unblock_seats))
        .routes(routes!(cancellations::cancel_event))
}
