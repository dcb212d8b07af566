//! Finding: one question in, one page out, from the index alone.
//!
//! ```text
//! parse ─► query ─► words (what each may stand for) ─► matching (which documents, how well) ┐
//!                   filter (which are allowed) ─────────────────────────────────────────────┼─► run ─► hits ─► answer
//!                   facets (counts)  order (keys, cursor)  rank (what is better) ───────────┘
//! ```

mod advice;
mod answer;
mod asked;
mod bands;
mod blocks;
mod browse;
mod cache;
mod catalog;
mod clock;
mod completion;
mod dates;
mod facets;
mod filter;
mod groups;
mod hits;
mod holders;
mod json;
mod kept;
mod labels;
mod marks;
mod matching;
mod names;
mod occasion;
mod order;
mod overlay;
mod parse;
mod pass;
mod places;
mod query;
mod rank;
mod run;
mod segment;
mod snapshot;
mod spans;
mod spelling;
mod suggest;
mod synonyms;
mod tally;
mod times;
mod traits;
mod values;
mod walk;
mod windows;
mod words;

pub use answer::*;
pub use cache::{Body, Rendered, State};
pub use catalog::{Catalog, SearchError};
pub use occasion::Occasion;
pub use overlay::{AvailabilityOverlay, Badge, EventAvailability};
pub use query::*;
pub use suggest::{CityHit, Prompt, Suggestions};
pub use synonyms::Refused as SynonymsRefused;
pub(crate) use words::{MONTHS, is_stop_word};

#[cfg(test)]
mod tests;
