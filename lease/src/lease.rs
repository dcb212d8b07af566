//! A lease as its owner has it, and as others see it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// This node, as others shall know it.
#[derive(Debug, Clone)]
pub struct Node {
    /// Kept over restarts, and no other process's.
    pub id: Uuid,
    /// Its address for other nodes; none: it can be asked nothing.
    pub url: Option<String>,
}

/// A lease that this node has. Clones are the same lease; it is kept while one of them lives.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Greater each time the lease passes on.
    pub epoch: i64,
    /// Fires when the lease is over: before others may take it, or when it was given back.
    pub lost: CancellationToken,
    pub(crate) pulse: Pulse,
    /// Counts who keeps it on this node.
    pub(crate) kept: Arc<()>,
}

impl Lease {
    pub(crate) fn new(epoch: i64, pulse: &Pulse) -> Lease {
        Lease { epoch, lost: CancellationToken::new(), pulse: pulse.clone(), kept: Arc::default() }
    }

    /// Whether it is good now, by this machine's clock, also where nobody had time to fire [`Lease::lost`].
    pub fn is_good(&self) -> bool {
        !self.lost.is_cancelled() && self.pulse.beats()
    }

    /// Until when it is good by now; each heartbeat makes it last on.
    pub fn good_until(&self) -> Instant {
        self.pulse.ends()
    }

    /// Whether nobody keeps it but the list of what this node has.
    pub(crate) fn is_idle(&self) -> bool {
        Arc::strong_count(&self.kept) == 1
    }
}

/// Until when this node's heartbeat is good, by its own monotonic clock. A life has one.
#[derive(Debug, Clone)]
pub(crate) struct Pulse(Arc<Mutex<Instant>>);

impl Pulse {
    pub fn until(until: Instant) -> Pulse {
        Pulse(Arc::new(Mutex::new(until)))
    }

    pub fn ends(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn prolong(&self, until: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Whether it is the same life's.
    pub fn is(&self, other: &Pulse) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub fn beats(&self) -> bool {
        Instant::now() < self.ends()
    }
}

/// Another node that has a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    pub node: Uuid,
    /// None: it can be asked nothing.
    pub url: Option<String>,
    pub epoch: i64,
}

/// Who has a lease.
#[derive(Debug, Clone)]
pub enum Ownership {
    Mine(Lease),
    Theirs(Neighbour),
}

/// Why it is not known who has a lease.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// This node has no heartbeat just now, or has had one for a moment only: it was away, or it stops.
    #[error("this node was away, or stops")]
    Lost,
}
