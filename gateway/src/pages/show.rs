//! How a page is answered: HTML with its policy, or a page that says no.

use askama::Template;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, IntoResponseParts, Redirect, Response};

use crate::pages::view::Page;
use crate::pages::view::layout::{Link, ProblemPage};
use crate::web::error::{ApiError, Code};
use crate::web::policy::CachePolicy;

/// Everything from here, nothing inline: only `application/ld+json` stands in a page, and that is data.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub const GUARDS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("permissions-policy"), "geolocation=(self), camera=(), microphone=()"),
];

/// What a page's handler gives.
pub type PageResult<T = Response> = Result<T, PageError>;

/// Renders a page for those whom the policy names.
pub fn show(page: &impl Template, policy: impl IntoResponseParts) -> PageResult {
    show_as(StatusCode::OK, page, policy)
}

/// Renders a page with a status of its own, such as 409 for a refusal told beside the form.
pub fn show_as(status: StatusCode, page: &impl Template, policy: impl IntoResponseParts) -> PageResult {
    let html = page.render().map_err(|fault| PageError::from(ApiError::fault(fault)))?;
    Ok((status, GUARDS, policy, Html(html)).into_response())
}

/// Goes on to another page after a form (303).
pub fn go(path: &str) -> Response {
    (CachePolicy::Private, Redirect::to(path)).into_response()
}

/// An error told to a person: the same words and status as in the API, and where to go next.
#[derive(Debug)]
pub struct PageError {
    error: ApiError,
    next: Vec<Link>,
}

impl<E: Into<ApiError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self { error: error.into(), next: vec![Link::new("/search", "Find an event"), Link::new("/", "Home")] }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (title, detail) = words(&self.error);
        let status = self.error.status();
        let page = ProblemPage { page: Page::private(title.clone()), status: status.as_u16(), title, detail, next: self.next };
        let html = page.render().unwrap_or_else(|_| status.to_string());
        let mut response = (status, GUARDS, CachePolicy::Never, Html(html)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, 2.into());
        }
        // The outermost layer logs it; the page stays as it is.
        response.extensions_mut().insert(self.error);
        response
    }
}

/// The page for an address that leads nowhere.
pub fn not_found_page() -> Response {
    PageError::from(ApiError::not_found()).into_response()
}

/// An error in words for people: a title, and the next step.
pub fn words(error: &ApiError) -> (String, String) {
    let problem = error.problem("");
    let (title, detail) = match error.code() {
        Code::NotFound => (
            "This page is not here",
            "It may have moved, or it belongs to someone else. If you bought tickets, open this address in the browser you bought them with.",
        ),
        Code::TooManySeats => ("That is too many at once", "Choose fewer seats; you can buy again afterwards."),
        Code::SaleNotOpen => ("The sale is not open yet", "The event's page counts down to it."),
        Code::SaleClosed => ("The sale is over", "Tickets for this event are no longer sold online."),
        Code::QueueFirst => ("This sale begins in the queue", "Enter the waiting room first."),
        Code::QueueNotOpen => ("The waiting room is not open yet", "Come back a little before the sale begins."),
        Code::QueueFull => ("The waiting room is full", "It takes nobody more just now. Try again later."),
        Code::PassUsed => (
            "Your turn here is used",
            "One turn in the queue is for one hold at a time, and ends with the order. Join the queue again for more.",
        ),
        Code::BuyerLimit => {
            ("You have reached this event's limit", "One buyer may have only so many seats here; those you hold or bought count.")
        }
        Code::SoldOut => ("Sold out", "Every seat that would fit is sold. The waitlist is for what others give back."),
        Code::SeatsUnavailable => ("Someone was faster", "Not all of these are free any more. The map shows what is free now."),
        Code::SeatsHeld => (
            "Everything left is on hold",
            "Others are paying for the last seats. Some may come back within minutes: stay on the map, or join the waitlist.",
        ),
        Code::NotWaiting => match problem.extra.get("why").and_then(serde_json::Value::as_str) {
            Some("seats_free") => ("There is nothing to wait for", "So many tickets are free right now: choose them here."),
            Some("sale_over") => ("The sale is over", "Tickets for this event are no longer sold online."),
            _ => ("The waitlist is closed", "Nobody can join it now. Look again later: what others give back is sold here."),
        },
        Code::OrphanSeat => {
            ("A single seat would be left over", "Move your choice by one seat, so that nobody has to sit alone.")
        }
        Code::CompanionSeat => (
            "This seat is kept for a companion",
            "It belongs to the wheelchair space beside it and is sold with it. Choose another seat, or both together.",
        ),
        Code::HoldLapsed => ("Your time ran out", "These seats are no longer held for you. Nothing was charged."),
        Code::HoldReleased => ("You gave these seats back", "Nothing was charged."),
        Code::EventStarted => ("The event has begun", "Its orders stay as they are."),
        Code::Forbidden => {
            ("That came from somewhere else", "For your safety, forms are only taken from our own pages. Go back and try again.")
        }
        Code::Busy | Code::NotReady | Code::Timeout | Code::RateLimited => {
            ("Very busy right now", "Nothing was lost. Try again in a moment.")
        }
        Code::Internal => ("Something broke on our side", "It is written down. Nothing was charged; try again in a moment."),
        _ => (problem.title, problem.detail),
    };
    (title.to_owned(), detail.to_owned())
}
