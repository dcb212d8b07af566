//! What POST with an Idempotency-Key made, so that the same POST again gives the same record.

use domain::KeyId;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::column;

/// A creation as remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    pub fingerprint: Vec<u8>,
    pub kind: String,
    pub id: Uuid,
}

/// Claims a key for a creation. The claim is the row itself: a second transaction with the key waits here for the first to end.
///
/// Gives     `None` when the claim is new, otherwise what the key made before.
pub async fn claim(conn: &mut PgConnection, owner: KeyId, key: &str, new: &Creation) -> sqlx::Result<Option<Creation>> {
    let claimed = sqlx::query(
        "-- catalog_creations.claim
         INSERT INTO catalog_creations (owner, key, fingerprint, kind, id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, key) DO NOTHING",
    )
    .bind(owner.0)
    .bind(key)
    .bind(&new.fingerprint)
    .bind(&new.kind)
    .bind(new.id)
    .execute(&mut *conn)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let row = sqlx::query(
        "-- catalog_creations.get\nSELECT fingerprint, kind, id FROM catalog_creations WHERE owner = $1 AND key = $2",
    )
    .bind(owner.0)
    .bind(key)
    .fetch_one(conn)
    .await?;
    Ok(Some(Creation { fingerprint: row.try_get("fingerprint")?, kind: row.try_get("kind")?, id: row.try_get("id")? }))
}

/// Forgets what is older than `keep_hours`.
pub async fn purge(conn: &mut PgConnection, keep_hours: u32) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "-- catalog_creations.purge\nDELETE FROM catalog_creations WHERE at < clock_timestamp() - make_interval(hours => $1)",
    )
    .bind(column::integer(keep_hours))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
