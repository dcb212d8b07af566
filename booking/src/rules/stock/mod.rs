//! What there is to sell: the house, its terms, and the state of each place.

pub mod by_tier;
pub mod change;
pub mod checkpoint;
pub mod counts;
pub mod house;
pub mod inventory;
pub mod seat;
pub mod terms;
