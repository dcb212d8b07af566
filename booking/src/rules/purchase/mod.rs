//! What is bought and paid: holds that become payments, orders, tickets and prints.

pub mod checkout;
pub mod hold;
pub mod order;
pub mod payment;
pub mod print;
pub mod sale;
pub mod settle;
