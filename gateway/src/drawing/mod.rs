//! What is drawn: an event's seat map and a buyer's ticket, put together from the rooms; and what else goes with an order.

pub mod calendar;
pub mod logo;
pub mod pass;
pub mod photo;
pub mod picture;
pub mod printer;
pub mod seat_map;
pub mod theme;
pub mod ticket;
