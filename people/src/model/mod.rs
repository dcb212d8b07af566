//! What people are to each other: plain values, no database.

pub mod account;
pub mod audit;
pub mod email;
pub mod key;
pub mod organiser;
pub mod password;
pub mod quota;
pub mod role;
pub mod scope;
pub mod session;
