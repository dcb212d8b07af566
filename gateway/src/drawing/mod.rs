//! What is drawn: an event's seat map and a buyer's ticket, put together from the rooms.

pub mod photo;
pub mod printer;
pub mod seat_map;
pub mod ticket;
