//! Rows for tests: an event on sale, and what booking and a crash may write, past everybody's own verbs.

use domain::{EventId, PassId, VenueId};
use jiff::Timestamp;
use pg::column;
use sqlx::PgPool;

/// Makes an event that is on sale from `opens_at` for a day.
pub async fn event(pool: &PgPool, opens_at: Timestamp) -> EventId {
    let (event, venue) = (EventId::at(opens_at), VenueId::at(opens_at));
    let statement = "INSERT INTO venues (id, slug, name) VALUES ($1, 'hall-' || $1, 'Hall')";
    sqlx::query(statement).bind(venue.0).execute(pool).await.expect("a venue");
    let statement = "INSERT INTO events (id, slug, title, venue_id, starts_at, sale_opens_at, sale_closes_at)
        VALUES ($1, 'e-' || $1, 'Event', $2, $3::timestamptz + interval '1 day', $3, $3::timestamptz + interval '1 day')";
    let query = sqlx::query(statement).bind(event.0).bind(venue.0).bind(column::bind(opens_at));
    query.execute(pool).await.expect("an event");
    event
}

/// Changes the event as an organiser would.
pub async fn change(pool: &PgPool, event: EventId, assignment: &str) {
    let statement = format!("UPDATE events SET {assignment}, version = version + 1 WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).execute(pool).await.expect("changed");
}

/// Says, as booking does, that somebody has bought with a pass.
pub async fn order(pool: &PgPool, event: EventId, pass: PassId, at: Timestamp) {
    let statement =
        "INSERT INTO pass_uses (event_id, pass_id, hold_id, state, at) VALUES ($1, $2, gen_random_uuid(), 'ordered', $3)";
    let query = sqlx::query(statement).bind(event.0).bind(pass.0).bind(column::bind(at));
    query.execute(pool).await.expect("a use");
}

/// Loses the row of a place, as a database may that was restored.
pub async fn lose(pool: &PgPool, event: EventId, number: u32) {
    let statement = "DELETE FROM queue_places WHERE event_id = $1 AND number = $2";
    sqlx::query(statement).bind(event.0).bind(column::integer(number)).execute(pool).await.expect("lost");
}

/// Lets somebody in, as an attempt of which nothing was heard.
pub async fn admit(pool: &PgPool, event: EventId, number: u32, pass: PassId, until: Timestamp) {
    let statement = "UPDATE queue_places SET state = 'a', pass_id = $3, pass_until = $4 WHERE event_id = $1 AND number = $2";
    let query = sqlx::query(statement).bind(event.0).bind(column::integer(number)).bind(pass.0).bind(column::bind(until));
    query.execute(pool).await.expect("let in");
}
