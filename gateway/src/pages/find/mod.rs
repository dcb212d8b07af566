//! Finding: the home page, search, and the pages of things.

pub mod cards;
pub mod geometry;
pub mod listing;
pub mod map;
pub mod prices;
pub mod search;
pub mod sitemap;
pub mod structured;
