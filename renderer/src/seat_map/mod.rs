//! A seat map's layout: from a map to a plan of one width and theme, and from a plan and a state to shapes.
//!
//! ```text
//! title, subtitle                    │ layout   what goes where, how large a map unit is
//! stage, bands                       │ floor    the map itself   tables   rows: letters at both ends   names: of blocks
//! names of floors                    │ floors
//! prices beside their tiers, legend  │ captions, key
//! ── a plan's base ends here; the rest changes with every sale ──
//! areas, sections of big maps        │ areas, overview: shaded where dots would be dust
//! seats                              │ looks
//! the viewer's own                   │ selection
//! ```
//! Texts have the same size on all pictures up to 1,200 px and give way to seats where there is no place for both. Everything
//! that stands still is decided once, whatever the states are, so that a sale moves nothing and redraws only what it touches.

mod areas;
mod floor;
mod geometry;
mod key;
mod layout;
mod lettering;
mod looks;
mod occupancy;
mod outlines;
mod overview;
mod plan;
mod selection;
mod sheet;
mod tables;
mod words;

use outlines::{band, curve, polygon};

pub use layout::MapOptions;
use lettering::short;
pub use looks::SeatLook;
pub use plan::Plan;
pub use words::{described, seat_label, state_word};
