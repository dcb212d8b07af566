//! What became of the passes of queues in one version: what a desk writes of it, and tells on its node.

use std::collections::HashMap;

use domain::{EventId, HoldId, PassId};

use crate::rules::change::{Change, Ending};
use crate::rules::pass::{PassState, PassUse};
use crate::store::pass_uses::PassRow;

/// News of a pass, after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassTold {
    pub event: EventId,
    pub pass: PassId,
    pub became: PassState,
}

/// The pass that a change is about, the hold that stood on it before, and what the pass is in use for after it.
fn of(change: &Change) -> Option<(PassId, Option<HoldId>, Option<PassUse>)> {
    match change {
        Change::Held(hold) => Some((hold.pass?, None, Some(PassUse::Held(hold.id)))),
        Change::Ended { hold, how: Ending::Released | Ending::Lapsed } => Some((hold.pass?, Some(hold.id), None)),
        Change::Ordered { hold, .. } => Some((hold.pass?, Some(hold.id), Some(PassUse::Ordered(hold.id)))),
        Change::Sold { hold, .. } => Some((hold.pass?, None, Some(PassUse::Ordered(hold.id)))),
        Change::PassLeft(pass) => Some((*pass, None, Some(PassUse::Left))),
        // The order keeps its pass, given back or not.
        Change::Returned { .. } | Change::Blocked(_) | Change::Unblocked(_) | Change::Closed => None,
    }
}

/// Net of a pile: which live holds let go of their passes, and which rows come. A pass may be freed and shown again in one pile.
pub fn rows(changes: &[Change]) -> (Vec<(PassId, HoldId)>, Vec<PassRow>) {
    let mut passes: HashMap<PassId, (Option<HoldId>, Option<PassUse>)> = HashMap::new();
    for (pass, before, after) in changes.iter().filter_map(of) {
        passes.entry(pass).or_insert((before, None)).1 = after;
    }
    let (mut freed, mut shown) = (Vec::new(), Vec::new());
    for (pass, (before, after)) in passes {
        freed.extend(before.map(|hold| (pass, hold)));
        shown.extend(after.map(|used| (pass, used)));
    }
    freed.sort_unstable();
    shown.sort_unstable_by_key(|(pass, _)| *pass);
    (freed, shown)
}

/// What is told of a version: the last word about each pass, in the order of those.
pub fn told(event: EventId, changes: &[Change]) -> Vec<PassTold> {
    let mut told: Vec<PassTold> = Vec::new();
    for (pass, _, after) in changes.iter().filter_map(of) {
        let became = after.map_or(PassState::Free, PassState::from);
        told.retain(|told| told.pass != pass);
        told.push(PassTold { event, pass, became });
    }
    told
}
