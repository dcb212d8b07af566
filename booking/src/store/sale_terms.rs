//! The view through which selling sees the catalogue: the terms of an event's sale.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Currency, EventId, EventStatus, SeatMap, SeatMapId, Tier, TierId};
use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{col, col_at, col_at_opt, col_count, col_id, col_word};
use crate::error::Fault;
use crate::rules::house::House;
use crate::rules::terms::Terms;
use crate::store::houses::Houses;

/// Reads the terms; the map only where no event of it was opened before.
#[tracing::instrument(name = "db.sale_terms.find", level = "debug", skip_all)]
pub async fn find(db: &mut PgConnection, event: EventId, houses: &Houses) -> Result<Option<Terms>, Fault> {
    let statement = "-- sale_terms.find
        SELECT event_id, version, edition, status, starts_at, seat_map_id, tiers, tier_of, currency, sale_opens_at, sale_closes_at,
            buyer_limit, queue_required FROM sale_terms WHERE event_id = $1";
    let Some(row) = sqlx::query(statement).bind(event.0).fetch_optional(&mut *db).await? else { return Ok(None) };
    let map = col::<Option<Uuid>, _>(&row, "seat_map_id")?.map(SeatMapId);
    let house = match map {
        None => Arc::new(House::default()),
        Some(id) => match houses.get(&id) {
            Some(house) => house,
            None => {
                let house = Arc::new(House::new(&map_of(db, event).await?));
                houses.insert(id, Arc::clone(&house));
                house
            }
        },
    };
    read(&row, map, house).map(Some)
}

async fn map_of(db: &mut PgConnection, event: EventId) -> Result<SeatMap, Fault> {
    let statement = "-- sale_terms.map
        SELECT map FROM sale_terms WHERE event_id = $1";
    let Json(map): Json<SeatMap> = sqlx::query_scalar(statement).bind(event.0).fetch_one(db).await?;
    Ok(map)
}

fn read(row: &PgRow, map: Option<SeatMapId>, house: Arc<House>) -> Result<Terms, Fault> {
    let Json(tiers): Json<Vec<Tier>> = col(row, "tiers")?;
    let Json(tier_of): Json<HashMap<String, TierId>> = col(row, "tier_of")?;
    let tier = |id: &str, own: TierId| tier_of.get(id).copied().unwrap_or(own);
    let code = col::<Option<&str>, _>(row, "currency")?;
    let currency = tiers.first().map_or_else(|| code.unwrap_or("XXX").parse::<Currency>(), |tier| Ok(tier.price.currency));
    let buyer_limit = col::<Option<i32>, _>(row, "buyer_limit")?.map(i32::unsigned_abs);
    Ok(Terms {
        event: col_id(row, "event_id")?,
        version: col(row, "version")?,
        edition: col_count(row, "edition")?,
        status: col_word(row, "status", EventStatus::parse)?,
        starts_at: col_at(row, "starts_at")?,
        map,
        section_tiers: house.sections.iter().map(|section| tier(&section.id, section.tier)).collect(),
        area_tiers: house.areas.iter().map(|area| tier(&area.id, area.tier)).collect(),
        house,
        tiers,
        currency: currency.map_err(|error| Fault::corrupt("currency", error))?,
        opens_at: col_at_opt(row, "sale_opens_at")?,
        closes_at: col_at(row, "sale_closes_at")?,
        buyer_limit,
        queue_required: col(row, "queue_required")?,
    })
}
