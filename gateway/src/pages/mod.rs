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

mod account;
pub mod assets;
mod buy;
pub mod docs;
mod find;
mod form;
mod params;
mod shopper;
mod show;
mod static_files;
pub mod view;
mod visit;

use axum::middleware::from_fn;
use edge::EdgeLayer;

use self::account::{home, sign_in, sign_up};
use self::buy::{event, held, hold, order, pay, queue, waitlist, wish};
#[cfg(test)]
pub use self::find::cards::TAKEN;
pub use self::find::cards::event_path;
use self::find::{listing, search, sitemap};
use crate::web::class::Class;
use crate::web::coding;
use crate::web::policy;
use crate::web::routes::Routes;

pub use show::not_found_page;

/// Every page, in the order of a buyer's journey.
///
/// Takes     `sandbox`: whether there is a page to pay with play money.
pub fn routes(sandbox: bool, edge: EdgeLayer) -> Routes {
    let pay = Routes::default();
    let pay = if sandbox { pay.get(Class::Reads, "/sandbox/payments/{id}", pay::pay_page) } else { pay };
    pay.kept_page(Class::Search, "/", search::home_page)
        .kept_page(Class::Search, "/search", search::search_page)
        .kept_page(Class::Search, "/search/results", search::search_results)
        .get(Class::Reads, "/events/{id}", event::event_short)
        .post(Class::Holds, "/events/{id}/hold", wish::hold)
        .get(Class::Reads, "/events/{id}/hold", event::own_page)
        .post(Class::Holds, "/events/{id}/waitlist", waitlist::join)
        .get(Class::Reads, "/events/{id}/waitlist", event::own_page)
        .get(Class::Reads, "/events/{id}/waitlist/{entry}", waitlist::entry_page)
        .post(Class::Holds, "/events/{id}/waitlist/{entry}/leave", waitlist::leave)
        .get(Class::Reads, "/events/{id}/waitlist/{entry}/leave", waitlist::back)
        .get(Class::Reads, "/holds/{id}", hold::checkout_page)
        .post(Class::Holds, "/holds/{id}/checkout", hold::begin_payment)
        .get(Class::Reads, "/holds/{id}/checkout", hold::back_to_checkout)
        .post(Class::Holds, "/holds/{id}/release", hold::release)
        .get(Class::Reads, "/orders/{id}", order::order_page)
        .post(Class::Holds, "/orders/{id}/cancel", order::cancel)
        .get(Class::Reads, "/orders/{id}/cancel", order::back)
        .post(Class::Holds, "/orders/{id}/link", order::renew_link)
        .get(Class::Reads, "/orders/{id}/link", order::back)
        .get(Class::Reads, "/me", order::my_page)
        .get(Class::Reads, "/me/holds", held::my_holds)
        .merge(waiting_room())
        .merge(accounts())
        .get(Class::Reads, "/assets/maps/{file}", static_files::map_geometry)
        .get(Class::Reads, "/assets/{digest}/{*path}", static_files::static_file)
        .get(Class::Reads, "/favicon.ico", static_files::icon)
        .get(Class::Reads, "/robots.txt", static_files::robots)
        .merge(of_everybody(edge))
}

/// The waiting room's pages, which the node that has the event draws for all others.
pub fn waiting_room() -> Routes {
    Routes::default()
        .get(Class::Reads, "/events/{id}/queue", queue::queue_page)
        .post(Class::Holds, "/events/{id}/queue", queue::join)
        .post(Class::Holds, "/events/{id}/queue/leave", queue::leave)
        .get(Class::Reads, "/events/{id}/queue/leave", queue::back)
}

/// Signing up, in and out, and the account.
fn accounts() -> Routes {
    Routes::default()
        .get(Class::Reads, "/account", home::account_page)
        .get(Class::Reads, "/account/login", sign_in::sign_in_page)
        .post(Class::Sessions, "/account/login", sign_in::sign_in)
        .get(Class::Reads, "/account/new", sign_up::sign_up_page)
        .post(Class::Sessions, "/account/new", sign_up::sign_up)
        .get(Class::Reads, "/account/logout", home::back)
        .post(Class::Sessions, "/account/logout", sign_in::sign_out)
        .get(Class::Reads, "/account/sessions/end", home::back)
        .post(Class::Holds, "/account/sessions/end", home::end_others)
        .get(Class::Reads, "/account/sessions/{id}/end", home::back)
        .post(Class::Holds, "/account/sessions/{id}/end", home::end_one)
}

/// Pages of one thing, and sitemaps, through the edge cache: made once a second however many ask, compressed as they are kept.
fn of_everybody(edge: EdgeLayer) -> Routes {
    Routes::default()
        .get(Class::Reads, "/events/{id}/{slug}", event::event_page)
        .get(Class::Search, "/performers/{id}", listing::performer_page)
        .get(Class::Search, "/venues/{id}", listing::venue_page)
        .get(Class::Search, "/cities/{id}", listing::city_page)
        .get(Class::Search, "/series/{id}", listing::series_page)
        .get(Class::Search, "/sitemap.xml", sitemap::index)
        .get(Class::Search, "/sitemaps/{kind}/{file}", sitemap::piece)
        .layer(from_fn(policy::apply))
        .layer(from_fn(coding::apply))
        .layer(edge)
}
