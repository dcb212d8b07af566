//! One task an event: it gives numbers in memory, writes places by the pile, lets in whoever's turn it is, and tells blocks at their beat.

mod admitting;
mod audience;
mod command;
mod listening;
mod opening;
mod owner;
mod pile;
mod premises;
mod rooms;
mod shared;
mod status;
mod subscription;
mod time;

pub use audience::{Audience, Heard, Listener};
pub use command::{Command, Joining};
pub use opening::chance;
pub use premises::Premises;
pub use rooms::{Rooms, Totals};
pub use shared::Shared;
pub use status::{State, Status};
pub use subscription::{Subscription, Told};
