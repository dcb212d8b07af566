//! What partners use of their quotas: requests of a day, room for open holds.

use domain::{BuyerId, HoldId, KeyId};
use jiff::Timestamp;
use pg::column;
use sqlx::{PgConnection, PgPool};

use crate::error::Fault;

/// How long room without a hold is kept: longer than a hold takes to be made.
const UNSETTLED_SECONDS: f64 = 60.0;

/// Room for one hold.
#[derive(Debug, Clone, Copy)]
pub struct HoldRoom {
    pub key: KeyId,
    pub buyer: BuyerId,
    /// The hash of what was claimed: keys are as long as whoever made them liked.
    pub claim: [u8; 32],
}

/// How many requests a day has seen; days count from the epoch.
#[tracing::instrument(name = "db.partner_days.requests", level = "debug", skip_all)]
pub async fn requests(pool: &PgPool, key: KeyId, day: i64) -> Result<u64, Fault> {
    let statement = "-- partner_days.requests
        SELECT coalesce((SELECT requests FROM partner_days WHERE key_id = $1 AND day = date '1970-01-01' + $2::integer), 0) AS n";
    let row = sqlx::query(statement).bind(key.0).bind(day).fetch_one(pool).await?;
    Ok(column::total(&row, "n")?)
}

/// Adds requests to a day and gives the sum.
#[tracing::instrument(name = "db.partner_days.add", level = "debug", skip_all)]
pub async fn add_requests(pool: &PgPool, key: KeyId, day: i64, requests: u64) -> Result<u64, Fault> {
    let statement = "-- partner_days.add
        INSERT INTO partner_days AS d (key_id, day, requests) VALUES ($1, date '1970-01-01' + $2::integer, $3)
        ON CONFLICT (key_id, day) DO UPDATE SET requests = d.requests + excluded.requests RETURNING requests AS n";
    let row = sqlx::query(statement).bind(key.0).bind(day).bind(requests as i64).fetch_one(pool).await?;
    Ok(column::total(&row, "n")?)
}

/// Takes room, or gives how many open holds there are: as many as there may be.
#[tracing::instrument(name = "db.partner_holds.take", level = "debug", skip_all)]
pub async fn take(pool: &PgPool, room: HoldRoom, limit: u32) -> Result<Option<u64>, Fault> {
    let mut tx = pg::begin(pool).await?;
    sqlx::query("-- partner_holds.lock\nSELECT pg_advisory_xact_lock(hashtextextended($1, 8))")
        .bind(format!("partner_holds {}", room.key))
        .execute(&mut *tx)
        .await?;
    let statement = "-- partner_holds.take
        INSERT INTO partner_holds AS p (key_id, buyer_id, claim, until)
        SELECT $1, $2, $3, clock_timestamp() + make_interval(secs => $4)
        WHERE (SELECT count(*) FROM partner_holds o
               WHERE o.key_id = $1 AND o.until > clock_timestamp() AND (o.buyer_id, o.claim) <> ($2, $3)
                 AND (o.hold_id IS NULL OR EXISTS (SELECT FROM live_holds l WHERE l.id = o.hold_id))) < $5
           OR EXISTS (SELECT FROM partner_holds o WHERE o.key_id = $1 AND o.buyer_id = $2 AND o.claim = $3)
        ON CONFLICT (key_id, buyer_id, claim) DO UPDATE SET until = greatest(p.until, excluded.until)";
    let query = sqlx::query(statement).bind(room.key.0).bind(room.buyer.0).bind(room.claim.to_vec());
    let taken = query.bind(UNSETTLED_SECONDS).bind(i64::from(limit)).execute(&mut *tx).await?.rows_affected();
    let used = if taken == 0 { Some(count(&mut tx, room.key).await?) } else { None };
    tx.commit().await?;
    Ok(used)
}

/// How many holds of a partner's buyers are open, or being made.
pub async fn open(pool: &PgPool, key: KeyId) -> Result<u64, Fault> {
    let mut conn = pool.acquire().await?;
    count(&mut conn, key).await
}

#[tracing::instrument(name = "db.partner_holds.count", level = "debug", skip_all)]
async fn count(conn: &mut PgConnection, key: KeyId) -> Result<u64, Fault> {
    let statement = "-- partner_holds.count
        SELECT count(*) AS n FROM partner_holds o WHERE o.key_id = $1 AND o.until > clock_timestamp()
           AND (o.hold_id IS NULL OR EXISTS (SELECT FROM live_holds l WHERE l.id = o.hold_id))";
    let row = sqlx::query(statement).bind(key.0).fetch_one(conn).await?;
    Ok(column::total(&row, "n")?)
}

/// Names the hold that has the room, also if the room is gone by now, or gives the room back. Room whose hold was named before stays
/// with it.
#[tracing::instrument(name = "db.partner_holds.settle", level = "debug", skip_all)]
pub async fn settle(pool: &PgPool, room: HoldRoom, hold: Option<(HoldId, Timestamp)>) -> Result<(), Fault> {
    let query = match hold {
        Some((hold, until)) => sqlx::query(
            "-- partner_holds.settle
             INSERT INTO partner_holds (key_id, buyer_id, claim, hold_id, until) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (key_id, buyer_id, claim) DO UPDATE SET hold_id = excluded.hold_id, until = excluded.until",
        )
        .bind(room.key.0)
        .bind(room.buyer.0)
        .bind(room.claim.to_vec())
        .bind(hold.0)
        .bind(column::bind(until)),
        None => sqlx::query(
            "-- partner_holds.give_back
             DELETE FROM partner_holds WHERE key_id = $1 AND buyer_id = $2 AND claim = $3 AND hold_id IS NULL",
        )
        .bind(room.key.0)
        .bind(room.buyer.0)
        .bind(room.claim.to_vec()),
    };
    query.execute(pool).await?;
    Ok(())
}

/// Forgets room a day after it ended, and days before `day`.
#[tracing::instrument(name = "db.partner_holds.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, day: i64) -> Result<u64, Fault> {
    let statement = "-- partner_holds.purge
        DELETE FROM partner_holds WHERE until < clock_timestamp() - interval '1 day'";
    let rooms = sqlx::query(statement).execute(pool).await?.rows_affected();
    let statement = "-- partner_days.purge
        DELETE FROM partner_days WHERE day < date '1970-01-01' + $1::integer";
    Ok(rooms + sqlx::query(statement).bind(day).execute(pool).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{partner, people};
    use crate::model::quota::Quota;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_hold_has_its_room_whoever_gave_it_back_meanwhile(pool: PgPool) {
        let people = people(&pool);
        let now = people.clock.now();
        let key = partner(&people, Quota { open_holds: Some(1), ..Quota::default() }).await;
        let room = HoldRoom { key: key.id, buyer: BuyerId::at(now), claim: [7; 32] };
        assert_eq!(take(&pool, room, 1).await.expect("room"), None);
        settle(&pool, room, None).await.expect("given back");
        let hold = (HoldId::at(now), now + jiff::SignedDuration::from_secs(300));
        for _ in 0..2 {
            settle(&pool, room, Some(hold)).await.expect("named");
        }
        settle(&pool, room, None).await.expect("stays");
        let statement = "SELECT hold_id FROM partner_holds WHERE key_id = $1";
        let held: Vec<uuid::Uuid> = sqlx::query_scalar(statement).bind(key.id.0).fetch_all(&pool).await.expect("rows");
        assert_eq!(held, [hold.0.0]);
    }
}
