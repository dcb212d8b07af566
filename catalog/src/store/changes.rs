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
    Ok(Change { position: FeedPosition { xid: super::column::total(row, "xid")?, seq: row.try_get("seq")? }, kind, id: row.try_get("id")? })
}

/// The position from which a reader that now takes a full copy must go on: every change that the copy may lack lies behind it.
///
/// Takes     a connection: call it before, or in the same REPEATABLE READ snapshot as, the reading of the copy.
/// Gives     just before the oldest running transaction: what lies behind may repeat what the copy has, never skip it.
pub async fn latest_position(conn: &mut PgConnection) -> sqlx::Result<FeedPosition> {
    let row = sqlx::query("-- catalog_changes.latest_position\nSELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid")
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
    let row = sqlx::query("-- catalog_changes.oldest_position\nSELECT xid::text::bigint AS xid, seq FROM catalog_changes ORDER BY xid, seq LIMIT 1")
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(FeedPosition { xid: super::column::total(&row, "xid")?, seq: row.try_get("seq")? })).transpose()
}
