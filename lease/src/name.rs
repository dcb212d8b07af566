//! What can be leased.

use std::fmt;

use domain::EventId;

/// The name of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeaseName {
    /// An event: its desk, its waitlist and its queue, always on the same node.
    Event(EventId),
    /// Something that runs once in the whole installation.
    Job(&'static str),
}

impl LeaseName {
    pub fn event(event: EventId) -> LeaseName {
        LeaseName::Event(event)
    }

    /// Takes     a short word of ours, such as `purge`.
    pub fn job(name: &'static str) -> LeaseName {
        LeaseName::Job(name)
    }
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => write!(f, "event/{event}"),
            Self::Job(name) => write!(f, "job/{name}"),
        }
    }
}
