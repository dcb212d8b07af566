//! An HTTP cache as a tower layer: what a response's `Cache-Control` allows is kept and served again.
//!
//! ```text
//! request ─► key ─┬─ fresh ──────────────────────────────────────────────────► 200 / 304 with Age
//!                 └─ missing ─► one flight a key ─► service ─► ETag ─► kept if allowed ─► 200 / 304
//! ```
//!
//! Nothing is kept by default: a response must say `s-maxage`, or `public` with `max-age`. Errors, `private`, `no-store`,
//! `Set-Cookie` and streams pass through untouched. Entries carry their response's `Surrogate-Key` tags; [`Purger`] removes
//! all of a tag, and a response that was under way during a purge is not kept. Any body type goes in; axum is not named.
//! Each answer says in `Cache-Status` what the cache did. Deliberately absent: default freshness, stale-while-revalidate, ranges,
//! revalidation with an origin.

mod body;
mod flight;
mod layer;
mod rules;
mod store;

pub use body::{BoxError, Collected, EdgeBody, collect};
pub use flight::{Flights, Turn};
pub use layer::{EdgeConfig, EdgeLayer, EdgeService};
pub use rules::key::encoding;
pub use store::Purger;
