//! Where an event's commands are decided, and whose it is.

use lease::{Lease, Neighbour};

use super::handle::Handle;

/// Where an event's commands are decided.
pub enum Found {
    Here(Handle),
    /// Another node has the event, and can be asked.
    There(Neighbour),
}

/// Whose an event is.
pub(super) enum Whose {
    /// None: nodes need not agree, or cannot; the fence alone keeps their desks apart.
    Ours(Option<Lease>),
    Theirs(Neighbour),
}
