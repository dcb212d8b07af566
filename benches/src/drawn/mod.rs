//! What drawing costs: seat maps, tickets, prints and pages.

pub mod drawing;
pub mod pages;
pub mod prints;
pub mod tickets;
