//! The desks: one an event, each a task that decides its event's commands in order of arrival.

mod again;
mod audited;
#[allow(clippy::module_inception, reason = "the room is named after the thing in it")]
mod desk;
mod gate;
pub mod hoards;
pub mod keyed;
mod open;
mod outcomes;
pub mod passed;
mod pile;
mod read;
mod registry;
mod write;

pub use again::backoff;
pub use desk::{Answered, DeskAnswer, Letter, Premises};
pub use keyed::Keyed;
pub use registry::{Found, Handle, Registry};
