//! Rows of what is bought: payments and what providers said of them, orders, tickets, prints, and what was given back.

pub mod captures;
pub mod notices;
pub mod orders;
pub mod payments;
pub mod prints;
pub mod refunds;
pub mod tickets;
