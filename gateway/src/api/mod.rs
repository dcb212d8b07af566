//! The routes of the API. Each folder lists its own, in the order of a buyer's journey; a file is one noun, a handler has four moves.

pub mod accounts;
pub mod base;
pub mod booking;
pub mod caches;
pub mod catalogue;
pub mod drawings;
pub mod images;
pub mod listing;
pub mod people;
pub mod queue;
pub mod refusals;
pub mod search;
