//! When: dates by venue, city and cell, and months.

pub mod dates;
pub mod month;
pub mod months;
