//! The event page: what, when, where, and the picker that sells.

use askama::Template;
use domain::Availability;

use super::layout::Link;
use super::{Badge, Notice, Page, Poster, When};
use crate::pages::params::FilledParams;

#[derive(Debug, Template)]
#[template(path = "event.html")]
pub struct EventPage {
    pub page: Page,
    pub title: String,
    pub description: Vec<String>,
    pub kicker: String,
    pub when: When,
    /// When people are let in; may be empty.
    pub doors: String,
    pub timezone: String,
    pub performers: Vec<Performer>,
    pub works: Vec<String>,
    pub series: Option<Link>,
    pub venue: Option<VenueLine>,
    pub badge: Badge,
    pub price: Option<String>,
    pub poster: Poster,
    /// The address of the event's picture, for those who link to the page.
    pub picture: String,
    pub notice: Option<Notice>,
    /// Why nothing can be bought, and what one can do instead.
    pub told: Option<SaleMessage>,
    pub sale: Sale,
    /// Where the waiting room is, if the sale begins in one.
    pub queue: Option<String>,
    pub outside: Option<String>,
    pub others: Vec<OtherDate>,
}

#[derive(Debug, Clone)]
pub struct Performer {
    pub link: Link,
    pub role: String,
}

#[derive(Debug, Clone)]
pub struct VenueLine {
    pub link: Link,
    pub address: String,
    pub city: Option<Link>,
}

/// Another date of the same series.
#[derive(Debug, Clone)]
pub struct OtherDate {
    pub href: String,
    pub when: When,
    pub place: String,
    pub badge: Badge,
    /// Whether tickets are left.
    pub open: bool,
}

/// One sentence about a sale that has nothing to give, with the dates of the same series that have.
#[derive(Debug, Clone)]
pub struct SaleMessage {
    pub title: &'static str,
    pub detail: String,
    pub dates: Vec<OtherDate>,
    /// The form that joins the waitlist, where one may wait.
    pub join: Option<Join>,
}

/// All that a form needs to join the waitlist.
#[derive(Debug, Clone)]
pub struct Join {
    pub event_id: String,
    pub visit: Option<Visit>,
    pub limit: u32,
    pub tiers: Vec<TierLine>,
}

/// What the forms of one visitor's page carry.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Makes sending a form twice do it once.
    pub key: String,
    /// Whose form it is, while the browser has no cookie.
    pub word: String,
}

/// How a form is sent, as attributes: from a page of one's own at once; the page of everybody leads there, unless a script asks for
/// the visit before.
fn sent(event_id: &str, verb: &str, visit: Option<&Visit>) -> String {
    let address = format!("action=\"/events/{event_id}/{verb}");
    match visit {
        Some(visit) => format!("method=\"post\" {address}?visit={}\"", visit.word),
        None => format!("{address}\" data-visit"),
    }
}

impl Join {
    pub fn sent(&self) -> String {
        sent(&self.event_id, "waitlist", self.visit.as_ref())
    }
}

/// Where the sale stands.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one a page")]
pub enum Sale {
    /// Nothing is sold here.
    None,
    Opens(Opening),
    Open(Box<Picker>),
    /// It is over, or the event is; the page says why.
    Over,
}

impl Sale {
    /// Whether a countdown runs: it says by itself that nothing is sold yet.
    pub fn opens(&self) -> bool {
        matches!(self, Self::Opens(_))
    }

    /// Whether nothing is sold any more: prices say nothing then.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }
}

/// The time until the sale opens.
#[derive(Debug, Clone)]
pub struct Opening {
    pub when: When,
    pub wait: String,
    pub opens_ms: i64,
    pub now_ms: i64,
    pub tiers: Vec<TierLine>,
}

/// All that the picker needs, with and without JavaScript.
#[derive(Debug, Clone)]
pub struct Picker {
    pub event_id: String,
    pub visit: Option<Visit>,
    pub map_url: String,
    pub seated: bool,
    /// Names of its floors, where it has several.
    pub floors: Vec<String>,
    pub tiers: Vec<TierLine>,
    pub areas: Vec<AreaLine>,
    /// Free seats, areas apart: `1,437`.
    pub available: String,
    /// No seat is free.
    pub gone: bool,
    pub limit: u32,
    /// What the buyer asked for when a refusal or a form without a script brought them here.
    pub chosen: Chosen,
}

#[derive(Debug, Clone)]
pub struct Chosen {
    pub quantity: u32,
    pub tier: String,
    pub area: String,
    pub accessible: bool,
}

impl Default for Chosen {
    fn default() -> Self {
        Self { quantity: 2, tier: String::new(), area: String::new(), accessible: false }
    }
}

impl Chosen {
    /// What the fields of a form say.
    pub fn of(fields: &FilledParams) -> Self {
        Self {
            quantity: fields.one("quantity").parse().unwrap_or(2),
            tier: fields.one("tier").to_owned(),
            area: fields.one("area").to_owned(),
            accessible: fields.has("accessible", "yes"),
        }
    }
}

#[derive(Debug, Clone)]
pub struct TierLine {
    pub id: String,
    pub name: String,
    pub price: String,
    /// 1..=4: the colour's place in the palette; beyond four, colours repeat with a ring.
    pub colour: usize,
    /// What is left of it, while it is sold.
    pub badge: Option<Badge>,
    /// Whether it has seats, and not areas alone.
    pub seated: bool,
}

impl TierLine {
    /// What is to be told of a tier that not everybody can have: `Few left`.
    pub fn scarce(&self) -> Option<&'static str> {
        self.badge.filter(|badge| *badge != Badge::from(Availability::Available)).map(|badge| badge.label)
    }
}

#[derive(Debug, Clone)]
pub struct AreaLine {
    pub id: String,
    pub label: String,
    pub price: String,
    pub available: u32,
    /// How many are free, as people write it: `1,437`.
    pub left: String,
    pub colour: usize,
}

impl Picker {
    pub fn sent(&self) -> String {
        sent(&self.event_id, "hold", self.visit.as_ref())
    }

    /// The tiers of seats: of others there is nothing to be picked side by side.
    pub fn seat_tiers(&self) -> impl Iterator<Item = &TierLine> {
        self.tiers.iter().filter(|tier| tier.seated)
    }

    /// How many places one may ask for.
    pub fn quantities(&self) -> std::ops::RangeInclusive<u32> {
        1..=self.limit.clamp(1, 10)
    }
}
