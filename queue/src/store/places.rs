//! Rows of places. Every statement that changes one says again from which state.

use domain::{BuyerId, EventId, PassId};
use jiff::Timestamp;
use pg::column;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::Fault;
use crate::rules::crew::Inside;
use crate::rules::standing::Standing;

/// A place that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPlace {
    pub buyer: BuyerId,
    pub number: u32,
    pub epoch: u32,
    pub joined_at: Timestamp,
}

/// Somebody who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    pub number: u32,
    pub inside: Inside,
}

/// The places in which these buyers wait or are inside.
#[tracing::instrument(name = "db.queue_places.known", level = "debug", skip_all)]
pub async fn known(db: &mut PgConnection, event: EventId, buyers: &[Uuid]) -> Result<Vec<KnownPlace>, Fault> {
    let statement = "-- queue_places.known
        SELECT buyer_id, number, epoch, joined_at FROM queue_places
        WHERE event_id = $1 AND buyer_id = ANY ($2) AND state IN ('w', 'a')";
    let rows = sqlx::query(statement).bind(event.0).bind(buyers).fetch_all(db).await?;
    let read = |row| {
        Ok(KnownPlace {
            buyer: column::id(row, "buyer_id")?,
            number: column::count(row, "number")?,
            epoch: column::count(row, "epoch")?,
            joined_at: column::instant(row, "joined_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Gives places, all or none.
#[tracing::instrument(name = "db.queue_places.insert", level = "debug", skip_all)]
pub async fn insert(
    db: &mut PgConnection,
    event: EventId,
    epoch: u32,
    at: Timestamp,
    places: &[(u32, BuyerId)],
) -> Result<(), Fault> {
    let statement = "-- queue_places.insert
        INSERT INTO queue_places (event_id, number, buyer_id, epoch, joined_at)
        SELECT $1, number, buyer, $2, $3 FROM unnest($4::integer[], $5::uuid[]) AS n (number, buyer)";
    let (numbers, buyers): (Vec<i32>, Vec<Uuid>) =
        places.iter().map(|(number, buyer)| (column::integer(*number), buyer.0)).unzip();
    let query = sqlx::query(statement).bind(event.0).bind(column::integer(epoch)).bind(column::bind(at));
    query.bind(numbers).bind(buyers).execute(db).await?;
    Ok(())
}

/// Gives a place back whose row is lost, where nobody has the number and its holder has no other place. Gives whether it did.
#[tracing::instrument(name = "db.queue_places.restore_one", level = "debug", skip_all)]
pub async fn restore_one(db: &mut PgConnection, event: EventId, lost: &KnownPlace) -> Result<bool, Fault> {
    let statement = "-- queue_places.restore_one
        INSERT INTO queue_places (event_id, number, buyer_id, epoch, joined_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let query = sqlx::query(statement).bind(event.0).bind(column::integer(lost.number)).bind(lost.buyer.0);
    let done = query.bind(column::integer(lost.epoch)).bind(column::bind(lost.joined_at)).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Lets people in. Gives who is inside of them: who was let in before, by an attempt of which nothing was heard, with the pass that he has.
#[tracing::instrument(name = "db.queue_places.admit", level = "debug", skip_all)]
pub async fn admit(db: &mut PgConnection, event: EventId, admissions: &[Admission]) -> Result<Vec<Admission>, Fault> {
    // each part sees the rows as they were before
    let statement = "-- queue_places.admit
        WITH let_in AS (
            UPDATE queue_places p SET state = 'a', pass_id = n.pass, pass_until = to_timestamp(n.until)
            FROM unnest($2::integer[], $3::uuid[], $4::double precision[]) AS n (number, pass, until)
            WHERE p.event_id = $1 AND p.number = n.number AND p.state = 'w' RETURNING p.number, p.pass_id, p.pass_until
        ), before AS (SELECT number, pass_id, pass_until FROM queue_places WHERE event_id = $1 AND number = ANY ($2) AND state = 'a')
        SELECT number, pass_id, extract(epoch FROM pass_until)::bigint AS until
        FROM (SELECT * FROM let_in UNION ALL SELECT * FROM before) AS inside";
    let numbers: Vec<i32> = admissions.iter().map(|one| column::integer(one.number)).collect();
    let passes: Vec<Uuid> = admissions.iter().map(|one| one.inside.pass.0).collect();
    let until: Vec<f64> = admissions.iter().map(|one| one.inside.until as f64).collect();
    let query = sqlx::query(statement).bind(event.0).bind(numbers).bind(passes).bind(until);
    query.fetch_all(db).await?.iter().map(|row| inside_of(row).map(|(number, inside)| Admission { number, inside })).collect()
}

/// Ends places of people who wait or are inside: `Left`, or else over.
#[tracing::instrument(name = "db.queue_places.end", level = "debug", skip_all)]
pub async fn end(db: &mut PgConnection, event: EventId, ended: &[(u32, Standing)]) -> Result<(), Fault> {
    let statement = "-- queue_places.end
        UPDATE queue_places p SET state = CASE WHEN n.leaves THEN 'l' ELSE 'o' END::\"char\"
        FROM unnest($2::integer[], $3::boolean[]) AS n (number, leaves)
        WHERE p.event_id = $1 AND p.number = n.number AND p.state IN ('w', 'a')";
    let (numbers, leave): (Vec<i32>, Vec<bool>) =
        ended.iter().map(|(number, standing)| (column::integer(*number), *standing == Standing::Left)).unzip();
    sqlx::query(statement).bind(event.0).bind(numbers).bind(leave).execute(db).await?;
    Ok(())
}

/// Everybody's standing by number, as the rows say: who was admitted is over, unless he is in [`inside`].
///
/// Cost      a million: about half a second. One array a state comes instead of a row a place, which would be most of the cost.
#[tracing::instrument(name = "db.queue_places.standings", level = "debug", skip_all)]
pub async fn standings(db: &mut PgConnection, event: EventId) -> Result<Vec<Standing>, Fault> {
    let statement = "-- queue_places.standings
        SELECT state::text AS state, array_agg(number) AS numbers FROM queue_places WHERE event_id = $1 GROUP BY state";
    let mut standings = Vec::new();
    for row in sqlx::query(statement).bind(event.0).fetch_all(db).await? {
        let standing = column::word(&row, "state", |word| match word {
            "w" => Some(Standing::Waiting),
            "a" | "o" => Some(Standing::Over),
            "l" => Some(Standing::Left),
            _ => None,
        })?;
        let numbers: Vec<i32> = column::get(&row, "numbers")?;
        let end = numbers.iter().max().map_or(0, |last| last.cast_unsigned() as usize + 1);
        standings.resize(end.max(standings.len()), Standing::Nobody);
        numbers.into_iter().for_each(|number| standings[number.cast_unsigned() as usize] = standing);
    }
    Ok(standings)
}

/// Who is inside at this time: those whose pass runs still and has bought nothing.
#[tracing::instrument(name = "db.queue_places.inside", level = "debug", skip_all)]
pub async fn inside(db: &mut PgConnection, event: EventId, now: Timestamp) -> Result<Vec<(u32, Inside)>, Fault> {
    let statement = "-- queue_places.inside
        SELECT number, pass_id, extract(epoch FROM pass_until)::bigint AS until FROM queue_places p
        WHERE event_id = $1 AND state = 'a' AND pass_until > $2
          AND NOT EXISTS (SELECT 1 FROM passes_ordered o WHERE o.event_id = p.event_id AND o.pass_id = p.pass_id)";
    let rows = sqlx::query(statement).bind(event.0).bind(column::bind(now)).fetch_all(db).await?;
    rows.iter().map(inside_of).collect()
}

fn inside_of(row: &PgRow) -> Result<(u32, Inside), Fault> {
    let (number, pass) = (column::count(row, "number")?, PassId(column::get(row, "pass_id")?));
    Ok((number, Inside { pass, until: column::get(row, "until")? }))
}

/// Who waits, in order of number.
#[tracing::instrument(name = "db.queue_places.waiting", level = "debug", skip_all)]
pub async fn waiting(db: &mut PgConnection, event: EventId) -> Result<Vec<(u32, BuyerId)>, Fault> {
    let statement = "-- queue_places.waiting
        SELECT number, buyer_id FROM queue_places WHERE event_id = $1 AND state = 'w' ORDER BY number";
    let rows: Vec<(i32, Uuid)> = sqlx::query_as(statement).bind(event.0).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(number, buyer)| (number.cast_unsigned(), BuyerId(buyer))).collect())
}

/// Whose these numbers are.
#[tracing::instrument(name = "db.queue_places.holders", level = "debug", skip_all)]
pub async fn holders(db: &mut PgConnection, event: EventId, numbers: &[u32]) -> Result<Vec<(u32, BuyerId)>, Fault> {
    let statement = "-- queue_places.holders
        SELECT number, buyer_id FROM queue_places WHERE event_id = $1 AND number = ANY ($2)";
    let numbers: Vec<i32> = numbers.iter().map(|number| column::integer(*number)).collect();
    let rows: Vec<(i32, Uuid)> = sqlx::query_as(statement).bind(event.0).bind(numbers).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(number, buyer)| (number.cast_unsigned(), BuyerId(buyer))).collect())
}

/// Removes a bite of an event's places. Gives how many.
#[tracing::instrument(name = "db.queue_places.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, event: EventId, bite: u32) -> Result<u64, Fault> {
    let statement = "-- queue_places.purge
        DELETE FROM queue_places WHERE ctid = ANY (ARRAY(SELECT ctid FROM queue_places WHERE event_id = $1 LIMIT $2))";
    Ok(sqlx::query(statement).bind(event.0).bind(i64::from(bite)).execute(pool).await?.rows_affected())
}
