//! Catalogue rows for tests and races: an event on sale, written past the catalogue's own verbs.

use domain::{EventId, SeatMap, SeatMapId, VenueId};
use jiff::Timestamp;
use sqlx::{PgConnection, PgPool};

use super::sql;
use crate::error::Fault;

/// Makes a venue with this map and an event there, on sale from `opens_at` for a day. Whoever chooses may leave single seats: a test of
/// that rule changes it.
pub async fn event(pool: &PgPool, map: &SeatMap, tiers: &str, opens_at: Timestamp) -> Result<EventId, Fault> {
    let (event, venue, seat_map) = (EventId::at(opens_at), VenueId::at(opens_at), SeatMapId::at(opens_at));
    sqlx::query("INSERT INTO venues (id, slug, name) VALUES ($1, 'hall', 'Hall')").bind(venue.0).execute(pool).await?;
    let statement =
        "INSERT INTO seat_maps (id, venue_id, name, version, sha256, capacity, map) VALUES ($1, $2, 'Hall', 1, '', $3, $4)";
    let query = sqlx::query(statement).bind(seat_map.0).bind(venue.0).bind(map.capacity() as i32);
    query.bind(sqlx::types::Json(map)).execute(pool).await?;
    let statement = "INSERT INTO events (id, slug, title, venue_id, starts_at, seat_map_id, tiers, sale_opens_at, sale_closes_at, orphan_rule)
        VALUES ($1, 'e', 'Event', $2, $3::timestamptz + interval '1 day', $4, $5::jsonb, $3, $3::timestamptz + interval '1 day', 'allow')";
    let query = sqlx::query(statement).bind(event.0).bind(venue.0).bind(sql(opens_at)).bind(seat_map.0).bind(tiers);
    query.execute(pool).await?;
    Ok(event)
}

/// Another event like it, on the same map.
pub async fn event_beside(pool: &PgPool, event: EventId) -> Result<EventId, Fault> {
    let other = EventId::at(Timestamp::UNIX_EPOCH);
    let statement = "INSERT INTO events SELECT (jsonb_populate_record(e, jsonb_build_object('id', $2, 'slug', 'e-' || $2::text))).* FROM events e WHERE e.id = $1";
    sqlx::query(statement).bind(event.0).bind(other.0).execute(pool).await?;
    Ok(other)
}

/// Changes the event as an organiser would.
pub async fn change(pool: &PgPool, event: EventId, assignment: &str) -> Result<(), Fault> {
    let statement = format!("UPDATE events SET {assignment}, version = version + 1 WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).execute(pool).await?;
    Ok(())
}

/// Changes the event within a transaction.
pub async fn change_in(db: &mut PgConnection, event: EventId, assignment: &str) -> Result<(), Fault> {
    let statement = format!("UPDATE events SET {assignment}, version = version + 1 WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).execute(db).await?;
    Ok(())
}

/// The assignment that gives an event another one's seat map.
pub fn map_of(other: EventId) -> String {
    format!("seat_map_id = (SELECT seat_map_id FROM events WHERE id = '{other}')")
}

/// Waits until some backend of this database waits for a lock.
pub async fn waits_for_a_lock(pool: &PgPool) {
    let statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(statement).fetch_one(pool).await.is_ok_and(|waiting| waiting == 0) {
        tokio::task::yield_now().await;
    }
}

/// Waits until whoever is inside a fence was asked nothing for more than a second.
pub async fn asked_nothing_for_a_second(pool: &PgPool) {
    let statement = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()
        WHERE l.locktype = 'advisory' AND a.state <> 'active' AND a.state_change < clock_timestamp() - interval '1.1 s'";
    while sqlx::query_scalar::<_, i64>(statement).fetch_one(pool).await.is_ok_and(|inside| inside == 0) {
        tokio::task::yield_now().await;
    }
}

/// Connections to a database whose clock is ten days behind; `options` look into `public` first.
pub async fn behind(options: sqlx::postgres::PgConnectOptions) -> Result<PgPool, Fault> {
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(4).connect_with(options).await?;
    let statement = "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
        AS $$ SELECT pg_catalog.clock_timestamp() - interval '10 days' $$";
    sqlx::raw_sql(statement).execute(&pool).await?;
    Ok(pool)
}

/// Cancels the event as soon as a pile has passed its fence: after the desk was told that it is not cancelled.
pub async fn cancelled_behind_the_fence(pool: &PgPool) -> Result<(), Fault> {
    let statement = "ALTER FUNCTION pass_desk RENAME TO pass_desk_before;
        CREATE FUNCTION pass_desk(event uuid, at timestamptz, owners uuid[], keys text[])
            RETURNS TABLE (desk_version bigint, terms_version bigint, decided_at timestamptz, cancelled boolean, known json, lease_epoch bigint)
            LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            RETURN QUERY SELECT * FROM pass_desk_before(event, at, owners, keys);
            UPDATE events SET status = 'cancelled', version = version + 1 WHERE id = event AND status <> 'cancelled';
        END $$";
    sqlx::raw_sql(statement).execute(pool).await?;
    Ok(())
}

/// Runs a statement past all verbs: to spoil rows, or to look at them.
pub async fn spoil(pool: &PgPool, statement: &str) -> Result<u64, Fault> {
    Ok(sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(pool).await?.rows_affected())
}

/// What the audit log says was done, oldest first.
pub async fn audited(pool: &PgPool) -> Result<Vec<String>, Fault> {
    Ok(sqlx::query_scalar("SELECT action FROM audit ORDER BY id").fetch_all(pool).await?)
}

/// Makes desks look as if they had changed so many seconds from now.
pub async fn desks_changed(pool: &PgPool, seconds: i64) -> Result<(), Fault> {
    let statement = "UPDATE desks SET changed_at = clock_timestamp() + make_interval(secs => $1),
        changed_slot = floor((extract(epoch FROM clock_timestamp()) + $1) / 10)";
    sqlx::query(statement).bind(seconds as f64).execute(pool).await?;
    Ok(())
}

/// Counts rows.
pub async fn count(pool: &PgPool, what: &str) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"))).fetch_one(pool).await?)
}

/// How many other connections to this database are inside a transaction.
pub async fn inside(db: &mut PgConnection) -> Result<i64, Fault> {
    let statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND state LIKE 'idle in transaction%'";
    Ok(sqlx::query_scalar(statement).fetch_one(db).await?)
}
