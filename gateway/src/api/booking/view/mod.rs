//! What is seen of an event's seats: all of them, what changes, and the best.

pub mod best;
pub mod changes;
pub mod seats;
pub mod stream;
