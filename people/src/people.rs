//! The handle to people: shared by all handlers, cheap to clone.

use std::sync::Arc;

use domain::Clock;
use sqlx::PgPool;

use crate::config::PeopleConfig;
use crate::counts::Counts;
use crate::error::Fault;
use crate::hasher::Hasher;
use crate::model::key::KeyView;
use crate::model::session::Buyer;
use crate::remembered::{Feed, Remembered};
use crate::store::sessions;
use crate::throttle::Throttle;

/// Lines of the audit log deleted at once.
const AUDIT_BITE: u32 = 10_000;

/// Knows who asks.
#[derive(Clone)]
pub struct People {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) config: PeopleConfig,
    /// Sessions and keys seen lately, so that a crowd does not ask the table for each click.
    pub(crate) sessions: Remembered<Buyer>,
    pub(crate) keys: Remembered<KeyView>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) hasher: Hasher,
    pub(crate) throttle: Throttle,
}

impl People {
    /// Opens the door over a migrated database. [`People::follow`] makes it hear what other nodes change.
    pub fn new(pool: PgPool, clock: Clock, config: PeopleConfig) -> Self {
        let feed = Arc::new(Feed::default());
        let sessions = Remembered::new(config.sessions_remembered, Arc::clone(&feed));
        let keys = Remembered::new(config.keys_remembered, Arc::clone(&feed));
        let places = if config.hashes_at_once == 0 { Hasher::places() } else { config.hashes_at_once };
        let (hasher, throttle) = (Hasher::new(places), Throttle::new(config.logins_a_minute));
        Self { pool, clock, config, sessions, keys, feed, counts: Arc::default(), hasher, throttle }
    }

    /// Deletes what is kept no longer: sessions that have ended, partners' counts after 40 days, audit lines after two years. Gives how
    /// many rows.
    pub async fn purge(&self) -> Result<u64, Fault> {
        let sessions = sessions::purge(&self.pool, self.clock.now()).await?;
        Ok(sessions + self.purge_partners().await? + self.purge_audit(AUDIT_BITE).await?)
    }
}
