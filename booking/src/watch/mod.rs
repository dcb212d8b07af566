//! What viewers see without a desk: one picture an event and node, made of rows, kept up to date by the desks of this node and by the
//! journal of the others.

mod cadence;
mod gallery;
mod owners;
mod read;
mod shown;
mod slots;
mod waitlists;

pub use cadence::cadence;
pub use gallery::Gallery;
pub use owners::{Hearing, Owners};
pub use shown::{News, Shown};
pub use waitlists::{Waitlist, Waitlists};
