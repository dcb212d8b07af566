//! What a hit shows, as it is stored beside the index: everything but what is live (the badge) or of this question (distance, marks).

use domain::event::{Availability, EventStatus};
use domain::money::Money;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::Precision;

/// The stored card of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Card {
    Event(Box<EventCard>),
    Series(SeriesCard),
    Performer(PerformerCard),
    Venue(VenueCard),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventCard {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub series: Option<SeriesRef>,
    pub category: String,
    pub genre: String,
    pub status: EventStatus,
    pub starts_at: i64,
    pub ends_at: Option<i64>,
    pub precision: Precision,
    pub timezone: String,
    pub local_date: String,
    pub local_time: String,
    pub venue: Option<VenueRef>,
    pub performers: Vec<PerformerRef>,
    pub price_from: Option<Money>,
    pub price_to: Option<Money>,
    pub sale: Sale,
}

/// When something can be bought: the badge of an event that has sold nothing yet follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    pub cancelled: bool,
    /// Seconds since the epoch; `None` when nothing is sold.
    pub window: Option<(i64, i64)>,
}

impl Sale {
    /// The badge before booking has said anything else, or `None` if the sale is open and booking's word counts.
    pub fn closed_badge(&self, now: Timestamp) -> Option<Availability> {
        match self.window {
            _ if self.cancelled => Some(Availability::Cancelled),
            Some((opens, closes)) if (opens..closes).contains(&now.as_second()) => None,
            _ => Some(Availability::NotOnSale),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesRef {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VenueRef {
    pub id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
    pub city_id: Option<Uuid>,
    pub city: String,
    pub country: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformerRef {
    pub id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
    pub role: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesCard {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub kind: String,
    pub category: String,
    pub events: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformerCard {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
    pub kind: String,
    pub city: String,
    pub country: String,
    pub events: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VenueCard {
    pub venue: VenueRef,
    pub kind: String,
    pub timezone: String,
    pub capacity: Option<u32>,
    pub events: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_follows_the_sale_window() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let open = Sale { cancelled: false, window: Some((10, 20)) };
        let table = [
            (open, 9, Some(Availability::NotOnSale)),
            (open, 10, None),
            (open, 19, None),
            (open, 20, Some(Availability::NotOnSale)),
            (Sale { cancelled: true, ..open }, 15, Some(Availability::Cancelled)),
            (Sale { cancelled: false, window: None }, 15, Some(Availability::NotOnSale)),
        ];
        for (sale, second, badge) in table {
            assert_eq!(sale.closed_badge(at(second)), badge, "{sale:?} at {second}");
        }
    }
}
