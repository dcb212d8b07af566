//! What the storefront shows: plain values, a template each.
//!
//! Nothing here knows the database, the clock or axum: the handlers beside this folder fill these values, `templates/` lays them out.
//! Text from the catalogue is escaped by askama and stands inside `<bdi>`, so markup and right-to-left marks stay what they are: text.

pub mod account;
pub mod card;
pub mod checkout;
pub mod docs;
pub mod event;
pub mod layout;
pub mod listing;
pub mod order;
pub mod poster;
pub mod queue;
pub mod search;
pub mod waitlist;
pub mod when;

pub use card::{Badge, Card};
pub use layout::{Notice, Page};
pub use poster::Poster;
pub use when::When;
