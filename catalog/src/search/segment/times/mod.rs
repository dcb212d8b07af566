//! When: dates by venue, city and cell, months, and when each event can be bought.

pub mod dates;
pub mod months;
pub mod windows;
