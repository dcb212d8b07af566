//! Tags that caches are to forget, for every node.

use sqlx::{PgConnection, PgPool, Row as _};

/// How far back a node looks: longer than any of its looks can be late.
const LOOK_SECONDS: f64 = 60.0;
/// Tags that are read at once.
const MOST: i64 = 10_000;

/// Asks all nodes to forget tags.
pub async fn insert(conn: &mut PgConnection, tags: &[String]) -> sqlx::Result<()> {
    sqlx::query("-- cache_purges.insert\nINSERT INTO cache_purges (tag) SELECT unnest($1::text[])")
        .bind(tags)
        .execute(conn)
        .await?;
    Ok(())
}

/// The tags of the last minute with their numbers.
pub async fn recent(pool: &PgPool) -> sqlx::Result<Vec<(i64, String)>> {
    let statement = "-- cache_purges.recent
        SELECT id, tag FROM cache_purges WHERE at > clock_timestamp() - make_interval(secs => $1) ORDER BY id DESC LIMIT $2";
    let rows = sqlx::query(statement).bind(LOOK_SECONDS).bind(MOST).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("tag")?))).collect()
}

/// Removes what every node has read.
pub async fn purge(conn: &mut PgConnection) -> sqlx::Result<u64> {
    let statement = "-- cache_purges.purge\nDELETE FROM cache_purges WHERE at < clock_timestamp() - interval '1 hour'";
    Ok(sqlx::query(statement).execute(conn).await?.rows_affected())
}
