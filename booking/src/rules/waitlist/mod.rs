//! The waitlist: buyers waiting, first come first served, for places that others hold or give back. Pure.
//!
//! Ten lines an event, one a party size; within a line one for each set of tiers that is asked for. When places come free, the oldest head
//! that they suffice for is served: by an *offer*, a hold in the waiter's name, made in the same decision that freed the places, so that
//! nobody else ever sees them free. A smaller party may so pass a larger one by: so often, or so long, as [`knobs::Knobs`] say; then what
//! comes free is kept together for the one that was passed by.
//!
//! Who waits for held places waits an hour at most, and is told at once when free and held places together no longer suffice. Who joined
//! when that was so already waits for what is given back, until the sale is over.

pub mod entry;
pub mod knobs;
pub mod line;
pub mod lines;
pub mod serve;
pub mod step;
pub mod supply;
pub mod tiers;
