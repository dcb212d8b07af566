//! The catalogue's plain types: what stands in Postgres, what an organiser writes, what a list gives.
//!
//! `…Row` is a record as it is stored, `New…` what POST and PUT take, `…Patch` what PATCH takes, and the bare noun what a detail
//! shows: the row with its neighbours and its version.

mod city;
mod event;
mod list;
mod performer;
mod seat_map;
mod series;
mod venue;

pub use city::City;
pub use event::{
    Cast, CastMember, Event, EventPatch, EventRow, EventSeries, EventSource, EventVenue, NewEvent, NewTiers, Precision, Work,
};
pub use list::{
    CityDates, CityFilter, CityTally, EventFilter, EventSort, NameFilter, Page, Position, SeriesDates, Tally, VenueDates,
};
pub use performer::{NewPerformer, Performer, PerformerPatch, PerformerRow};
pub use seat_map::{SeatMapHead, SeatMapRow, map_sha256};
pub use series::{NewSeries, Series, SeriesPatch, SeriesRow};
pub use venue::{NewVenue, Venue, VenuePatch, VenueRow};

/// The five things the catalogue knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Event,
    Series,
    Performer,
    Venue,
    City,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Event, Self::Series, Self::Performer, Self::Venue, Self::City];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Series => "series",
            Self::Performer => "performer",
            Self::Venue => "venue",
            Self::City => "city",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Puts a patch's value in place, if it has one.
fn set<T>(field: &mut T, patch: Option<T>) {
    if let Some(value) = patch {
        *field = value;
    }
}
