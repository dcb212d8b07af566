//! Rows of queues: settings, the seed, the owner's epoch, the numbers that are set aside, and the draw.

use domain::EventId;
use jiff::Timestamp;
use pg::column;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};

use crate::error::Fault;
use crate::rules::settings::{Mode, Order, Settings, Who};
use crate::rules::shuffle::Seed;

/// A queue as its row says.
#[derive(Debug, Clone)]
pub struct QueueRow {
    pub settings: Settings,
    pub seed: Seed,
    pub epoch: u32,
    /// The first number that is not set aside.
    pub reserved: u32,
    pub started_at: Option<Timestamp>,
    /// The database's time.
    pub now: Timestamp,
}

const COLUMNS: &str =
    "mode, slots, minutes, auto_above, buffer_seconds, rate_per_minute, grace_seconds, pre_queue_from, who_joins,
    ordered_by, seed, epoch, reserved, started_at, clock_timestamp() AS now";

/// The queue of an event.
#[tracing::instrument(name = "db.queues.find", level = "debug", skip_all)]
pub async fn find(db: &mut PgConnection, event: EventId) -> Result<Option<QueueRow>, Fault> {
    let statement = format!("-- queues.find\n SELECT {COLUMNS} FROM queues WHERE event_id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Makes a queue or gives it other settings; its seed stays.
#[tracing::instrument(name = "db.queues.put", level = "debug", skip_all)]
pub async fn put(db: &mut PgConnection, event: EventId, settings: &Settings, seed: &Seed) -> Result<(), Fault> {
    let statement = "-- queues.put
        INSERT INTO queues (event_id, mode, slots, minutes, auto_above, buffer_seconds, rate_per_minute, grace_seconds, pre_queue_from,
            who_joins, ordered_by, seed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (event_id) DO UPDATE SET mode = excluded.mode, slots = excluded.slots, minutes = excluded.minutes,
            auto_above = excluded.auto_above, buffer_seconds = excluded.buffer_seconds, rate_per_minute = excluded.rate_per_minute,
            grace_seconds = excluded.grace_seconds, pre_queue_from = excluded.pre_queue_from, who_joins = excluded.who_joins,
            ordered_by = excluded.ordered_by";
    bound(sqlx::query(statement), event, settings, seed).execute(db).await?;
    Ok(())
}

/// As [`put`], where there is no queue yet.
#[tracing::instrument(name = "db.queues.make", level = "debug", skip_all)]
pub async fn make(db: &mut PgConnection, event: EventId, settings: &Settings, seed: &Seed) -> Result<(), Fault> {
    let statement = "-- queues.make
        INSERT INTO queues (event_id, mode, slots, minutes, auto_above, buffer_seconds, rate_per_minute, grace_seconds, pre_queue_from,
            who_joins, ordered_by, seed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (event_id) DO NOTHING";
    bound(sqlx::query(statement), event, settings, seed).execute(db).await?;
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

fn bound<'q>(query: Query<'q>, event: EventId, settings: &Settings, seed: &Seed) -> Query<'q> {
    let integer = |value: Option<u32>| value.map(column::integer);
    query
        .bind(event.0)
        .bind(settings.mode.as_str())
        .bind(column::integer(settings.slots))
        .bind(column::integer(settings.minutes))
        .bind(integer(settings.auto_above))
        .bind(column::integer(settings.buffer_seconds))
        .bind(integer(settings.rate_per_minute))
        .bind(column::integer(settings.grace_seconds))
        .bind(settings.pre_queue_from.map(column::bind))
        .bind(settings.join.as_str())
        .bind(settings.order.as_str())
        .bind(seed.to_vec())
}

/// Makes the caller the queue's owner: the epoch rises, and its numbers begin behind all that were set aside before.
#[tracing::instrument(name = "db.queues.claim", level = "debug", skip_all)]
pub async fn claim(db: &mut PgConnection, event: EventId) -> Result<Option<QueueRow>, Fault> {
    let statement = format!(
        "-- queues.claim
        UPDATE queues SET epoch = epoch + 1 WHERE event_id = $1 RETURNING {COLUMNS}"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0);
    query.fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// Keeps others from becoming the owner until the transaction ends. Gives the database's time.
///
/// Who freezes inside it keeps nobody out for longer than two seconds: the database ends his transaction.
///
/// Takes     `epoch`: the owner's; none: whoever writes is believed (a test's control).
/// Refuses   [`Fault::Fenced`]: another one is the owner now.
#[tracing::instrument(name = "db.queues.fence", level = "debug", skip_all)]
pub async fn fence(db: &mut PgConnection, event: EventId, epoch: Option<u32>) -> Result<Timestamp, Fault> {
    let statement = "-- queues.fence
        SELECT clock_timestamp() AS now, set_config('idle_in_transaction_session_timeout', '2s', true)
        FROM queues WHERE event_id = $1 AND ($2::integer IS NULL OR epoch = $2) FOR SHARE";
    let row = sqlx::query(statement).bind(event.0).bind(epoch.map(column::integer)).fetch_optional(db).await?;
    Ok(column::instant(&row.ok_or(Fault::Fenced)?, "now")?)
}

/// Sets numbers aside up to this one, inside the fence; or gives back those that nobody was given.
#[tracing::instrument(name = "db.queues.reserve", level = "debug", skip_all)]
pub async fn reserve(db: &mut PgConnection, event: EventId, epoch: u32, reserved: u32) -> Result<(), Fault> {
    let statement = "-- queues.reserve
        UPDATE queues SET reserved = $3 WHERE event_id = $1 AND epoch = $2";
    let query = sqlx::query(statement).bind(event.0).bind(column::integer(epoch)).bind(column::integer(reserved));
    if query.execute(db).await?.rows_affected() == 1 { Ok(()) } else { Err(Fault::Fenced) }
}

/// Keeps the order in which those were drawn who came before the start.
#[tracing::instrument(name = "db.queues.start", level = "debug", skip_all)]
pub async fn start(db: &mut PgConnection, event: EventId, drawn: &[u32]) -> Result<(), Fault> {
    let statement = "-- queues.start
        UPDATE queues SET started_at = clock_timestamp(), drawn = $2 WHERE event_id = $1 AND started_at IS NULL";
    let packed: Vec<u8> = drawn.iter().flat_map(|number| number.to_be_bytes()).collect();
    let query = sqlx::query(statement).bind(event.0).bind(packed);
    if query.execute(db).await?.rows_affected() == 1 { Ok(()) } else { Err(Fault::Fenced) }
}

/// The numbers of those who came before the start, in the order of the draw; none before it.
#[tracing::instrument(name = "db.queues.drawn", level = "debug", skip_all)]
pub async fn drawn(db: &mut PgConnection, event: EventId) -> Result<Option<Vec<u32>>, Fault> {
    let statement = "-- queues.drawn
        SELECT drawn FROM queues WHERE event_id = $1";
    let packed: Option<Option<Vec<u8>>> = sqlx::query_scalar(statement).bind(event.0).fetch_optional(db).await?;
    let packed = packed.flatten();
    Ok(packed.map(|packed| packed.as_chunks::<4>().0.iter().map(|number| u32::from_be_bytes(*number)).collect()))
}

/// Queues whose event is gone, and whose sale was over before this; the latest first, since rows of earlier ones stay without their places.
#[tracing::instrument(name = "db.queues.over", level = "debug", skip_all)]
pub async fn over(pool: &PgPool, before: Timestamp) -> Result<Vec<EventId>, Fault> {
    let statement = "-- queues.over
        SELECT q.event_id FROM queues q LEFT JOIN queue_terms t ON t.event_id = q.event_id
        WHERE t.event_id IS NULL OR t.sale_closes_at < $1 ORDER BY t.sale_closes_at DESC LIMIT 1000";
    let events: Vec<uuid::Uuid> = sqlx::query_scalar(statement).bind(column::bind(before)).fetch_all(pool).await?;
    Ok(events.into_iter().map(EventId).collect())
}

/// Removes the queue of an event that is gone. Others keep their row and its epoch, so that a token of theirs never fits a later place.
#[tracing::instrument(name = "db.queues.remove", level = "debug", skip_all)]
pub async fn remove(pool: &PgPool, event: EventId) -> Result<(), Fault> {
    let statement = "-- queues.remove
        DELETE FROM queues q WHERE event_id = $1 AND NOT EXISTS (SELECT FROM queue_terms t WHERE t.event_id = q.event_id)";
    sqlx::query(statement).bind(event.0).execute(pool).await?;
    Ok(())
}

fn read(row: &PgRow) -> Result<QueueRow, Fault> {
    let seed: Vec<u8> = column::get(row, "seed")?;
    Ok(QueueRow {
        settings: Settings {
            mode: column::word(row, "mode", Mode::parse)?,
            slots: column::count(row, "slots")?,
            minutes: column::count(row, "minutes")?,
            auto_above: column::maybe_count(row, "auto_above")?,
            buffer_seconds: column::count(row, "buffer_seconds")?,
            rate_per_minute: column::maybe_count(row, "rate_per_minute")?,
            grace_seconds: column::count(row, "grace_seconds")?,
            pre_queue_from: column::maybe_instant(row, "pre_queue_from")?,
            join: column::word(row, "who_joins", Who::parse)?,
            order: column::word(row, "ordered_by", Order::parse)?,
        },
        seed: seed.try_into().map_err(|_| Fault::corrupt("seed", "not 32 bytes"))?,
        epoch: column::count(row, "epoch")?,
        reserved: column::count(row, "reserved")?,
        started_at: column::maybe_instant(row, "started_at")?,
        now: column::instant(row, "now")?,
    })
}
