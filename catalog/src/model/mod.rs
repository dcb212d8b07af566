//! The catalogue's plain types: what stands in Postgres, what an organiser writes, what a list gives.
//!
//! `…Row` is a record as it is stored, `New…` what POST and PUT take, `…Patch` what PATCH takes, and the bare noun what a detail
//! shows: the row with its neighbours and its version.

mod city;
mod concert;
mod event;
mod image;
mod kind;
mod list;
mod more;
mod performer;
mod seat_map;
mod series;
mod venue;

pub use city::City;
pub use concert::{Concert, ConcertPatch, ConcertStatus, NewConcert};
pub use event::{
    Cast, CastMember, Event, EventPatch, EventRow, EventSeries, EventSource, EventVenue, NewEvent, NewTiers, Precision, Work,
};
pub use image::{Image, ImageFile, ImageLimits, Picture, Pictured, mark};
pub use kind::Kind;
pub use list::{
    CityDates, CityFilter, CityTally, EventFilter, EventSort, NameFilter, Page, Position, SeriesDates, Tally, VenueDates,
};
pub use more::{Extras, More, Whole};
pub use performer::{NewPerformer, Performer, PerformerPatch, PerformerRow};
pub use seat_map::{SeatMapHead, SeatMapRow, map_sha256};
pub use series::{NewSeries, Series, SeriesPatch, SeriesRow};
pub use venue::{NewVenue, Venue, VenuePatch, VenueRow};

/// Puts a patch's value in place, if it has one.
fn set<T>(field: &mut T, patch: Option<T>) {
    if let Some(value) = patch {
        *field = value;
    }
}
