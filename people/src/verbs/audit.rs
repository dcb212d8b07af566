//! The audit log: who changed what, as its organiser reads it. Kept two years.

use domain::Actor;

use crate::error::{Fault, PeopleError};
use crate::model::audit::{AuditFilter, AuditLine};
use crate::people::People;
use crate::store::audit;

impl People {
    /// Lists changes, the newest first: those of the actor's organiser, an admin's all.
    pub async fn audit(
        &self,
        actor: &Actor,
        wanted: &AuditFilter,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<AuditLine>, PeopleError> {
        Ok(audit::list(&self.pool, actor.bounds(), wanted, before, limit).await?)
    }

    /// Deletes at most `limit` lines that are older than two years. Gives how many.
    pub async fn purge_audit(&self, limit: u32) -> Result<u64, Fault> {
        audit::purge(&self.pool, limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{admin, key, people};
    use crate::store::fixture::{spoil, try_spoil};
    use crate::{Role, WantedKey};
    use sqlx::PgPool;
    use uuid::Uuid;

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_done_with_keys_and_organisers_is_written_down_without_secrets(pool: PgPool) {
        let people = people(&pool);
        let other = people.create_organiser(&admin(), "Other").await.expect("an organiser");
        let wanted = WantedKey { organiser: other, ..WantedKey::new(Role::Organiser, "theirs") };
        let made = people.create_key(&admin(), None, wanted).await.expect("a key");
        people.rotate_key(&admin(), None, made.id, crate::OLD_SECRET).await.expect("rotated");
        people.revoke_key(&admin(), made.id).await.expect("revoked");
        people.revoke_key(&admin(), made.id).await.expect("revoked already");
        let ours = Actor::system(other);
        let lines = people.audit(&ours, &AuditFilter::default(), None, 10).await.expect("lines");
        let told: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(told, ["keys.revoke", "keys.rotate", "keys.create", "organisers.create"]);
        assert_eq!(lines[2].subject, format!("key {}", made.id));
        let text = format!("{lines:?}");
        assert!(!text.contains(&made.key) && !text.contains(&made.key[26..]), "{text}");
        key(&people, Role::Admin).await;
        assert_eq!(people.audit(&ours, &AuditFilter::default(), None, 10).await.expect("lines"), lines, "ours only");
        let filter = AuditFilter { action: Some("keys.rotate".into()), ..AuditFilter::default() };
        assert_eq!(people.audit(&admin(), &filter, None, 10).await.expect("lines"), [lines[1].clone()]);
        let page = people.audit(&ours, &AuditFilter::default(), Some(lines[1].id), 1).await.expect("lines");
        assert_eq!(page, [lines[2].clone()]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_log_only_grows_until_two_years_are_over(pool: PgPool) {
        let people = people(&pool);
        people.create_organiser(&admin(), "Other").await.expect("an organiser");
        for wrong in ["UPDATE audit SET action = 'a.b'", "DELETE FROM audit", "TRUNCATE audit"] {
            assert!(try_spoil(&pool, wrong).await.is_err(), "{wrong}");
        }
        assert_eq!(people.purge_audit(100).await.expect("purged"), 0);
        spoil(&pool, "ALTER TABLE audit DISABLE TRIGGER USER").await;
        spoil(&pool, "UPDATE audit SET at = at - interval '2 years 1 second'").await;
        spoil(&pool, "ALTER TABLE audit ENABLE TRIGGER USER").await;
        assert_eq!(people.purge_audit(100).await.expect("purged"), 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn secrets_are_masked_however_deep_they_lie(pool: PgPool) {
        let told = r#"{"a": [{"client_secret": "s3", "name": "x"}], "key": "k", "keys": 2, "password": {"p": 1}}"#;
        spoil(
            &pool,
            &format!("SELECT audit_append('{}', 'system', NULL, 'a.b', 's', NULL, NULL, '{told}', '', '')", Uuid::nil()),
        )
        .await;
        let lines = people(&pool).audit(&admin(), &AuditFilter::default(), None, 1).await.expect("lines");
        let after =
            serde_json::json!({ "a": [{ "client_secret": "***", "name": "x" }], "key": "***", "keys": 2, "password": "***" });
        assert_eq!(lines[0].after, Some(after));
    }
}
