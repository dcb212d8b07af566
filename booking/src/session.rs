//! Sessions of buyers: an anonymous buyer is a random token, stored hashed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::BuyerId;
use jiff::Timestamp;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
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

/// 256 random bits as 43 characters.
pub(crate) fn secret() -> Result<String, Fault> {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| Fault::corrupt("random source", error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a secret. It is 256 random bits, so a plain hash is enough.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

impl Booking {
    /// Opens an anonymous session.
    pub async fn open_session(&self) -> Result<Session, BookingError> {
        let premises = self.premises();
        let now = premises.clock.now();
        let expires_at = now.checked_add(premises.config.session_ttl).unwrap_or(Timestamp::MAX);
        let (token, buyer_id) = (secret()?, BuyerId::at(now));
        sessions::insert(&premises.pool, hash(&token), buyer_id, now, expires_at).await?;
        self.sessions.0.insert(hash(&token), Buyer { id: buyer_id, expires_at });
        Ok(Session { token, buyer_id, expires_at })
    }

    /// Finds who a token belongs to; none for one that is unknown or expired.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Buyer>, BookingError> {
        let hash = hash(token);
        let known = match self.sessions.0.get(&hash) {
            Some(buyer) => Some(buyer),
            None => {
                let found = sessions::find(self.pool(), hash).await?.map(|(id, expires_at)| Buyer { id, expires_at });
                found.inspect(|buyer| self.sessions.0.insert(hash, *buyer))
            }
        };
        Ok(known.filter(|buyer| self.premises().clock.now() < buyer.expires_at))
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::Hall;
    use crate::store::fixture;
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_token_is_known_until_it_expires_and_never_stored(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let session = hall.booking.open_session().await.expect("a session");
        assert_eq!(session.token.len(), 43);
        let elsewhere = Hall::node(&pool, hall.event, hall.clock.clone(), crate::BookingConfig::default()).await;
        for node in [&hall, &elsewhere] {
            let buyer = node.booking.authenticate(&session.token).await.expect("an answer");
            assert_eq!(buyer.map(|buyer| buyer.id), Some(session.buyer_id));
            assert_eq!(node.booking.authenticate("forged").await.expect("an answer"), None);
        }
        hall.wait(30 * 24 * 3_600 * 1_000_000 - 1);
        assert!(hall.booking.authenticate(&session.token).await.expect("an answer").is_some());
        hall.wait(1);
        assert!(hall.booking.authenticate(&session.token).await.expect("an answer").is_none());
        hall.wait(1);
        assert_eq!(hall.booking.purge().await.expect("purged"), 1);
        assert_eq!(fixture::count(&pool, "sessions").await.expect("a count"), 0);
    }
}
