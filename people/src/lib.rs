//! Who asks: sessions of buyers, keys of organisers, partners and admins.
//!
//! ```text
//! token or key ─► hash ─► cache ─► row ─► who it is
//! ```
//!
//! A secret is shown once and stored hashed. Verbs are methods of [`People`], next to their noun. It deliberately does not speak HTTP,
//! sells nothing and knows no event: whoever asks it learns who acts, and decides what that one may do.

mod config;
mod error;
mod key;
mod people;
mod role;
mod secret;
mod session;
mod store;

pub use config::PeopleConfig;
pub use error::Fault;
pub use key::NewKey;
pub use people::People;
pub use role::{KeyView, Role};
pub use session::{Buyer, Session};
