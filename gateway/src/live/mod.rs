//! Parked sockets: connections that only hear.
//!
//! A handler answers a WebSocket's handshake, or begins a stream of Server-Sent Events, like any other request; its answer carries an
//! order ([`Parking`]), and the listener takes the socket out of its task and parks it here. A few threads (`shard`) watch all parked
//! sockets by epoll: one costs some hundred bytes and a send about as much as the system call.
//!
//! What is told is a [`Feed`]; all who hear the same are members of one `Channel`, for which bytes are encoded once
//! an [`Encoding`]. Nothing is queued: each connection knows what it has seen and asks the feed for what comes next. Who is slow has one
//! unfinished frame, then asks again and is told what changed since as one; who takes nothing at all is dropped, and comes back.

mod channel;
mod encoding;
mod feed;
mod lot;
mod packed;
mod parked;
mod shard;
mod websocket;

pub use channel::Member;
pub use encoding::{Encoding, TextFraming};
pub use feed::{Feed, FeedMessage};
pub use lot::{Handover, Lot, Name, Parking, Taker};
pub use shard::ShardTiming;

#[cfg(test)]
mod tests;
