//! How many sessions one address opens: so many an hour, on all nodes together.

use std::time::Duration;

use crate::error::Fault;
use crate::people::People;
use crate::store::origins;

/// The time over which sessions of one address are counted.
const HOUR: Duration = Duration::from_secs(3_600);

impl People {
    /// What addresses are hashed with, so that all nodes know them by the same number. Read once.
    pub async fn origin_secret(&self) -> Result<[u8; 32], Fault> {
        self.origin_secret.get_or_try_init(|| origins::secret(&self.pool)).await.copied()
    }

    /// Counts a session that is about to be opened.
    ///
    /// Takes     `client`: the address as a hash that all nodes share; `most`: how many an hour.
    /// Gives     none when it may be opened; else how long to wait.
    pub async fn count_session(&self, client: i64, most: u32) -> Result<Option<Duration>, Fault> {
        let now = self.clock.now();
        let since = now.checked_sub(HOUR).unwrap_or(now);
        let first = origins::note(&self.pool, client, now, since, most).await?;
        let left = first.map(|first| first.duration_since(since).as_secs().max(1));
        Ok(left.map(|seconds| Duration::from_secs(seconds.unsigned_abs())))
    }

    /// Forgets what is no longer counted, `bite` rows a statement. Gives how many rows.
    pub(crate) async fn purge_origins(&self, bite: i64) -> Result<u64, Fault> {
        let now = self.clock.now();
        let (before, mut sum) = (now.checked_sub(HOUR).unwrap_or(now), 0);
        loop {
            let removed = origins::purge(&self.pool, before, bite).await?;
            sum += removed;
            if removed < bite.unsigned_abs() {
                return Ok(sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::PgPool;

    use crate::fixture::{clock, node_at};

    #[sqlx::test(migrations = "../migrations")]
    async fn all_nodes_hash_alike(pool: PgPool) {
        let clock = clock();
        let node = || node_at(&pool, &clock);
        let secret = node().origin_secret().await.expect("a secret");
        assert_eq!(node().origin_secret().await.expect("a secret"), secret);
        assert_ne!(secret, [0; 32]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn one_address_opens_so_many_sessions_an_hour_on_all_nodes(pool: PgPool) {
        let clock = clock();
        let node = || node_at(&pool, &clock);
        let (here, there) = (node(), node());
        for people in [&here, &there, &here] {
            assert_eq!(people.count_session(7, 3).await.expect("counted"), None);
            clock.advance(Duration::from_secs(60));
        }
        assert_eq!(there.count_session(7, 3).await.expect("counted"), Some(Duration::from_secs(57 * 60)));
        assert_eq!(there.count_session(8, 3).await.expect("counted"), None, "another address is none of it");
        assert_eq!(
            node().count_session(7, 3).await.expect("counted"),
            Some(Duration::from_secs(57 * 60)),
            "a restart forgets nothing"
        );
        clock.advance(Duration::from_secs(57 * 60));
        assert_eq!(here.count_session(7, 3).await.expect("counted"), None, "an hour later there is room again");
        clock.advance(Duration::from_secs(2 * 3_600));
        assert_eq!(here.purge_origins(2).await.expect("purged"), 5, "in three bites");
        assert_eq!(here.purge_origins(2).await.expect("purged"), 0);
    }
}
