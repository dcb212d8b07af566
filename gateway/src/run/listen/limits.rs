//! How connections are taken: how many, and how long a client may take.

use std::time::Duration;

use domain::Clock;

use crate::settings::config::Config;
use crate::settings::node_secret::NodeSecret;
use crate::settings::values::Network;

/// Places that are kept for those who run the server and for payment providers.
pub const RESERVE: usize = 64;
/// Places of these that one address may have, so that nobody sits in all of them; a trusted proxy stands for many.
pub const RESERVE_EACH: u32 = 2;

/// How connections are taken.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Connections at once, streams not counted; then a reserve for operations.
    pub connections: u32,
    /// Connections of one address; none: as many as there are places.
    pub per_address: Option<u32>,
    /// Proxies, which stand for many addresses.
    pub proxies: Vec<Network>,
    /// What other nodes show, which stand for many, too.
    pub secret: Option<NodeSecret>,
    pub times: ConnectionTimes,
    pub clock: Clock,
    /// Whether this listener is for operations alone.
    pub admin: bool,
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionTimes {
    /// To send the head of a request, from its first byte, or from the connection on.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// To take anything of an answer that waits for it.
    pub write: Duration,
    /// To send the head of a request on a place of the reserve.
    pub lent_head: Duration,
}

impl ConnectionTimes {
    /// On a place of the reserve.
    pub fn lent(self) -> Self {
        Self { head: self.head.min(self.lent_head), ..self }
    }
}

impl Default for ConnectionTimes {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { head: seconds(10), idle: seconds(75), write: seconds(10), lent_head: seconds(1) }
    }
}

impl ConnectionLimits {
    pub fn of(config: &Config, clock: Clock) -> Self {
        Self {
            connections: config.max_connections,
            per_address: config.connections_per_address,
            proxies: config.trusted_proxies.clone(),
            secret: config.nodes.as_ref().map(|nodes| nodes.secret.clone()),
            times: ConnectionTimes::default(),
            clock,
            admin: false,
        }
    }

    /// For the listener of those who run the server.
    pub fn admin(self) -> Self {
        Self { admin: true, connections: RESERVE as u32, per_address: None, ..self }
    }
}
