//! Guards and their switches: with the feature `controls` (tests only) one guard can be off, to see that the check built on it fails.

/// A guard against selling twice or printing what is over. Each stands alone; together they are the belt, the braces and the rope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// A desk decides only at the version it knows.
    Fence,
    /// A seat can have one allocation.
    AllocationKey,
    /// A seat that is not free in memory is refused.
    Memory,
    /// A cancelled event's desk closes before it decides anything, and whoever runs gives everything back.
    Cancelling,
    /// Keys that were answered before are looked up before anything is decided.
    Keys,
    /// The statement that counts places of areas refuses more than there are.
    AreaCounts,
    /// A print is finished only in the edition that the event then has, and the event keeps it meanwhile.
    PrintedEdition,
    /// A print that shows an edition which is over is not shown.
    ShownEdition,
    /// A print is finished only by whoever has taken it last.
    PrintClaim,
    /// A choice that leaves seats single is refused where the event says so.
    Orphans,
    /// What comes free is offered to those who wait before anybody else sees it.
    ServedFirst,
    /// A buyer has one place in an event's waitlist.
    OneEntry,
    /// The statement that moves an entry on finds it live.
    LiveEntry,
    /// A companion's seat is not sold without its wheelchair space while others are free.
    Companions,
    /// A pass in memory that has a live hold, or made an order, is refused.
    PassOnce,
    /// A pass can have one use.
    PassKey,
    /// A desk whose event is another node's by now decides nothing.
    Lease,
}

/// Which guards stand: all, unless a test says otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Controls {
    #[cfg(any(test, feature = "controls"))]
    off: [Option<Guard>; 17],
}

impl Controls {
    #[cfg(any(test, feature = "controls"))]
    pub fn without(guards: &[Guard]) -> Controls {
        let mut off = [None; 17];
        for (slot, guard) in off.iter_mut().zip(guards) {
            *slot = Some(*guard);
        }
        Controls { off }
    }

    #[cfg(any(test, feature = "controls"))]
    pub(crate) fn stands(&self, guard: Guard) -> bool {
        !self.off.contains(&Some(guard))
    }

    #[cfg(not(any(test, feature = "controls")))]
    pub(crate) fn stands(&self, _: Guard) -> bool {
        true
    }
}
