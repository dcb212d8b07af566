//! Lists: filters, orders, pages and the positions that cursors carry.

use domain::{CityId, PerformerId, SeriesId, VenueId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{City, EventVenue, Series};

/// Where a page ends: the sort value and the id of its last item. The gateway seals it into a cursor with `domain::CursorKey`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Position {
    Date(Timestamp, Uuid),
    Name(String, Uuid),
}

/// Some items of a list and where the next ones begin.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None` when nothing follows.
    pub next: Option<Position>,
}

/// In which order events are listed; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventSort {
    #[default]
    Date,
    DateDescending,
    Name,
    NameDescending,
}

/// Which events are listed: all conditions hold; a list means any of it, an empty list means no condition.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventFilter {
    pub venue_id: Vec<VenueId>,
    pub performer_id: Vec<PerformerId>,
    pub series_id: Vec<SeriesId>,
    /// Names or slugs or ids of cities.
    pub city: Vec<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Vec<String>,
    pub category: Vec<String>,
    pub external_id: Vec<String>,
    /// Who calls them by their external ids.
    pub source: Vec<String>,
    /// Starts at or after, or only has a day that is not over then.
    pub from: Option<Timestamp>,
    /// Starts before.
    pub to: Option<Timestamp>,
}

/// Which venues, performers or series are listed, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NameFilter {
    /// Venues only: names or slugs or ids of cities.
    pub city: Vec<String>,
    /// Venues and performers: ISO 3166-1 alpha-2.
    pub country: Vec<String>,
    /// Series only.
    pub category: Vec<String>,
    pub external_id: Vec<String>,
    /// Who calls them by their external ids.
    pub source: Vec<String>,
    /// Z to A.
    pub descending: bool,
}

/// Which cities are listed, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CityFilter {
    pub country: Vec<String>,
    pub external_id: Vec<String>,
    /// Only cities with an event at or after this instant.
    pub upcoming_from: Option<Timestamp>,
    pub descending: bool,
}

/// How many events something has, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub events: u64,
    /// Events that start at or after the instant asked about.
    pub upcoming: u64,
    pub first: Option<Timestamp>,
    /// The first that has not begun.
    pub next: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// A series' dates at one venue, the soonest first.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueDates {
    pub venue: Option<EventVenue>,
    pub events: Vec<super::Event>,
}

/// A series seen from one city: how many of its dates are there.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesDates {
    pub series: Series,
    pub tally: Tally,
}

/// A city and how much happens there.
#[derive(Debug, Clone, PartialEq)]
pub struct CityTally {
    pub city: City,
    pub tally: Tally,
}

/// A series' dates in one city, venue by venue.
#[derive(Debug, Clone, PartialEq)]
pub struct CityDates {
    pub city_id: Option<CityId>,
    pub city: String,
    pub region: String,
    pub country: String,
    pub venues: Vec<VenueDates>,
}
