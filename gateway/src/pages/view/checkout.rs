//! From a hold to a payment: the checkout page and the sandbox's own page.

use askama::Template;

use super::{Notice, Page, Poster, When};

#[derive(Debug, Template)]
#[template(path = "checkout.html")]
pub struct CheckoutPage {
    pub page: Page,
    pub hold_id: String,
    pub key: String,
    pub event: EventLine,
    pub notice: Option<Notice>,
    pub seconds_left: u64,
    pub left: String,
    pub lines: Vec<SeatLine>,
    pub total: String,
    pub free: bool,
    pub name: String,
    pub email: String,
    pub errors: Vec<FieldError>,
    /// False once the hold lapsed or was given back.
    pub live: bool,
}

impl CheckoutPage {
    /// The complaint about one field, if there is one.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.detail.as_str())
    }
}

/// Whether other seats shall take the place of those that are held.
#[derive(Debug, Template)]
#[template(path = "replace.html")]
pub struct ReplacePage {
    pub page: Page,
    pub event: EventLine,
    pub lines: Vec<SeatLine>,
    pub left: String,
    /// `2 seats`.
    pub places: String,
    /// Where what is held is paid for.
    pub href: String,
    pub action: String,
    /// The wish, and whose place it takes.
    pub fields: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct FieldError {
    pub field: &'static str,
    pub detail: String,
}

/// The event as a reminder beside a form.
#[derive(Debug, Clone)]
pub struct EventLine {
    pub href: String,
    pub title: String,
    pub when: When,
    pub place: String,
    pub poster: Poster,
}

#[derive(Debug, Clone)]
pub struct SeatLine {
    /// `Stalls · Row H · Seat 27`, or `Standing`.
    pub label: String,
    pub tier: String,
    pub price: String,
}

/// The sandbox provider's hosted page.
#[derive(Debug, Template)]
#[template(path = "pay.html")]
pub struct PayPage {
    pub page: Page,
    pub action: String,
    pub merchant: String,
    pub amount: String,
    pub back: String,
    /// What happens without a button: the state's title and words, and seconds until the page looks again.
    pub waiting: Option<(String, String, u32)>,
}
