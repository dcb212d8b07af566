//! Other nodes: whose an event is that is not this node's, and how they are asked.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use domain::EventId;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use lease::Leases;

/// The way to other nodes; implemented by who speaks HTTP.
pub trait Neighbours: Send + Sync + 'static {
    /// Brings a letter to the node at `url` and gives what that says. Dropped, it is not waited for any more.
    fn ask<'a>(&'a self, url: &'a str, event: EventId, letter: Bytes) -> BoxFuture<'a, Result<Bytes, Unreached>>;

    /// The versions of an event that the node at `url` tells, as soon as it does, until it ends or is cut off.
    fn news<'a>(&'a self, url: &'a str, event: EventId) -> BoxStream<'a, u64>;
}

/// A broker between nodes, where one is configured: what a node tells it, all others hear.
pub trait Broker: Send + Sync + 'static {
    /// Tells that an event has come to a version. Waits for nothing; what is not told is found by looking.
    fn tell(&self, event: EventId, version: u64);

    /// Whether it can be heard.
    fn is_here(&self) -> bool;

    /// The versions of an event that other nodes tell from now on, until some may be missed; none while the broker is away.
    fn news(&self, event: EventId) -> Option<BoxStream<'static, u64>>;
}

/// Why there is no answer of another node.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    /// It was not given the letter: nothing was done.
    #[error("it was not reached: {0}")]
    NotSent(String),
    /// It may have done what was asked.
    #[error("it did not answer: {0}")]
    NoAnswer(String),
    /// It understood nothing or refused to: nothing was done, and nothing will be.
    #[error("it refused the letter: {0}")]
    Refused(String),
}

/// One node of several.
#[derive(Clone)]
pub struct Nodes {
    pub leases: Leases,
    /// None: this node sends no command to others.
    pub neighbours: Option<Arc<dyn Neighbours>>,
    /// None: an event's node is heard directly.
    pub broker: Option<Arc<dyn Broker>>,
    /// Whether it takes events; one that does not opens a desk only where there is no other node.
    pub sells: bool,
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Nodes");
        shown.field("node", &self.leases.node()).field("asks", &self.neighbours.is_some());
        shown.field("broker", &self.broker.is_some()).finish()
    }
}
