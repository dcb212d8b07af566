//! Concerts: events as the TicketOverflow interface writes them, of general admission and without a price.

use domain::EventId;
use jiff::civil::Date;

/// What the interface says of a concert's sale. It is a word of its own: it cancels and refunds nothing, and may go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConcertStatus {
    Active,
    Cancelled,
    SoldOut,
}

impl ConcertStatus {
    pub const ALL: [Self; 3] = [Self::Active, Self::Cancelled, Self::SoldOut];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Cancelled => "CANCELLED",
            Self::SoldOut => "SOLD_OUT",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A concert as it was written, to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concert {
    /// The event that it is.
    pub id: EventId,
    pub name: String,
    pub venue: String,
    pub date: Date,
    pub capacity: u32,
    pub status: ConcertStatus,
}

/// A concert to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConcert {
    pub name: String,
    pub venue: String,
    pub date: Date,
    pub capacity: u32,
    pub status: ConcertStatus,
}

/// A change to a concert: what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConcertPatch {
    pub name: Option<String>,
    pub venue: Option<String>,
    pub date: Option<Date>,
    pub status: Option<ConcertStatus>,
}

impl ConcertPatch {
    pub fn apply(self, to: &mut Concert) {
        let Self { name, venue, date, status } = self;
        super::set(&mut to.name, name);
        super::set(&mut to.venue, venue);
        super::set(&mut to.date, date);
        super::set(&mut to.status, status);
    }
}
