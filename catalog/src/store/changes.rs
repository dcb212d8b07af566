//! The catalogue change feed: what changed, in the order in which readers may see it.
//!
//! A sequence's order is not commit order. A reader therefore takes only rows of transactions below the oldest one still running, in
//! the order (xid, seq): a transaction that commits later cannot slip in behind a position already passed.

use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::model::Kind;

/// A place in the feed: after this row. The default is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct FeedPosition {
    pub xid: u64,
    pub seq: i64,
}

/// One row of the feed: this record changed, came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub position: FeedPosition,
    pub kind: Kind,
    pub id: Uuid,
}

/// Appends one row for each record, in the transaction that changes them.
pub async fn append(conn: &mut PgConnection, kind: Kind, ids: &[Uuid]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query("-- catalog_changes.append\nINSERT INTO catalog_changes (kind, id) SELECT $1, id FROM unnest($2::uuid[]) AS id")
        .bind(kind.as_str())
        .bind(ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// Reads what follows a position and is safe to read, at most `limit` rows.
///
/// Gives     rows in feed order; fewer than `limit` means that nothing more can be read now.
/// Cost      one index range; a transaction left open anywhere in the cluster holds the feed back.
pub async fn read_since(conn: &mut PgConnection, after: FeedPosition, limit: u32) -> sqlx::Result<Vec<Change>> {
    let rows = sqlx::query(
        "-- catalog_changes.read_since
         SELECT xid::text::bigint AS xid, seq, kind, id FROM catalog_changes
         WHERE (xid, seq) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY xid, seq LIMIT $3",
    )
    .bind(after.xid.to_string())
    .bind(after.seq)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(change).collect()
}

fn change(row: &sqlx::postgres::PgRow) -> sqlx::Result<Change> {
    let kind: String = row.try_get("kind")?;
    let kind = Kind::parse(&kind).ok_or_else(|| super::column::decode("kind", format!("{kind:?} is no kind")))?;
    Ok(Change {
        position: FeedPosition { xid: super::column::total(row, "xid")?, seq: row.try_get("seq")? },
        kind,
        id: row.try_get("id")?,
    })
}

/// The position from which a reader that now takes a full copy must go on: every change that the copy may lack lies behind it.
///
/// Takes     a connection: call it before, or in the same REPEATABLE READ snapshot as, the reading of the copy.
/// Gives     just before the oldest running transaction: what lies behind may repeat what the copy has, never skip it.
pub async fn latest_position(conn: &mut PgConnection) -> sqlx::Result<FeedPosition> {
    let row =
        sqlx::query("-- catalog_changes.latest_position\nSELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid")
            .fetch_one(conn)
            .await?;
    Ok(FeedPosition { xid: super::column::total(&row, "xid")?, seq: 0 })
}

/// How many rows follow a position, safe to read or not: the follower's lag.
pub async fn count_since(conn: &mut PgConnection, after: FeedPosition) -> sqlx::Result<u64> {
    let row = sqlx::query(
        "-- catalog_changes.count_since\nSELECT count(*) AS behind FROM catalog_changes WHERE (xid, seq) > ($1::text::xid8, $2)",
    )
    .bind(after.xid.to_string())
    .bind(after.seq)
    .fetch_one(conn)
    .await?;
    super::column::total(&row, "behind")
}

/// Deletes rows older than `keep_hours`. A reader that was away longer must reindex.
pub async fn purge(conn: &mut PgConnection, keep_hours: u32) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "-- catalog_changes.purge\nDELETE FROM catalog_changes WHERE at < clock_timestamp() - make_interval(hours => $1)",
    )
    .bind(super::column::integer(keep_hours))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// The oldest row still kept: a reader whose position lies before it has missed rows that were purged, if it ever fell that far behind.
pub async fn oldest_position(conn: &mut PgConnection) -> sqlx::Result<Option<FeedPosition>> {
    let row = sqlx::query(
        "-- catalog_changes.oldest_position\nSELECT xid::text::bigint AS xid, seq FROM catalog_changes ORDER BY xid, seq LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok(FeedPosition { xid: super::column::total(&row, "xid")?, seq: row.try_get("seq")? })).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::fixture::settled;
    use sqlx::PgPool;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    async fn read(pool: &PgPool, after: FeedPosition) -> Vec<Change> {
        let mut conn = pool.acquire().await.expect("a connection");
        read_since(&mut conn, after, 100).await.expect("the feed")
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_transaction_that_commits_later_with_an_earlier_id_is_not_lost(pool: PgPool) {
        let mut slow = pool.begin().await.expect("begun");
        append(&mut slow, Kind::Event, &[id(1)]).await.expect("appended");
        let mut quick = pool.begin().await.expect("begun");
        append(&mut quick, Kind::Event, &[id(2)]).await.expect("appended");
        quick.commit().await.expect("committed");
        // By sequence alone a reader would now take 2, pass on, and never see 1.
        assert_eq!(read(&pool, FeedPosition::default()).await, [], "the slow one holds the feed back");
        slow.commit().await.expect("committed");
        let seen = settled(&pool, FeedPosition::default()).await;
        assert_eq!(seen.iter().map(|change| change.id).collect::<Vec<_>>(), [id(1), id(2)]);
        assert_eq!(settled(&pool, seen[0].position).await, seen[1..]);
        assert_eq!(settled(&pool, seen[1].position).await, []);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_copy_taken_while_a_writer_runs_goes_on_from_before_the_writer(pool: PgPool) {
        let mut writer = pool.begin().await.expect("begun");
        append(&mut writer, Kind::Venue, &[id(1)]).await.expect("appended");
        let position = latest_position(&mut pool.acquire().await.expect("a connection")).await.expect("a position");
        writer.commit().await.expect("committed");
        assert_eq!(settled(&pool, position).await.len(), 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_feed_is_read_in_pieces_and_purged_by_age(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        append(&mut conn, Kind::Series, &(0..5).map(id).collect::<Vec<_>>()).await.expect("appended");
        settled(&pool, FeedPosition::default()).await;
        let first = read_since(&mut conn, FeedPosition::default(), 3).await.expect("the feed");
        assert_eq!((first.len(), first[2].id), (3, id(2)));
        assert_eq!(count_since(&mut conn, first[2].position).await.expect("counted"), 2);
        assert_eq!(oldest_position(&mut conn).await.expect("read"), Some(first[0].position));
        assert_eq!(purge(&mut conn, 1).await.expect("purged"), 0);
        assert_eq!(purge(&mut conn, 0).await.expect("purged"), 5);
        assert_eq!(oldest_position(&mut conn).await.expect("read"), None);
    }
}
