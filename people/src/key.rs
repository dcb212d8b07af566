//! API keys of organisers, partners and admins: `bxo_…`, stored hashed.

use domain::KeyId;

use crate::error::Fault;
use crate::people::People;
use crate::role::{KeyView, Role};
use crate::secret::{hash, secret};
use crate::store::api_keys;

/// A new key. Its text is shown once.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub id: KeyId,
    pub key: String,
    pub role: Role,
}

/// Keys seen lately; short-lived, so that a revoked key is refused soon.
#[derive(Clone)]
pub(crate) struct KeyCache(moka::sync::Cache<[u8; 32], KeyView>);

impl KeyCache {
    pub fn new(remembered: u64) -> Self {
        Self(moka::sync::Cache::builder().max_capacity(remembered).time_to_live(std::time::Duration::from_secs(30)).build())
    }
}

/// How every key begins, so that it is told from a buyer's token, and found when it leaks.
const PREFIX: &str = "bxo_";

impl People {
    /// Makes a key: `bxo_` and 43 characters.
    pub async fn create_key(&self, role: Role, name: &str) -> Result<NewKey, Fault> {
        let now = self.clock.now();
        let (id, key) = (KeyId::at(now), format!("{PREFIX}{}", secret()?));
        api_keys::insert(&self.pool, id, hash(&key), role, name, now).await?;
        Ok(NewKey { id, key, role })
    }

    /// Finds the key; none for text that is no key of ours.
    pub async fn find_key(&self, key: &str) -> Result<Option<KeyView>, Fault> {
        if !key.starts_with(PREFIX) {
            return Ok(None);
        }
        let hash = hash(key);
        if let Some(known) = self.keys.0.get(&hash) {
            return Ok(Some(known));
        }
        let found = api_keys::find(&self.pool, hash).await?;
        Ok(found.inspect(|key| self.keys.0.insert(hash, *key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PeopleConfig;
    use domain::Clock;
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_is_found_by_its_text_and_nothing_else(pool: PgPool) {
        let people = People::new(pool, Clock::System, PeopleConfig::default());
        for role in Role::ALL {
            let new = people.create_key(role, "test").await.expect("a key");
            assert!(new.key.starts_with("bxo_") && new.key.len() == 47);
            let found = people.find_key(&new.key).await.expect("an answer");
            assert_eq!(found, Some(KeyView { id: new.id, role }));
            assert_eq!(people.find_key(&new.key[..46]).await.expect("an answer"), None);
        }
        assert_eq!(people.find_key("not a key").await.expect("an answer"), None);
    }
}
