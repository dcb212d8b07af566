//! The demo catalogue: real cities, everything else invented, drawn from a seed and dated from today.
//!
//! ```text
//!  cities.csv ─► World (cities, houses, roster) ─► Plan: batches ─► fill ─► Postgres
//!                                                    ▲
//!                        programmes: tours, runs, films, seasons, festivals …
//! ```
//!
//! What it deliberately does not do: read a clock of its own, or depend on anything but seed, day and number of events.

mod audience;
mod calendar;
mod cities;
mod dice;
mod fill;
mod hall;
mod house;
mod ids;
mod plan;
mod prices;
mod programme;
mod roster;
mod sale;
mod vocabulary;
mod world;

pub use audience::{Audience, MOST_SOLD, audiences, crowded};
pub use fill::{DemoError, DemoProgress, DemoReport, fill};
pub use hall::{Design, hall};
pub use plan::{DemoOptions, Plan, plan};

#[cfg(test)]
mod tests;

use vocabulary::{names, words};
