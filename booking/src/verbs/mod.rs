//! What can be asked of booking, one noun a file: the views, and the methods of [`Booking`](crate::Booking) that give them.

pub mod best;
pub mod block;
pub mod hold;
pub mod journal;
pub mod pass;
mod purchase;
mod relay;
pub mod seats;
mod upkeep;
pub mod waitlist;

pub use purchase::{cancel, checkout, order, payment, print, provider, reader, sell, ticket};
pub use upkeep::{audit, purge};
