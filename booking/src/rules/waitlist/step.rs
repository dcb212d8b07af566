//! What a decision changes in a waitlist: applied in memory, written as rows.

use std::sync::Arc;

use domain::EntryId;
use jiff::Timestamp;

use crate::rules::waitlist::entry::{EntryState, Waiter};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Joined(Arc<Waiter>),
    /// Places are held for it, under the hold that the entry came with.
    Offered {
        entry: EntryId,
        until: Timestamp,
    },
    /// It goes on no more.
    Ended {
        entry: EntryId,
        how: EntryState,
    },
    /// The organiser opened the waitlist, or closed it.
    Opened(bool),
}
