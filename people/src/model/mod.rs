//! What people are to each other: plain values, no database.

pub mod audit;
pub mod key;
pub mod organiser;
pub mod quota;
pub mod role;
pub mod scope;
pub mod session;
