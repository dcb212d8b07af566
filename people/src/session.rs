//! Sessions of buyers: an anonymous buyer is a random token, stored hashed.

use domain::BuyerId;
use jiff::Timestamp;

use crate::error::Fault;
use crate::people::People;
use crate::secret::{hash, secret};
use crate::store::sessions;

/// A new session. The token is shown once.
#[derive(Debug, Clone)]
pub struct Session {
    pub token: String,
    pub buyer_id: BuyerId,
    pub expires_at: Timestamp,
}

/// Who a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    pub id: BuyerId,
    pub expires_at: Timestamp,
}

/// Sessions seen lately, so that a crowd does not ask the table for each click. Bounded; a session cannot be revoked, it ends.
#[derive(Clone)]
pub(crate) struct SessionCache(moka::sync::Cache<[u8; 32], Buyer>);

impl SessionCache {
    pub fn new(remembered: u64) -> Self {
        Self(moka::sync::Cache::new(remembered))
    }
}

impl People {
    /// Opens an anonymous session.
    pub async fn open_session(&self) -> Result<Session, Fault> {
        let now = self.clock.now();
        let expires_at = now.checked_add(self.config.session_ttl).unwrap_or(Timestamp::MAX);
        let (token, buyer_id) = (secret()?, BuyerId::at(now));
        sessions::insert(&self.pool, hash(&token), buyer_id, now, expires_at).await?;
        self.sessions.0.insert(hash(&token), Buyer { id: buyer_id, expires_at });
        Ok(Session { token, buyer_id, expires_at })
    }

    /// Finds who a token belongs to; none for one that is unknown or expired.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Buyer>, Fault> {
        let hash = hash(token);
        let known = match self.sessions.0.get(&hash) {
            Some(buyer) => Some(buyer),
            None => {
                let found = sessions::find(&self.pool, hash).await?.map(|(id, expires_at)| Buyer { id, expires_at });
                found.inspect(|buyer| self.sessions.0.insert(hash, *buyer))
            }
        };
        Ok(known.filter(|buyer| self.clock.now() < buyer.expires_at))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Clock;
    use sqlx::PgPool;

    use crate::{People, PeopleConfig};

    #[sqlx::test(migrations = "../migrations")]
    async fn a_token_is_known_until_it_expires_and_never_stored(pool: PgPool) {
        let clock = Clock::manual("2027-03-12T12:00:00Z".parse().expect("an instant"));
        let node = || People::new(pool.clone(), clock.clone(), PeopleConfig::default());
        let (here, elsewhere) = (node(), node());
        let session = here.open_session().await.expect("a session");
        assert_eq!(session.token.len(), 43);
        for people in [&here, &elsewhere] {
            let buyer = people.authenticate(&session.token).await.expect("an answer");
            assert_eq!(buyer.map(|buyer| buyer.id), Some(session.buyer_id));
            assert_eq!(people.authenticate("forged").await.expect("an answer"), None);
        }
        clock.advance(Duration::from_micros(30 * 24 * 3_600 * 1_000_000 - 1));
        assert!(here.authenticate(&session.token).await.expect("an answer").is_some());
        clock.advance(Duration::from_micros(1));
        assert!(here.authenticate(&session.token).await.expect("an answer").is_none());
        clock.advance(Duration::from_micros(1));
        assert_eq!(here.purge().await.expect("purged"), 1);
        assert_eq!(here.purge().await.expect("purged"), 0);
    }
}
