//! Who asks: accounts and how they sign in, organisers, keys and what they may do, sessions of buyers, quotas of partners, and the audit log of what was changed.
//!
//! ```text
//! token or key ─► hash ─► remembered ─► row ─► who it is, whose things, which scopes
//!                             ▲
//!            feed of changes ─┘ (a revoked key is refused on every node within a second)
//! ```
//!
//! A secret is shown once and stored hashed. Verbs are methods of [`People`], next to their noun. It deliberately does not speak HTTP,
//! sells nothing and knows no event: whoever asks it learns who acts, and holds its own records against that.

mod config;
mod counts;
mod error;
mod hasher;
mod model;
mod people;
mod remembered;
mod secret;
mod store;
mod throttle;
mod verbs;

#[cfg(test)]
mod fixture;

pub use config::PeopleConfig;
pub use error::{Fault, PeopleError};
pub use model::account::{Account, AccountChange, LoggedIn, Login, NewAccount, SessionLine};
pub use model::audit::{AuditFilter, AuditLine};
pub use model::email::key as email_key;
pub use model::key::{KeyLine, KeyView, NewKey, WantedKey};
pub use model::organiser::{Organiser, TicketLook};
pub use model::quota::{Quota, QuotaUse, Spent, Use};
pub use model::role::Role;
pub use model::scope::{Scope, Scopes};
pub use model::session::{Buyer, Session, SignedIn};
pub use people::People;
pub use throttle::{Device, network};
pub use verbs::key::{OLD_SECRET, looks_like_key};
