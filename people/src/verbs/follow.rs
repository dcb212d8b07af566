//! The feed of changes to keys and sessions, heard on every node.
//!
//! The connection is asked ten times a second, which both brings what was told and proves that it lives: one that merely waits would not
//! notice for minutes that the other end is gone.

use std::time::Duration;

use domain::Stopwatch;
use tokio_util::sync::CancellationToken;

use crate::error::Fault;
use crate::people::People;
use crate::store::feed::{Changed, Listener};

/// How often the feed is asked.
const BEAT: Duration = Duration::from_millis(100);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How long to wait before another connection.
const AGAIN: Duration = Duration::from_millis(200);

impl People {
    /// Forgets what changed elsewhere, until `stop`. Without it everything looked up is looked up again after a second.
    pub async fn follow(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let lost = self.listen(&stop).await;
            self.feed.lose();
            if let Err(fault) = lost {
                tracing::warn!(%fault, "changes of keys and sessions are not heard; each is looked up every second");
                let _ = tokio::time::timeout(AGAIN, stop.cancelled()).await;
            }
        }
    }

    async fn listen(&self, stop: &CancellationToken) -> Result<(), Fault> {
        let mut listener = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            listener = Listener::connect(&self.pool) => listener?,
        };
        // whatever was told before is unknown
        self.sessions.forget_all();
        self.keys.forget_all();
        let heard = self.hear(&mut listener, stop).await;
        let _ = tokio::time::timeout(ANSWER, listener.close()).await;
        heard
    }

    async fn hear(&self, listener: &mut Listener, stop: &CancellationToken) -> Result<(), Fault> {
        while !stop.is_cancelled() {
            let asked = Stopwatch::start();
            let told = tokio::time::timeout(ANSWER, listener.told()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
            told.iter().for_each(|changed| self.forget(changed));
            self.feed.hear(asked);
            let _ = tokio::time::timeout(BEAT, stop.cancelled()).await;
        }
        Ok(())
    }

    fn forget(&self, changed: &Changed) {
        match changed {
            Changed::Session(hash) => self.sessions.forget(hash),
            Changed::Key { hash, partner } => {
                self.keys.forget(hash);
                if *partner {
                    // its buyers' sessions go with it, and are known by other hashes
                    self.sessions.forget_all();
                }
            }
            Changed::Unknown => {
                self.sessions.forget_all();
                self.keys.forget_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{admin, key, people};
    use crate::{KeyView, Role, WantedKey};
    use sqlx::PgPool;

    async fn until_refused(people: &People, key: &str) -> Duration {
        let watch = Stopwatch::start();
        while people.find_key(key).await.expect("an answer").is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        watch.elapsed()
    }

    async fn known(people: &People, text: &str) -> Option<KeyView> {
        people.find_key(text).await.expect("an answer")
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_revoked_key_is_refused_on_another_node_whether_it_listens_or_not(pool: PgPool) {
        let (here, elsewhere, deaf) = (people(&pool), people(&pool), people(&pool));
        let stop = CancellationToken::new();
        let listening = tokio::spawn({
            let (node, stop) = (elsewhere.clone(), stop.clone());
            async move { node.follow(stop).await }
        });
        let made = here.create_key(&admin(), None, WantedKey::new(Role::Organiser, "test")).await.expect("a key");
        while !elsewhere.feed.is_heard() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for node in [&elsewhere, &deaf] {
            assert!(known(node, &made.key).await.is_some());
        }
        here.revoke_key(&admin(), made.id).await.expect("revoked");
        assert_eq!(known(&here, &made.key).await, None, "at once where it was revoked");
        for node in [&elsewhere, &deaf] {
            let took = until_refused(node, &made.key).await;
            assert!(took < Duration::from_secs(10), "{took:?}");
        }
        stop.cancel();
        listening.await.expect("ended");
    }

    /// The control: what is remembered stands while the feed says nothing, so that it is the feed's word which ends it.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_the_feed_does_not_name_stands(pool: PgPool) {
        let node = people(&pool);
        let made = key(&node, Role::Organiser).await;
        assert!(known(&node, &made.key).await.is_some());
        crate::store::fixture::spoil(&pool, "ALTER TABLE api_keys DISABLE TRIGGER USER").await;
        crate::store::fixture::spoil(&pool, "UPDATE api_keys SET revoked_at = now()").await;
        let watch = Stopwatch::start();
        while watch.elapsed() < Duration::from_millis(1_500) {
            node.feed.hear(Stopwatch::start());
            assert!(known(&node, &made.key).await.is_some(), "heard and not named: remembered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        node.feed.lose();
        assert_eq!(known(&node, &made.key).await, None);
    }
}
