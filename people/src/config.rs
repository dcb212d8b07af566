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
    /// Tries to sign in, and sign-ups, of one address in a minute; 0 is no limit.
    pub logins_a_minute: u32,
    /// Passwords hashed at once; 0 is half of the processors.
    pub hashes_at_once: usize,
}

/// How long a signed-in session lasts that nobody uses, and how long at most. Source: OWASP ASVS 5.0, 7.3: decided and written down.
pub const IDLE: Duration = Duration::from_secs(30 * 24 * 3_600);
pub const AT_MOST: Duration = Duration::from_secs(180 * 24 * 3_600);
/// How exactly it is known when a session was last used.
pub const SEEN_STEP: Duration = Duration::from_secs(5 * 60);
/// Signed-in sessions of one account; the next one ends the oldest.
pub const SESSIONS_OF_ONE: u32 = 50;
/// How long after it was taken over a buyer counts as taken over of late: as long as keys of its requests are answered, and an hour for
/// requests that were under way.
pub const OF_LATE: Duration = Duration::from_secs(25 * 3_600);
/// Anonymous buyers that one account takes over.
pub const BUYERS_OF_ONE: usize = 200;

impl Default for PeopleConfig {
    fn default() -> Self {
        Self {
            session_ttl: Duration::from_secs(30 * 24 * 3_600),
            sessions_remembered: 100_000,
            keys_remembered: 10_000,
            logins_a_minute: 20,
            hashes_at_once: 0,
        }
    }
}
