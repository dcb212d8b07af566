//! Sessions of buyers: an anonymous buyer is a random token, stored hashed.

use domain::{BuyerId, KeyId};
use jiff::Timestamp;

use crate::config::{AT_MOST, IDLE, OF_LATE, SEEN_STEP};
use crate::error::Fault;
use crate::model::key::KeyView;
use crate::model::session::{Buyer, Session};
use crate::people::People;
use crate::remembered::Asking;
use crate::secret::{hash, secret};
use crate::store::sessions::SessionRow;
use crate::store::{api_keys, sessions};

impl People {
    /// Opens an anonymous session; one that a partner opens for a buyer of its own ends with the partner's key.
    pub async fn open_session(&self, partner: Option<&KeyView>) -> Result<Session, Fault> {
        let now = self.clock.now();
        let expires_at = now.checked_add(self.config.session_ttl).unwrap_or(Timestamp::MAX);
        let (token, id) = (secret()?, BuyerId::at(now));
        let asking = self.sessions.asking(&hash(&token));
        sessions::insert(&self.pool, hash(&token), id, partner.map(|key| key.id), now, expires_at).await?;
        self.sessions.keep(hash(&token), Buyer::anonymous(id, expires_at, partner.copied()), asking);
        Ok(Session { token, buyer_id: id, expires_at })
    }

    /// Opens the anonymous session of a token that is made anew for the same request, or gives it as it stands.
    ///
    /// Takes     `token`: 256 bits that nobody can guess.
    /// Gives     another session where that one has ended, or has become an account's.
    pub async fn open_session_again(&self, token: String) -> Result<Session, Fault> {
        let now = self.clock.now();
        let expires_at = now.checked_add(self.config.session_ttl).unwrap_or(Timestamp::MAX);
        let id = BuyerId::at(now);
        if sessions::insert(&self.pool, hash(&token), id, None, now, expires_at).await? {
            return Ok(Session { token, buyer_id: id, expires_at });
        }
        match self.authenticate(&token).await? {
            Some(buyer) if buyer.signed_in.is_none() => Ok(Session { token, buyer_id: buyer.id, expires_at: buyer.expires_at }),
            _ => self.open_session(None).await,
        }
    }

    /// Moves the end of a session that is used: once half of its time is over it has the whole of it again.
    ///
    /// Takes     `expires_at`: its end, as [`People::authenticate`] told it.
    /// Gives     the new end; none while there is more than half left, and for a session that has ended meanwhile.
    pub async fn renew_session(&self, token: &str, expires_at: Timestamp) -> Result<Option<Timestamp>, Fault> {
        let now = self.clock.now();
        let half = now.checked_add(self.config.session_ttl / 2).unwrap_or(Timestamp::MAX);
        if expires_at > half {
            return Ok(None);
        }
        let (hash, end) = (hash(token), now.checked_add(self.config.session_ttl).unwrap_or(Timestamp::MAX));
        let renewed = sessions::renew(&self.pool, hash, now, end).await?;
        self.sessions.forget(&hash);
        Ok(renewed)
    }

    /// Finds who a token belongs to; none for one that is unknown, expired or ended.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Buyer>, Fault> {
        let (hash, now) = (hash(token), self.clock.now());
        // before anything is read: what ends from here on is not remembered again
        let asking = self.sessions.asking(&hash);
        let remembered = self.sessions.get(&hash);
        // one that is over here may have been used on another node meanwhile
        let buyer = match remembered.filter(|buyer| buyer.lives(now)) {
            Some(buyer) => Some(buyer),
            None => self.look_up(hash, now, asking).await?,
        };
        let Some(mut buyer) = buyer.filter(|buyer| buyer.lives(now)) else { return Ok(None) };
        self.note_use(hash, &mut buyer, now, asking).await;
        Ok(Some(buyer))
    }

    async fn look_up(&self, hash: [u8; 32], now: Timestamp, asking: Asking) -> Result<Option<Buyer>, Fault> {
        let Some(row) = sessions::find(&self.pool, hash, now.checked_sub(OF_LATE).unwrap_or(now)).await? else { return Ok(None) };
        let partner = match row.partner {
            None => None,
            Some(key) => match self.partner(key, now).await? {
                None => return Ok(None),
                found => found,
            },
        };
        let SessionRow { ids, expires_at, signed_in, .. } = row;
        let buyer = Buyer { id: ids.own(), ids, expires_at, signed_in, partner };
        self.sessions.keep(hash, buyer.clone(), asking);
        Ok(Some(buyer))
    }

    /// Moves the end of a signed-in session that is used, in steps of five minutes: thirty days from now, a hundred and eighty in all.
    async fn note_use(&self, hash: [u8; 32], buyer: &mut Buyer, now: Timestamp, asking: Asking) {
        let Some(signed_in) = &mut buyer.signed_in else { return };
        if signed_in.seen_at.saturating_add(SEEN_STEP).unwrap_or(Timestamp::MAX) > now {
            return;
        }
        let (idle, most) = (now.saturating_add(IDLE), signed_in.since.saturating_add(AT_MOST));
        let end = idle.unwrap_or(Timestamp::MAX).min(most.unwrap_or(Timestamp::MAX));
        (signed_in.seen_at, buyer.expires_at) = (now, buyer.expires_at.max(end));
        // remembered first, so that a crowd of requests writes once
        self.sessions.keep(hash, buyer.clone(), asking);
        if let Err(fault) = sessions::touch(&self.pool, hash, now, end).await {
            tracing::debug!(%fault, "a session's use is not noted");
        }
    }

    async fn partner(&self, key: KeyId, now: Timestamp) -> Result<Option<KeyView>, Fault> {
        api_keys::by_id(&self.pool, key, now).await
    }

    /// Ends a session, for every node within a second. Gives whether there was one.
    pub async fn end_session(&self, token: &str) -> Result<bool, Fault> {
        let hash = hash(token);
        let ended = sessions::revoke(&self.pool, hash, self.clock.now()).await?;
        self.sessions.forget(&hash);
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::PgPool;

    use super::hash;
    use crate::fixture::{admin, clock, node_at, partner};
    use crate::{Login, NewAccount, Quota};

    #[sqlx::test(migrations = "../migrations")]
    async fn a_token_is_known_until_it_expires_and_never_stored(pool: PgPool) {
        let clock = clock();
        let (here, elsewhere) = (node_at(&pool, &clock), node_at(&pool, &clock));
        let session = here.open_session(None).await.expect("a session");
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

    #[sqlx::test(migrations = "../migrations")]
    async fn a_session_that_is_used_goes_on_and_one_that_ended_does_not(pool: PgPool) {
        let clock = clock();
        let people = node_at(&pool, &clock);
        let session = people.open_session(None).await.expect("a session");
        let days = |days: u64| Duration::from_secs(days * 24 * 3_600);
        let known = || async { people.authenticate(&session.token).await.expect("an answer") };
        let renew = |end| people.renew_session(&session.token, end);
        clock.advance(days(14));
        let buyer = known().await.expect("known");
        assert_eq!(renew(buyer.expires_at).await.expect("an answer"), None, "more than half is left");
        clock.advance(days(15));
        let renewed = renew(buyer.expires_at).await.expect("an answer").expect("renewed");
        assert_eq!(renewed, session.expires_at + days(29));
        clock.advance(days(5));
        assert_eq!(known().await.expect("known past its first end").expires_at, renewed);
        assert!(people.end_session(&session.token).await.expect("ended"));
        clock.advance(days(20));
        assert_eq!(renew(renewed).await.expect("an answer"), None, "what ended stays ended");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_ended_session_is_over_here_and_for_whoever_asks_anew(pool: PgPool) {
        let clock = clock();
        let here = node_at(&pool, &clock);
        let session = here.open_session(None).await.expect("a session");
        assert!(here.end_session(&session.token).await.expect("ended"));
        assert!(!here.end_session(&session.token).await.expect("ended before"));
        for people in [&here, &node_at(&pool, &clock)] {
            assert_eq!(people.authenticate(&session.token).await.expect("an answer"), None);
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_note_of_a_use_brings_no_ended_session_back(pool: PgPool) {
        let clock = clock();
        let here = node_at(&pool, &clock);
        let (email, password) = ("ada@example.org".to_owned(), "we met under the crooked elm".to_owned());
        let new = NewAccount { email: email.clone(), password: password.clone(), name: "Ada".into(), buyer: None };
        here.sign_up(new, None).await.expect("taken");
        let ada = here.log_in(Login { email, password, ..Login::default() }).await.expect("signed in");
        clock.advance(Duration::from_secs(300));
        // a request that has read the session, another that ends it, and only then the first notes its use
        let hash = hash(&ada.token);
        let asking = here.sessions.asking(&hash);
        let mut read = here.look_up(hash, clock.now(), asking).await.expect("an answer").expect("known");
        assert!(here.end_session(&ada.token).await.expect("ended"));
        here.note_use(hash, &mut read, clock.now(), asking).await;
        assert_eq!(here.authenticate(&ada.token).await.expect("an answer"), None);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_partner_s_buyers_end_with_its_key(pool: PgPool) {
        let clock = clock();
        let here = node_at(&pool, &clock);
        let key = partner(&here, Quota::PARTNER).await;
        let (theirs, own) = (here.open_session(Some(&key)).await, here.open_session(None).await);
        let (theirs, own) = (theirs.expect("a session"), own.expect("a session"));
        for people in [&here, &node_at(&pool, &clock)] {
            let buyer = people.authenticate(&theirs.token).await.expect("an answer").expect("known");
            assert_eq!(buyer.partner, Some(key));
        }
        here.revoke_key(&admin(), key.id).await.expect("revoked");
        for people in [&here, &node_at(&pool, &clock)] {
            assert_eq!(people.authenticate(&theirs.token).await.expect("an answer"), None);
            assert!(people.authenticate(&own.token).await.expect("an answer").is_some());
        }
    }
}
