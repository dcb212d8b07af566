//! One task an event: it gives numbers in memory, writes places by the pile, lets in whoever's turn it is, and tells blocks at their beat.

mod admitting;
mod audience;
mod command;
mod listening;
mod open_room;
mod opening;
mod owner;
mod pile;
mod premises;
mod rooms;
mod status;
mod subscription;
mod time;

pub use audience::{Audience, Heard, Listener};
pub use command::{Joining, RoomCommand};
pub use open_room::OpenRoom;
pub use opening::chance;
pub use premises::Premises;
pub use rooms::{Rooms, Totals};
pub use status::{PlaceState, Status};
pub use subscription::{BlockUpdate, Subscription};
