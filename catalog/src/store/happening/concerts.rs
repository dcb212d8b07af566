//! Concerts: what the TicketOverflow interface wrote of its events, to the letter. The events themselves are rows as all others.

use domain::{EventId, OrganiserId, VenueId};
use jiff::civil::Date;
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use crate::model::{Concert, ConcertStatus};
use crate::store::column;

/// Of the view, in which a concert whose event was cancelled is cancelled, whatever the interface wrote last.
const COLUMNS: &str = "event_id, name, venue, to_char(date, 'YYYY-MM-DD') AS date, capacity, status FROM concert_records";

/// Lets one transaction at a time write concerts, until it ends: two that name a new venue make it once.
pub async fn one_at_a_time(conn: &mut PgConnection) -> sqlx::Result<()> {
    let statement = "-- concerts.one_at_a_time
        SELECT pg_advisory_xact_lock(hashtextextended('boxoffice concerts', 0))";
    sqlx::query(statement).execute(conn).await?;
    Ok(())
}

pub async fn insert(conn: &mut PgConnection, concert: &Concert) -> sqlx::Result<()> {
    let statement = "-- concerts.insert
        INSERT INTO concerts (event_id, name, venue, date, capacity, status) VALUES ($1, $2, $3, $4::text::date, $5, $6)";
    let query = sqlx::query(statement).bind(concert.id.0).bind(&concert.name).bind(&concert.venue);
    let query = query.bind(concert.date.to_string()).bind(column::integer(concert.capacity)).bind(concert.status.as_str());
    query.execute(conn).await?;
    Ok(())
}

/// Writes all of a concert that may change. Its capacity may not.
pub async fn update(conn: &mut PgConnection, concert: &Concert) -> sqlx::Result<()> {
    let statement = "-- concerts.update
        UPDATE concerts SET name = $2, venue = $3, date = $4::text::date, status = $5 WHERE event_id = $1";
    let query = sqlx::query(statement).bind(concert.id.0).bind(&concert.name).bind(&concert.venue);
    query.bind(concert.date.to_string()).bind(concert.status.as_str()).execute(conn).await?;
    Ok(())
}

pub async fn get(conn: &mut PgConnection, id: EventId) -> sqlx::Result<Option<Concert>> {
    let mut query = sqlx::QueryBuilder::new("-- concerts.get\nSELECT ");
    query.push(COLUMNS).push(" WHERE event_id = ").push_bind(id.0);
    query.build().fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// The next concerts in the order of their ids, that is of their making.
pub async fn page(conn: &mut PgConnection, after: Option<EventId>, limit: u32) -> sqlx::Result<Vec<Concert>> {
    let mut query = sqlx::QueryBuilder::new("-- concerts.page\nSELECT ");
    query.push(COLUMNS).push(" WHERE event_id > ").push_bind(after.map_or(Uuid::nil(), |id| id.0));
    query.push(" ORDER BY event_id LIMIT ").push_bind(i64::from(limit));
    query.build().fetch_all(conn).await?.iter().map(read).collect()
}

/// How the external ids of the interface's venues begin.
pub const VENUES: &str = "ticketoverflow:";

/// The venue that concerts of that name of a venue share: its external id follows from the name.
pub fn venue_key(name: &str) -> String {
    format!("{VENUES}{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

/// The interface's own venue of such an external id.
pub async fn venue(conn: &mut PgConnection, owner: OrganiserId, key: &str) -> sqlx::Result<Option<VenueId>> {
    let known = crate::store::venues::by_external_ids(conn, owner, &[key.to_owned()]).await?;
    Ok(known.own("", key).map(|found| found.id))
}

fn read(row: &PgRow) -> sqlx::Result<Concert> {
    let date: String = row.try_get("date")?;
    let status: String = row.try_get("status")?;
    Ok(Concert {
        id: EventId(row.try_get("event_id")?),
        name: row.try_get("name")?,
        venue: row.try_get("venue")?,
        date: date.parse::<Date>().map_err(|wrong| column::decode("date", wrong))?,
        capacity: column::natural(row, "capacity")?,
        status: ConcertStatus::parse(&status).ok_or_else(|| column::decode("status", format!("no concert is {status:?}")))?,
    })
}
