//! Admitting: the waiting room in front of an on-sale. Who comes gets a place, is told exactly how many are before him and how long it
//! will be, and is let in with a pass as fast as places can be sold.
//!
//! ```text
//! verb ─► room of the event (its task) ─► one transaction per pile ─► line, crew ─► one frame a block of 1,024, the same for all in it
//! ```
//!
//! An event's room has one owner among all nodes: each start takes the next epoch, and what an earlier one still writes is refused. The
//! floors, each of which may use those below it:
//!
//! | floor | holds |
//! |---|---|
//! | `proof/` | restarts, two owners, many who join: tests of the whole |
//! | `verbs/` | what can be asked, one noun a file: views, and methods of [`Queue`] |
//! | `queue` | the handle |
//! | `room/` | one task an event: piles, letting in, beats, restoring |
//! | `store/` | every statement, one file per aggregate |
//! | `rules/` | pure: line, estimate, draw, frames, the room as a state machine |
//!
//! It deliberately knows nothing of holds and orders: booking believes a pass, and tells through the view `passes_ordered` and whoever
//! calls [`Queue::pass_ended`] that one has bought.

mod config;
mod error;
#[cfg(test)]
mod proof;
mod queue;
mod room;
mod rules;
mod store;
mod verbs;

pub use config::{Pools, QueueConfig};
pub use error::{Fault, QueueError};
pub use queue::{Queue, Since};
pub use room::{Audience, BlockUpdate, Heard, Listener, PlaceState, Status, Subscription, Totals};
pub use rules::crew::Inside;
pub use rules::frame::{Follower, place};
pub use rules::line::Line;
pub use rules::orders::PublishedOnce;
pub use rules::refusal::Refusal;
pub use rules::room::{Due, Outlook, Restored, Room};
pub use rules::settings::{Mode, Order, Settings, Who};
pub use rules::shuffle::{Drawn, Holder, Published, Unfair, commitment, draw, holder, verify};
pub use rules::standing::Standing;
pub use verbs::join::Joined;
pub use verbs::settings::QueueView;
