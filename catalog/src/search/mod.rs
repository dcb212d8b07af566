//! Finding: one question in, one page out, from the index alone.
//!
//! ```text
//!  catalog                         the open catalogue: live state, badges, caches, threads
//!    suggest   cache               what may be meant while typing │ answers kept as bytes
//!      answer                      hits, marks
//!        walk                      which documents, how well, in which order, behind which cursor
//!          facets                  counts by value
//!            filter   words        which documents are allowed │ what each word may stand for
//!              segment             one state of the index in memory
//!                question          what is asked
//! ```
//!
//! A folder uses those below it and none above; beside the floors stand `overlay` (live badges), `candidate`, `effort` (what one search may look
//! at), `pool` (the threads that search), `costs` (what a question is likely to look at) and `error`.

mod answer;
mod cache;
mod candidate;
mod catalog;
mod costs;
mod effort;
mod error;
mod facets;
mod filter;
mod overlay;
mod pool;
mod question;
mod segment;
mod suggest;
mod walk;
mod words;

pub use answer::{
    Answer, CastShown, CityDates, EventShown, Highlight, Hit, ImageRef, NextDate, PerformerRef, PerformerShown, Run, SeriesDates,
    SeriesRef, SeriesShown, Shown, TierShown, VenueRef, VenueShown,
};
pub use cache::rendered::{Rendered, State};
pub use catalog::Catalog;
pub use error::SearchError;
pub use facets::counts::*;
pub use filter::plan::Explained;
pub use overlay::{AvailabilityOverlay, Badge, EventAvailability};
pub use question::cut::without;
pub use question::occasion::Occasion;
pub use question::query::*;
pub use suggest::{CityHit, Prompt, Suggestions};
pub use words::advice::DidYouMean;
pub use words::intent::Understood;
pub use words::synonyms::Refused as SynonymsRefused;

pub use crate::model::Kind;

#[cfg(test)]
mod tests;
