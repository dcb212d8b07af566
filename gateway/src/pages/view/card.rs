//! Result cards: one event, series, performer or venue as a row with a date block.

use domain::Availability;

use super::{Poster, When};

/// One hit.
#[derive(Debug, Clone)]
pub struct Card {
    pub href: String,
    pub title: String,
    /// What it is when it is no single event: `Series · 12 dates`, `Venue`, `Performer`.
    pub kicker: String,
    pub performers: String,
    pub when: Option<When>,
    pub venue: String,
    pub city: String,
    /// `from A$45`, or `A$45`.
    pub price: Option<String>,
    pub badge: Option<Badge>,
    pub distance: Option<String>,
    pub poster: Poster,
}

impl Card {
    /// The year is said only when it is not the one the reader lives in.
    pub fn year_unless(&self, this_year: &str) -> Option<&str> {
        self.when.as_ref().map(|when| when.year.as_str()).filter(|year| *year != this_year)
    }
}

/// Whether there are tickets: a word, and a class for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    pub class: &'static str,
    pub label: &'static str,
}

impl From<Availability> for Badge {
    fn from(availability: Availability) -> Self {
        let (class, label) = match availability {
            Availability::Available => ("ok", "Available"),
            Availability::Few => ("few", "Few left"),
            Availability::Held => ("held", "All on hold"),
            Availability::SoldOut => ("out", "Sold out"),
            Availability::NotOnSale => ("soon", "Not on sale"),
            Availability::Cancelled => ("off", "Cancelled"),
        };
        Self { class, label }
    }
}
