//! Finding: the catalogue's rows in Postgres, and the search over them that asks only its own index.
//!
//! ```text
//!  import, organiser ─► write ─► Postgres ─► catalog_changes
//!                                   │              │
//!                             indexer::reindex  indexer::follow
//!                                   └──────┬───────┘
//!                                        index ─► search ─► page of hits, counts, cursor
//! ```
//!
//! What it deliberately does not do: sell (booking's counts only decorate hits, through [`search::AvailabilityOverlay`]), speak
//! HTTP, or ask Postgres during a search.

pub mod demo;
pub mod import;
pub mod index;
pub mod model;
pub mod reads;
pub mod search;
pub mod store;
pub mod write;
