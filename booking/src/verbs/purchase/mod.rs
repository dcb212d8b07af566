//! What buyers pay for and what they get: orders, tickets and prints, and what they give back.

pub mod cancel;
pub mod checkout;
pub mod order;
pub mod payment;
pub mod print;
pub mod provider;
pub mod reader;
pub mod sell;
pub mod ticket;
