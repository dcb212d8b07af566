//! The handle to people: shared by all handlers, cheap to clone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{BuyerId, Clock};
use sqlx::PgPool;
use tokio::sync::OnceCell;

use crate::config::PeopleConfig;
use crate::counts::KeyCounts;
use crate::error::Fault;
use crate::hasher::Hasher;
use crate::model::key::KeyView;
use crate::model::session::Buyer;
use crate::remembered::{PeopleFeed, Remembered};
use crate::store::sessions;
use crate::throttle::Throttle;

/// Sessions deleted, and buyers looked at, together.
const BITE: i64 = 1_000;
/// How long a buyer is kept who has neither a session nor an account, and never bought anything.
const BUYERS_KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);
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
    pub(crate) feed: Arc<PeopleFeed>,
    pub(crate) counts: Arc<KeyCounts>,
    /// Up to where buyers were looked at for those that are kept no longer.
    walked: Arc<Mutex<Option<BuyerId>>>,
    pub(crate) hasher: Hasher,
    pub(crate) throttle: Throttle,
    pub(crate) origin_secret: Arc<OnceCell<[u8; 32]>>,
}

impl People {
    /// Opens the door over a migrated database. [`People::follow`] makes it hear what other nodes change.
    pub fn new(pool: PgPool, clock: Clock, config: PeopleConfig) -> Self {
        let feed = Arc::new(PeopleFeed::default());
        let sessions = Remembered::new(config.sessions_remembered, Arc::clone(&feed));
        let keys = Remembered::new(config.keys_remembered, Arc::clone(&feed));
        let places = if config.hashes_at_once == 0 { Hasher::places() } else { config.hashes_at_once };
        let (hasher, throttle) = (Hasher::new(places), Throttle::new(config.logins_a_minute));
        Self {
            pool,
            clock,
            config,
            sessions,
            keys,
            feed,
            counts: Arc::default(),
            walked: Arc::default(),
            hasher,
            throttle,
            origin_secret: Arc::default(),
        }
    }

    /// Deletes what is kept no longer: sessions that have ended, partners' counts after 40 days, audit lines after two years. Gives how
    /// many rows.
    pub async fn purge(&self) -> Result<u64, Fault> {
        let mut sessions = 0;
        loop {
            let removed = sessions::purge(&self.pool, self.clock.now(), BITE).await?;
            sessions += removed;
            if removed < BITE.unsigned_abs() {
                break;
            }
        }
        Ok(sessions + self.purge_origins(BITE).await? + self.purge_partners().await? + self.purge_audit(AUDIT_BITE).await?)
    }

    /// Looks on among buyers who have neither a session nor an account any more, some at a time.
    ///
    /// Gives     none at the end; the next look begins anew.
    pub async fn next_idle_buyers(&self) -> Result<Vec<BuyerId>, Fault> {
        let now = self.clock.now();
        let (before, after) = (now.checked_sub(BUYERS_KEPT).unwrap_or(now), *self.walked());
        let buyers = sessions::idle_buyers(&self.pool, before, after, BITE).await?;
        *self.walked() = buyers.last().copied();
        Ok(buyers)
    }

    /// Forgets buyers who never bought anything; the caller knows that they did not. Gives how many rows.
    pub async fn forget_buyers(&self, buyers: &[BuyerId]) -> Result<u64, Fault> {
        sessions::forget_buyers(&self.pool, buyers).await
    }

    fn walked(&self) -> std::sync::MutexGuard<'_, Option<BuyerId>> {
        self.walked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::PeopleConfig;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_buyer_goes_when_session_and_time_are_over_and_one_with_an_account_stays(pool: PgPool) {
        let clock = Clock::manual("2027-03-12T12:00:00Z".parse().expect("an instant"));
        let config = PeopleConfig { session_ttl: Duration::from_secs(60), ..PeopleConfig::default() };
        let people = People::new(pool.clone(), clock.clone(), config);
        let stranger = people.open_session(None).await.expect("a session").buyer_id;
        let member = people.open_session(None).await.expect("a session").buyer_id;
        let account = "WITH a AS (INSERT INTO accounts (id, email, email_key, name, password_phc, buyer_id, created_at)
                VALUES ($1, 'a@b', 'a@b', 'A', 'x', $1, now()) RETURNING id)
            UPDATE buyers SET account_id = a.id, linked_at = now() FROM a WHERE buyers.id = $1";
        sqlx::query(account).bind(member.0).execute(&pool).await.expect("an account");
        let idle = async || people.next_idle_buyers().await.expect("an answer");
        clock.advance(BUYERS_KEPT);
        assert_eq!(people.purge().await.expect("purged"), 2, "the sessions ended");
        assert_eq!(idle().await, [], "kept for thirty days");
        clock.advance(Duration::from_micros(1));
        assert_eq!(idle().await, [stranger]);
        assert_eq!(idle().await, [], "the end");
        assert_eq!(idle().await, [stranger], "and anew");
        assert_eq!(people.forget_buyers(&[stranger, member]).await.expect("forgotten"), 1);
        assert_eq!((idle().await, idle().await), (vec![], vec![]));
    }
}
