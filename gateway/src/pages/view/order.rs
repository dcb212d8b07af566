//! What a buyer owns: an order with its tickets, and the list of all of them.

use askama::Template;

use super::checkout::EventLine;
use super::waitlist::WaitLine;
use super::{Notice, Page};

#[derive(Debug, Template)]
#[template(path = "order.html")]
pub struct OrderPage {
    pub page: Page,
    pub id: String,
    pub number: String,
    /// All tickets as one file, and the event for a calendar.
    pub pdf_url: String,
    pub calendar_url: String,
    pub event: EventLine,
    pub notice: Option<Notice>,
    pub state: &'static str,
    pub total: String,
    pub contact: String,
    pub tickets: Vec<TicketView>,
    pub can_cancel: bool,
    /// Just bought: the page says so.
    pub fresh: bool,
    /// Whoever looks has the key of its link, and may do nothing but read.
    pub by_link: bool,
    /// The link to keep; none for who came by it.
    pub keep: Option<Keep>,
}

/// An order's own link.
#[derive(Debug, Clone)]
pub struct Keep {
    pub url: String,
    /// The day on which it ends, in words.
    pub until: String,
}

#[derive(Debug, Clone)]
pub struct TicketView {
    pub id: String,
    pub label: String,
    pub holder: String,
    /// The QR code alone, an SVG drawn by the renderer.
    pub qr: String,
    pub svg_url: String,
    pub pdf_url: String,
    /// For Apple's wallet, where passes are signed.
    pub pass_url: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "me.html")]
pub struct MePage {
    pub page: Page,
    pub held: Vec<HeldLine>,
    pub waits: Vec<WaitLine>,
    pub orders: Vec<OrderLine>,
}

/// Seats that this browser holds, or held a moment ago.
#[derive(Debug, Clone)]
pub struct HeldLine {
    pub href: String,
    pub event: EventLine,
    /// `2 seats`.
    pub places: String,
    /// `4:05`; none when the time is over.
    pub left: Option<String>,
}

#[derive(Debug, Clone)]
pub struct OrderLine {
    pub href: String,
    pub number: String,
    pub event: EventLine,
    pub state: &'static str,
    pub tickets: String,
    /// `Stalls · Row C · Seats 5, 6`.
    pub seats: String,
    pub total: String,
}
