//! What selling costs: holds on one event and on many, among nodes, after a fall, behind a waiting room, and told live.

pub mod baseline;
pub mod crowd;
pub mod holds;
pub mod live;
pub mod nodes;
pub mod queue;
pub mod restart;
pub mod streams;
pub mod viewers;
pub mod waitlist;
