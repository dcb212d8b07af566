//! The catalogue change feed: what changed, in transactions.
//!
//! Neither a sequence's order nor that of transaction ids is commit order. A position is therefore a snapshot of the database: what it
//! had seen lies before, what it had not lies behind, whatever the order in which transactions began or end. A transaction that stays
//! open holds back its own changes and nobody else's.

use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::model::Kind;

/// From this many rows on, COPY costs less than INSERT.
const MANY: usize = 500;

/// A place in the feed. The default is before the first row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeedPosition {
    /// All that this snapshot (`xmin:xmax:xip,…`) had seen lies before.
    seen: String,
    /// Besides, part of what a later snapshot had seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
    /// Of which feed this is a place: none before the first row, and in what older programs kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feed: Option<FeedId>,
}

/// Names one feed: the cluster, its time line, the database; where a server hides these, a row of the database and the transaction that wrote
/// it. After a restore or a failover numbers of transactions are given again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct FeedId(String);

/// Whether a reader can go on from a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Every row behind it is there.
    Whole,
    /// Rows behind it were purged.
    Purged,
    /// It is a place in another feed: what came since is unknown.
    Elsewhere,
}

/// Of what `until` had seen, all rows up to (xid, seq).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Part {
    until: String,
    xid: i64,
    seq: i64,
}

impl Default for FeedPosition {
    fn default() -> Self {
        Self { seen: "1:1:".to_owned(), part: None, feed: None }
    }
}

/// One row of the feed: this record changed, came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    pub id: Uuid,
}

/// What a reader gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub changes: Vec<Change>,
    /// The position behind them.
    pub position: FeedPosition,
    /// More may be read at once.
    pub more: bool,
}

/// Appends one row for each record, in the transaction that changes them.
pub async fn append(conn: &mut PgConnection, kind: Kind, ids: &[Uuid]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    if ids.len() >= MANY {
        let now = super::column::now(conn).await?;
        let statement = "COPY catalog_changes (kind, id, at) FROM STDIN (FORMAT binary)";
        super::copy::copy_in(conn, statement, 3, ids, |to, id| {
            to.text(kind.as_str());
            to.uuid(*id);
            to.instant(now);
        })
        .await?;
        return Ok(());
    }
    sqlx::query("-- catalog_changes.append\nINSERT INTO catalog_changes (kind, id) SELECT $1, id FROM unnest($2::uuid[]) AS id")
        .bind(kind.as_str())
        .bind(ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// Reads what follows a position, at most `limit` rows.
///
/// Takes     a connection; inside a REPEATABLE READ transaction the feed ends where that transaction's picture does.
/// Refuses   by a protocol error a position of another feed, which [`standing`] tells beforehand.
/// Cost      one index range; it begins at the oldest transaction that was open at the position.
pub async fn read_since(conn: &mut PgConnection, after: &FeedPosition, limit: u32) -> sqlx::Result<Feed> {
    let (until, xid, seq, feed) = match &after.part {
        Some(part) => (part.until.clone(), part.xid, part.seq, after.feed.clone()),
        None => {
            let now = latest_position(conn).await?;
            if after.feed.as_ref().is_some_and(|feed| now.feed.as_ref() != Some(feed)) {
                return Err(sqlx::Error::Protocol("the position is a place in another change feed".to_owned()));
            }
            (now.seen, 0, 0, now.feed)
        }
    };
    let rows = sqlx::query(
        "-- catalog_changes.read_since
         SELECT xid::text::bigint AS xid, seq, kind, id FROM catalog_changes
         WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot) AND xid < pg_snapshot_xmax($2::text::pg_snapshot)
           AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot) AND pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
           AND (xid, seq) > ($3::bigint::text::xid8, $4)
         ORDER BY xid, seq LIMIT $5",
    )
    .bind(&after.seen)
    .bind(&until)
    .bind(xid)
    .bind(seq)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let changes = rows.iter().map(change).collect::<sqlx::Result<Vec<_>>>()?;
    let more = changes.len() == limit as usize;
    let position = match rows.last().filter(|_| more) {
        Some(last) => {
            let part = Part { until, xid: last.try_get("xid")?, seq: last.try_get("seq")? };
            FeedPosition { seen: after.seen.clone(), part: Some(part), feed }
        }
        None => FeedPosition { seen: until, part: None, feed },
    };
    Ok(Feed { changes, position, more })
}

fn change(row: &sqlx::postgres::PgRow) -> sqlx::Result<Change> {
    let kind: String = row.try_get("kind")?;
    let kind = Kind::parse(&kind).ok_or_else(|| super::column::decode("kind", format!("{kind:?} is no kind")))?;
    Ok(Change { kind, id: row.try_get("id")? })
}

/// The position from which a reader that now takes a full copy must go on.
///
/// Takes     a connection: call it before, or in the same REPEATABLE READ transaction as, the reading of the copy; in the same, what
///           lies behind is exactly what the copy has not.
pub async fn latest_position(conn: &mut PgConnection) -> sqlx::Result<FeedPosition> {
    let row = sqlx::query(
        "-- catalog_changes.latest_position
         SELECT pg_current_snapshot()::text AS seen, catalog_feed_name() AS feed",
    )
    .fetch_one(conn)
    .await?;
    Ok(FeedPosition { seen: row.try_get("seen")?, part: None, feed: Some(FeedId(row.try_get("feed")?)) })
}

/// How many rows follow a position: the follower's lag.
pub async fn count_since(conn: &mut PgConnection, after: &FeedPosition) -> sqlx::Result<u64> {
    let part = after.part.as_ref();
    let row = sqlx::query(
        "-- catalog_changes.count_since
         SELECT count(*) AS behind FROM catalog_changes
         WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
           AND NOT (pg_visible_in_snapshot(xid, $2::text::pg_snapshot) AND (xid, seq) <= ($3::bigint::text::xid8, $4))",
    )
    .bind(&after.seen)
    .bind(part.map_or(&after.seen, |part| &part.until))
    .bind(part.map_or(0, |part| part.xid))
    .bind(part.map_or(0, |part| part.seq))
    .fetch_one(conn)
    .await?;
    super::column::total(&row, "behind")
}

/// Deletes rows older than `keep_hours` but for the last `keep_rows`, and remembers how far: whoever was away longer, while more than these
/// came, must reindex.
///
/// A row that a transaction still open, of whichever database of the server, may come before stays until that one has ended: so what is
/// purged lies before every position that is taken afterwards, and a reindex is enough at once.
pub async fn purge(conn: &mut PgConnection, keep_hours: u32, keep_rows: u32) -> sqlx::Result<u64> {
    let done = sqlx::query_scalar::<_, i64>(
        "-- catalog_changes.purge
         WITH gone AS (DELETE FROM catalog_changes
                       WHERE at < clock_timestamp() - make_interval(hours => $1) AND xid < pg_snapshot_xmin(pg_current_snapshot())
                         AND (xid, seq) <= (SELECT xid, seq FROM catalog_changes ORDER BY xid DESC, seq DESC OFFSET $2 LIMIT 1)
                       RETURNING xid),
              far AS (UPDATE catalog_changes_purged SET xid = greatest(xid, (SELECT max(xid) FROM gone)) WHERE EXISTS (SELECT FROM gone))
         SELECT count(*) FROM gone",
    )
    .bind(super::column::integer(keep_hours))
    .bind(i64::from(keep_rows))
    .fetch_one(conn)
    .await?;
    Ok(u64::try_from(done).unwrap_or(0))
}

/// How old the oldest row is but for the last `keep_rows`, in seconds; none where there is no other. One that is older than rows are kept is
/// held back by a transaction that is open or prepared.
pub async fn oldest_seconds(conn: &mut PgConnection, keep_rows: u32) -> sqlx::Result<Option<f64>> {
    let statement = "-- catalog_changes.oldest_seconds
         SELECT extract(epoch FROM clock_timestamp() - at)::float8 FROM catalog_changes
         WHERE (xid, seq) <= (SELECT xid, seq FROM catalog_changes ORDER BY xid DESC, seq DESC OFFSET $1 LIMIT 1)
         ORDER BY xid, seq LIMIT 1";
    sqlx::query_scalar(statement).bind(i64::from(keep_rows)).fetch_optional(conn).await
}

/// Says whether a reader can go on from a position: it is one of this feed and of its past, and no row was purged that a transaction open
/// then could have written.
pub async fn standing(conn: &mut PgConnection, at: &FeedPosition) -> sqlx::Result<Standing> {
    let now = latest_position(conn).await?;
    let row = sqlx::query(
        "-- catalog_changes.standing
         SELECT pg_snapshot_xmax($1::text::pg_snapshot) <= pg_snapshot_xmax($2::text::pg_snapshot) AS past,
                coalesce((SELECT bool_and(xid < pg_snapshot_xmin($1::text::pg_snapshot)) FROM catalog_changes_purged
                          WHERE xid IS NOT NULL), true) AS whole",
    )
    .bind(&at.seen)
    .bind(&now.seen)
    .fetch_one(conn)
    .await?;
    let here = at.feed.is_none() || at.feed == now.feed;
    Ok(match (here && row.try_get("past")?, row.try_get("whole")?) {
        (false, _) => Standing::Elsewhere,
        (true, false) => Standing::Purged,
        (true, true) => Standing::Whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::PgPool;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    async fn ids(pool: &PgPool, after: &FeedPosition) -> (Vec<Uuid>, FeedPosition) {
        let mut conn = pool.acquire().await.expect("a connection");
        let feed = read_since(&mut conn, after, 100).await.expect("the feed");
        assert!(!feed.more);
        (feed.changes.iter().map(|change| change.id).collect(), feed.position)
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_transaction_that_commits_later_with_an_earlier_id_is_neither_lost_nor_waited_for(pool: PgPool) {
        let start = FeedPosition::default();
        let mut slow = pool.begin().await.expect("begun");
        append(&mut slow, Kind::Event, &[id(1)]).await.expect("appended");
        let mut quick = pool.begin().await.expect("begun");
        append(&mut quick, Kind::Event, &[id(2)]).await.expect("appended");
        quick.commit().await.expect("committed");
        // by sequence or by transaction id alone a reader would now pass on and never see 1, or wait for it
        let (seen, passed) = ids(&pool, &start).await;
        assert_eq!(seen, [id(2)]);
        slow.commit().await.expect("committed");
        let (seen, end) = ids(&pool, &passed).await;
        assert_eq!(seen, [id(1)], "once, and 2 not again");
        assert_eq!(ids(&pool, &end).await.0, [] as [Uuid; 0]);
        let both = ids(&pool, &start).await.0;
        assert_eq!(both, [id(1), id(2)], "the control: from the start both");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_copy_goes_on_exactly_behind_what_it_saw(pool: PgPool) {
        let mut writer = pool.begin().await.expect("begun");
        append(&mut writer, Kind::Venue, &[id(1)]).await.expect("appended");
        append(&mut pool.acquire().await.expect("a connection"), Kind::Venue, &[id(2)]).await.expect("appended");
        let mut copy = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await.expect("begun");
        let position = latest_position(&mut copy).await.expect("a position");
        writer.commit().await.expect("committed");
        let inside = read_since(&mut copy, &FeedPosition::default(), 10).await.expect("the feed");
        assert_eq!((inside.changes.len(), inside.position == position), (1, true), "the copy's own picture ends there");
        assert_eq!(ids(&pool, &position).await.0, [id(1)]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_feed_is_read_in_pieces_while_it_grows(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        append(&mut conn, Kind::Series, &(0..5).map(id).collect::<Vec<_>>()).await.expect("appended");
        let (mut position, mut seen) = (FeedPosition::default(), Vec::new());
        for round in 0..4 {
            let kept: FeedPosition = serde_json::from_str(&serde_json::to_string(&position).expect("JSON")).expect("a position");
            let left = count_since(&mut conn, &kept).await.expect("counted");
            let feed = read_since(&mut conn, &kept, 2).await.expect("the feed");
            assert_eq!(feed.more, round < 2, "round {round}");
            assert_eq!(left, 5 + u64::from(round > 0) - seen.len() as u64, "round {round}");
            seen.extend(feed.changes.iter().map(|change| change.id));
            position = feed.position;
            if round == 0 {
                append(&mut conn, Kind::Series, &[id(9)]).await.expect("appended");
            }
        }
        assert_eq!(seen, [0, 1, 2, 3, 4, 9].map(id));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_reader_learns_that_rows_behind_it_were_purged(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        let start = latest_position(&mut conn).await.expect("a position");
        append(&mut conn, Kind::Series, &[id(1)]).await.expect("appended");
        assert_eq!(purge(&mut conn, 1, 0).await.expect("purged"), 0);
        assert_eq!(standing(&mut conn, &start).await.expect("known"), Standing::Whole);
        // until every transaction that began before the row was written has ended, here or in another test
        while purge(&mut conn, 0, 0).await.expect("purged") == 0 {
            assert_eq!(standing(&mut conn, &start).await.expect("known"), Standing::Whole);
        }
        assert_eq!(standing(&mut conn, &start).await.expect("known"), Standing::Purged);
        let end = latest_position(&mut conn).await.expect("a position");
        assert_eq!(purge(&mut conn, 0, 0).await.expect("purged"), 0, "nothing more");
        assert_eq!(standing(&mut conn, &end).await.expect("known"), Standing::Whole);
    }

    /// The control: once they go, too, the same reader is told of it.
    #[sqlx::test(migrations = "../migrations")]
    async fn the_last_rows_stay_however_old_they_are_and_who_slept_over_no_more_goes_on(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        append(&mut conn, Kind::Series, &[id(1)]).await.expect("appended");
        // an older transaction may be open in another test's database: a place beside that could be told from none before the row
        let over = "SELECT max(xid) < pg_snapshot_xmin(pg_current_snapshot()) FROM catalog_changes";
        while !sqlx::query_scalar::<_, bool>(over).fetch_one(&mut *conn).await.expect("known") {}
        let mut open = pool.begin().await.expect("begun");
        sqlx::query("SELECT pg_current_xact_id()").execute(&mut *open).await.expect("numbered");
        let asleep = latest_position(&mut conn).await.expect("a position");
        for n in 2..=3 {
            append(&mut conn, Kind::Series, &[id(n)]).await.expect("appended");
        }
        open.rollback().await.expect("ended");
        assert_eq!(purge(&mut conn, 0, 3).await.expect("purged"), 0);
        while purge(&mut conn, 0, 2).await.expect("purged") == 0 {}
        assert_eq!(standing(&mut conn, &asleep).await.expect("known"), Standing::Whole);
        assert_eq!(ids(&pool, &asleep).await.0, [id(2), id(3)]);
        assert_eq!(oldest_seconds(&mut conn, 2).await.expect("read"), None, "nothing else is kept");
        assert!(oldest_seconds(&mut conn, 1).await.expect("read").is_some());
        while purge(&mut conn, 0, 1).await.expect("purged") == 0 {}
        assert_eq!(standing(&mut conn, &asleep).await.expect("known"), Standing::Purged);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_a_purge_takes_lies_before_every_place_that_is_taken_after_it(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        let mut open = pool.begin().await.expect("begun");
        append(&mut open, Kind::Venue, &[id(1)]).await.expect("appended");
        append(&mut conn, Kind::Venue, &[id(2)]).await.expect("appended");
        assert_eq!(purge(&mut conn, 0, 0).await.expect("purged"), 0, "one that began before is open");
        let after = latest_position(&mut conn).await.expect("a position");
        assert_eq!(standing(&mut conn, &after).await.expect("known"), Standing::Whole);
        // the control: with that row gone nobody who begins now could be told from one who lacks it
        sqlx::query("UPDATE catalog_changes_purged SET xid = (SELECT max(xid) FROM catalog_changes)")
            .execute(&mut *conn)
            .await
            .expect("noted");
        assert_eq!(standing(&mut conn, &after).await.expect("known"), Standing::Purged);
        open.rollback().await.expect("ended");
        while purge(&mut conn, 0, 0).await.expect("purged") == 0 {
            tokio::task::yield_now().await;
        }
        let after = latest_position(&mut conn).await.expect("a position");
        assert_eq!(standing(&mut conn, &after).await.expect("known"), Standing::Whole);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_place_in_another_feed_is_not_gone_on_from(pool: PgPool) {
        let mut conn = pool.acquire().await.expect("a connection");
        let here = latest_position(&mut conn).await.expect("a position");
        append(&mut conn, Kind::Series, &[id(1)]).await.expect("appended");
        let feed = &here.feed.as_ref().expect("named").0;
        let (cluster, rest) = feed.split_once('/').expect("a cluster");
        let (line, database) = rest.split_once('/').expect("a time line and a database");
        let failed_over = format!("{:08X}", u32::from_str_radix(line, 16).expect("a number") + 1);
        for other in
            [format!("1{cluster}/{rest}"), format!("{cluster}/{failed_over}/{database}"), format!("{cluster}/{line}/1{database}")]
        {
            let there = FeedPosition { feed: Some(FeedId(other)), ..here.clone() };
            assert_eq!(standing(&mut conn, &there).await.expect("known"), Standing::Elsewhere, "{there:?}");
            assert!(read_since(&mut conn, &there, 10).await.is_err(), "{there:?}");
        }
        // a copy of the data directory that is older than the index: the same names, and numbers that are still to be given
        let ahead = FeedPosition { seen: "9000000000000000:9000000000000000:".to_owned(), ..here.clone() };
        assert_eq!(standing(&mut conn, &ahead).await.expect("known"), Standing::Elsewhere);
        // the controls: the place itself, and one that an older program kept
        let unnamed = FeedPosition { feed: None, ..here.clone() };
        for good in [here, unnamed] {
            assert_eq!(standing(&mut conn, &good).await.expect("known"), Standing::Whole);
            assert_eq!(read_since(&mut conn, &good, 10).await.expect("read").changes.len(), 1);
        }
    }
}
