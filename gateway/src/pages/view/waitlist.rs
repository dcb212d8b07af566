//! A place in a waitlist, as its page shows it.

use askama::Template;

use super::Page;
use super::checkout::EventLine;

#[derive(Debug, Template)]
#[template(path = "waitlist.html")]
pub struct WaitPage {
    pub page: Page,
    pub event: EventLine,
    pub state: &'static str,
    pub told: EntryMessage,
    /// `2 tickets`.
    pub places: String,
    /// The tiers that were asked for; none: any.
    pub tiers: Vec<String>,
    pub position: Option<u32>,
    /// Where the offer is paid for.
    pub offer: Option<String>,
    /// `1:55`.
    pub left: Option<String>,
    pub stream: String,
    pub leave: String,
    pub event_page: String,
    pub order: Option<String>,
    /// Whether it goes on.
    pub live: bool,
}

/// A state in words, and what happens next.
#[derive(Debug, Clone)]
pub struct EntryMessage {
    pub title: &'static str,
    pub detail: String,
}

/// One line of My tickets.
#[derive(Debug, Clone)]
pub struct WaitLine {
    pub href: String,
    pub event: EventLine,
    /// `2 tickets`.
    pub places: String,
    /// `Place 3`, or `1:55 left`.
    pub stands: String,
    pub offered: bool,
}
