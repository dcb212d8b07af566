//! The rules of selling: pure. Time, new ids and rows come from outside; nothing here waits, reads a clock or knows a database.

pub mod best;
pub mod block;
pub mod change;
pub mod checkout;
pub mod checkpoint;
pub mod command;
pub mod controls;
pub mod corrupt;
pub mod counts;
pub mod decide;
pub mod deciding;
pub mod denial;
pub mod hoard;
pub mod hold;
pub mod house;
pub mod invalid;
pub mod inventory;
pub mod order;
pub mod payment;
pub mod pile;
pub mod refusal;
pub mod rows;
pub mod seat;
pub mod settle;
pub mod terms;
pub mod wanted;
