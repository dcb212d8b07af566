//! Building: the search index from the catalogue's rows, whole or change by change.
//!
//! ```text
//!            one REPEATABLE READ snapshot ─► reindex ─► gen-<n+1>/ ─► counts, sums, samples agree? ─► CURRENT
//!  Postgres                                                                                             │
//!            catalog_changes ─────────────► follow ──► the live generation ◄────────────────────────────┘
//! ```
//!
//! Each commit carries the place in the change feed that it leads to, so that a crash between database and index loses nothing and
//! a new generation is caught up from where its snapshot stood.  What it deliberately does not do: decide what is found, or how.

mod blocking;
mod checked;
mod depot;
#[cfg(test)]
mod fixture;
mod follow;
mod held;
mod manifest;
mod reindex;
mod rewrite;
mod sample;
mod seat;
mod shelf;
mod source;
mod tidy;
mod verify;

pub use catalog::index::Fault;
pub use depot::{Depot, Moved};
pub use follow::{News, Stuck, follow};
pub use reindex::{BuildProgress, BuildStep, ReindexOptions, ReindexReport, reindex};
pub use shelf::Shelf;
pub use verify::{Difference, Discrepancy, Verified, verify};
