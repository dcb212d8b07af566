//! The demo catalogue: real cities, everything else invented, drawn from a seed and dated from today.

mod hall;

pub use hall::{Design, hall};
