//! Which node may do what only one node may do at a time: a lease by name, good while its node's heartbeat is.
//!
//! ```text
//! node ─► heartbeat (one row, 2 s, renewed each half second) ◄─ good while ─ lease (name, node, epoch)
//! ```
//!
//! The database's clock alone decides; a node counts on its own monotonic clock only to stop in time: from when it *sent* the last
//! renewal that was answered. A node that was away begins a new life, in which it has nothing; so does one that was started again, and
//! what its last life had is free at once. Each time a lease passes on it has a greater epoch, which others hold against what they write.
//! It deliberately protects no row: whoever must not act on a lease that is over holds the epoch against its row in its own transaction.

mod lease;
mod leases;
mod name;
mod node;
mod store;

pub use lease::{Fault, Lease, Neighbour, Node, Ownership};
pub use leases::Leases;
pub use name::LeaseName;
pub use store::LIFE;
