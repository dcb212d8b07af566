//! The rules of selling: pure. Time, new ids and rows come from outside; nothing here waits, reads a clock or knows a database.

mod answers;
pub mod block;
pub mod budget;
mod choice;
pub mod command;
pub mod controls;
pub mod decide;
pub mod deciding;
pub mod hoard;
pub mod pass;
pub mod passage;
pub mod pile;
mod purchase;
pub mod rows;
mod stock;
pub mod waitlist;
pub mod wire;

pub use answers::{corrupt, denial, refusal};
pub use choice::{orphan, party, together, vacancy, wanted};
pub use purchase::{checkout, hold, order, payment, print};
pub use stock::{change, checkpoint, counts, house, inventory, seat, terms};
