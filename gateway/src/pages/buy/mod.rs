//! Buying: from the event's page to the order.

pub mod event;
pub mod held;
pub mod hold;
pub mod order;
pub mod pay;
pub mod queue;
pub mod replace;
pub mod sale;
pub mod waitlist;
pub mod wish;
