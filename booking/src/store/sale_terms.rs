//! The view through which selling sees the catalogue: the terms of an event's sale.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Currency, EventId, EventStatus, OrganiserId, OrphanRule, SeatMap, SeatMapId, Tier, TierId};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{col, col_at, col_at_opt, col_count, col_id, col_word, sql};
use crate::error::Fault;
use crate::rules::house::House;
use crate::rules::terms::Terms;
use crate::store::houses::Houses;

pub(super) const COLUMNS: &str =
    "event_id, version, edition, status, over_at, seat_map_id, tiers, tier_of, currency, sale_opens_at,
            sale_closes_at, buyer_limit, queue_required, orphan_rule, organiser_id";

/// Reads the terms; the map only where no event of it was opened before.
pub async fn find(db: &mut PgConnection, event: EventId, houses: &Houses) -> Result<Option<Terms>, Fault> {
    Ok(of(db, &[event], houses).await?.remove(&event))
}

/// Reads the terms of several events: those that there are.
///
/// Cost      one statement; a second one for the events whose map was not opened before.
#[tracing::instrument(name = "db.sale_terms.of", level = "debug", skip_all)]
pub async fn of(db: &mut PgConnection, events: &[EventId], houses: &Houses) -> Result<HashMap<EventId, Terms>, Fault> {
    let statement = format!("-- sale_terms.of\nSELECT {COLUMNS} FROM sale_terms WHERE event_id = ANY($1)");
    let ids: Vec<Uuid> = events.iter().map(|event| event.0).collect();
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(ids).fetch_all(&mut *db).await?;
    let (mut terms, mut unknown) = (HashMap::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let event: EventId = col_id(row, "event_id")?;
        match known(row, houses)? {
            Some(known) => drop(terms.insert(event, known)),
            None => unknown.push(event),
        }
    }
    for event in unknown {
        terms.extend(with_map(db, event, houses).await?.map(|terms| (event, terms)));
    }
    Ok(terms)
}

/// Whether there is such an event, and it is theirs who may change it.
#[tracing::instrument(name = "db.sale_terms.is_within", level = "debug", skip_all)]
pub async fn is_within(pool: &PgPool, event: EventId, bounds: Option<OrganiserId>) -> Result<bool, Fault> {
    let statement = "-- sale_terms.is_within
        SELECT EXISTS (SELECT FROM sale_terms WHERE event_id = $1 AND ($2::uuid IS NULL OR organiser_id = $2))";
    Ok(sqlx::query_scalar(statement).bind(event.0).bind(bounds.map(|own| own.0)).fetch_one(pool).await?)
}

/// A sale that is about to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    pub event: EventId,
    pub at: Timestamp,
}

/// Sales that open within a time from now on, the earliest first.
#[tracing::instrument(name = "db.sale_terms.opening", level = "debug", skip_all)]
pub async fn opening(pool: &PgPool, now: Option<Timestamp>, within: Duration, limit: u32) -> Result<Vec<Opening>, Fault> {
    let statement = "-- sale_terms.opening
        SELECT event_id, sale_opens_at FROM sale_terms
        WHERE sale_opens_at > (SELECT coalesce($1, clock_timestamp()))
            AND sale_opens_at <= (SELECT coalesce($1, clock_timestamp()) + make_interval(secs => $2)) AND status IN ('scheduled', 'postponed')
        ORDER BY sale_opens_at LIMIT $3";
    let query = sqlx::query(statement).bind(now.map(sql)).bind(within.as_secs_f64()).bind(i64::from(limit));
    let read = |row: &PgRow| Ok(Opening { event: col_id(row, "event_id")?, at: col_at(row, "sale_opens_at")? });
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Reads the terms and the map that they name by one statement: between two, the organiser could exchange it.
#[tracing::instrument(name = "db.sale_terms.with_map", level = "debug", skip_all)]
pub(super) async fn with_map(db: &mut PgConnection, event: EventId, houses: &Houses) -> Result<Option<Terms>, Fault> {
    let statement = format!("-- sale_terms.with_map\nSELECT {COLUMNS}, map FROM sale_terms WHERE event_id = $1");
    let Some(row) = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(event.0).fetch_optional(db).await? else { return Ok(None) };
    let house = match (map_id(&row)?, col::<Option<Json<SeatMap>>, _>(&row, "map")?) {
        (Some(id), Some(Json(map))) => {
            let house = Arc::new(House::new(&map));
            houses.insert(id, Arc::clone(&house));
            house
        }
        _ => Arc::new(House::default()),
    };
    read(&row, house).map(Some)
}

/// The terms, where the map that they name was read before.
pub(super) fn known(row: &PgRow, houses: &Houses) -> Result<Option<Terms>, Fault> {
    let house = match map_id(row)? {
        None => Some(Arc::new(House::default())),
        Some(id) => houses.get(&id),
    };
    house.map(|house| read(row, house)).transpose()
}

fn map_id(row: &PgRow) -> Result<Option<SeatMapId>, Fault> {
    Ok(col::<Option<Uuid>, _>(row, "seat_map_id")?.map(SeatMapId))
}

fn read(row: &PgRow, house: Arc<House>) -> Result<Terms, Fault> {
    let Json(tiers): Json<Vec<Tier>> = col(row, "tiers")?;
    let Json(tier_of): Json<HashMap<String, TierId>> = col(row, "tier_of")?;
    let tier = |id: &str, own: TierId| tier_of.get(id).copied().unwrap_or(own);
    let code = col::<Option<&str>, _>(row, "currency")?;
    let currency = tiers.first().map_or_else(|| code.unwrap_or("XXX").parse::<Currency>(), |tier| Ok(tier.price.currency));
    let buyer_limit = col::<Option<i32>, _>(row, "buyer_limit")?.map(i32::unsigned_abs);
    Ok(Terms {
        event: col_id(row, "event_id")?,
        organiser: col_id(row, "organiser_id")?,
        version: col(row, "version")?,
        edition: col_count(row, "edition")?,
        status: col_word(row, "status", EventStatus::parse)?,
        over_at: col_at(row, "over_at")?,
        map: map_id(row)?,
        section_tiers: house.sections.iter().map(|section| tier(&section.id, section.tier)).collect(),
        area_tiers: house.areas.iter().map(|area| tier(&area.id, area.tier)).collect(),
        house,
        tiers,
        currency: currency.map_err(|error| Fault::corrupt("currency", error))?,
        opens_at: col_at_opt(row, "sale_opens_at")?,
        closes_at: col_at(row, "sale_closes_at")?,
        buyer_limit,
        queue_required: col(row, "queue_required")?,
        orphan_rule: col_word(row, "orphan_rule", OrphanRule::parse)?,
    })
}

#[cfg(test)]
mod tests {
    use crate::store::fixture;
    use domain::SeatMap;
    use jiff::Timestamp;
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn what_only_has_a_day_is_sold_until_it_is_over_and_has_not_begun_before(pool: PgPool) {
        let opens: Timestamp = "2027-03-01T09:00:00Z".parse().expect("an instant");
        let event = fixture::event(&pool, &SeatMap::general("Field", 10), "[]", opens).await.expect("an event");
        let midnight = "starts_at = '2027-03-12T14:00:00Z', timezone = 'Australia/Brisbane'";
        let table = [
            ("sale_closes_at = NULL, start_precision = 'day'", "2027-03-13T14:00:00Z"),
            ("sale_closes_at = NULL, start_precision = 'minute'", "2027-03-12T14:00:00Z"),
            ("sale_closes_at = '2027-03-12T20:00:00Z', start_precision = 'day'", "2027-03-12T20:00:00Z"),
        ];
        for (change, closes) in table {
            fixture::change(&pool, event, &format!("{midnight}, {change}")).await.expect("changed");
            let over = if change.contains("'day'") { "2027-03-13T14:00:00Z" } else { "2027-03-12T14:00:00Z" };
            let statement = "SELECT t.sale_closes_at = $2::timestamptz AND q.sale_closes_at = t.sale_closes_at AND t.over_at = $3::timestamptz
                FROM sale_terms t JOIN queue_terms q ON q.event_id = t.event_id WHERE t.event_id = $1";
            let same: bool =
                sqlx::query_scalar(statement).bind(event.0).bind(closes).bind(over).fetch_one(&pool).await.expect("terms");
            assert!(same, "{change}: {closes}");
        }
    }
}
