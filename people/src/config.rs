//! The knobs of knowing people, each with its limit.

use std::time::Duration;

/// How people are known.
#[derive(Debug, Clone)]
pub struct PeopleConfig {
    /// How long an anonymous session lasts.
    pub session_ttl: Duration,
    /// Sessions remembered in memory.
    pub sessions_remembered: u64,
    /// Keys remembered in memory.
    pub keys_remembered: u64,
}

impl Default for PeopleConfig {
    fn default() -> Self {
        Self { session_ttl: Duration::from_secs(30 * 24 * 3_600), sessions_remembered: 100_000, keys_remembered: 10_000 }
    }
}
