//! What can be asked of booking, one noun a file: the views, and the methods of [`Booking`](crate::Booking) that give them.

pub mod audit;
pub mod best;
pub mod block;
pub mod cancel;
pub mod checkout;
pub mod hold;
pub mod journal;
mod lapse;
pub mod order;
pub mod pass;
pub mod payment;
pub mod print;
pub mod provider;
pub mod purge;
pub mod reader;
mod relay;
pub mod seats;
pub mod sell;
pub mod ticket;
pub mod waitlist;
