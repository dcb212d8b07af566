//! What a version of an event looks like to those who watch: pictures, views, journal entries.

pub mod entry;
pub mod picture;
pub mod seats;
