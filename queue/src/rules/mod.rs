//! The rules of the queue: pure. Time, chance and rows come from outside; nothing here waits, reads a clock or knows a database.

pub mod controls;
pub mod crew;
pub mod draw;
pub mod frame;
pub mod ledger;
pub mod line;
pub mod orders;
mod pace;
pub mod refusal;
pub mod room;
pub mod settings;
pub mod shuffle;
pub mod standing;
pub mod wire;

pub use pace::{estimate, load, rate};
