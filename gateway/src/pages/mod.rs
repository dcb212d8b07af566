//! The storefront: server-rendered pages over the same verbs as the API.
//!
//! ```text
//! / and /search ─► /events/{id}/{slug} ─► /holds/{id} ─► /sandbox/payments/{id} ─► /orders/{id} ─► /me
//!                        ▲ /performers /venues /cities /series
//! ```
//!
//! A handler reads through catalog or booking, fills a value of [`view`] and shows it; `templates/` holds the markup, `assets/storefront`
//! the style sheets and scripts. Everything works as links and forms; scripts make it quicker. The buyer is a cookie. No page loads
//! anything from another host, and none holds an inline script.

mod asked;
pub mod assets;
mod buy;
mod find;
mod form;
mod shopper;
mod show;
mod static_files;
pub mod view;

use axum::Router;
use axum::routing::{get, post};

use self::buy::{event, hold, order, pay, wish};
use self::find::{listing, search, sitemap};
use crate::web::app::App;

pub use show::not_found_page;

/// Every page, in the order of a buyer's journey.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(search::home_page))
        .route("/search", get(search::search_page))
        .route("/search/results", get(search::search_results))
        .route("/events/{id}", get(event::event_short))
        .route("/events/{id}/{slug}", get(event::event_page))
        .route("/performers/{id}", get(listing::performer_page))
        .route("/venues/{id}", get(listing::venue_page))
        .route("/cities/{id}", get(listing::city_page))
        .route("/series/{id}", get(listing::series_page))
        .route("/events/{id}/hold", post(wish::hold).get(event::event_short))
        .route("/holds/{id}", get(hold::checkout_page))
        .route("/holds/{id}/checkout", post(hold::begin_payment).get(hold::back_to_checkout))
        .route("/holds/{id}/release", post(hold::release))
        .route("/sandbox/payments/{id}", get(pay::pay_page))
        .route("/orders/{id}", get(order::order_page))
        .route("/orders/{id}/cancel", post(order::cancel))
        .route("/me", get(order::my_page))
        .route("/assets/maps/{file}", get(static_files::map_geometry))
        .route("/assets/{digest}/{*path}", get(static_files::static_file))
        .route("/favicon.ico", get(static_files::icon))
        .route("/sitemap.xml", get(sitemap::index))
        .route("/sitemaps/{kind}/{file}", get(sitemap::piece))
        .route("/robots.txt", get(static_files::robots))
}
