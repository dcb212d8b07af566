//! What a version of an event looks like to those who watch: pictures, views, journal entries and their frames.

pub mod encoded;
pub mod entry;
pub mod frame;
pub mod picture;
pub mod seats;
