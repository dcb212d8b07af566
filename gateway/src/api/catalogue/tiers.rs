//! Tiers: an event's price categories.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use catalog::model::NewTiers;
use catalog::write;
use domain::money::Currency;
use domain::{EventId, Money, Tier, TierId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::catalogue::events::body::{EventBody, TierBody};
use crate::api::catalogue::events::event_body;
use crate::api::catalogue::version::{IfMatch, Versioned};
use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Path};
use crate::web::money::MoneyBody;
use crate::web::policy::CachePolicy;

/// All of one currency; together they price every section and area of the event's seat map.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "tiers": [{ "id": "1", "name": "Stalls", "price": { "amount": 9500, "currency": "AUD" } }], "tier_of": { "stalls": "1" }
}))]
pub struct NewTiersBody {
    #[schema(min_items = 1, max_items = 35)]
    pub tiers: Vec<TierBody>,
    /// Section or area id → tier id, where the map's own tier does not hold.
    #[serde(default)]
    pub tier_of: BTreeMap<String, String>,
}

impl NewTiersBody {
    fn new_tiers(self) -> ApiResult<NewTiers> {
        let tiers = self.tiers.into_iter().enumerate().map(|(n, tier)| tier_of_body(n, tier)).collect::<ApiResult<_>>()?;
        let pair = |(part, id): (String, String)| Ok((part.clone(), tier_id(&format!("tier_of.{part}"), &id)?));
        Ok(NewTiers { tiers, tier_of: self.tier_of.into_iter().map(pair).collect::<ApiResult<_>>()? })
    }
}

fn tier_of_body(n: usize, body: TierBody) -> ApiResult<Tier> {
    let id = tier_id(&format!("tiers[{n}].id"), &body.id)?;
    let MoneyBody { amount, currency } = body.price;
    let currency = currency.parse().ok().filter(Currency::is_listed);
    let wrong = || ApiError::invalid(format!("tiers[{n}].price.currency"), "must be a currency code of ISO 4217");
    let currency = currency.ok_or_else(wrong)?;
    Ok(Tier { id, name: body.name, price: Money::new(amount, currency) })
}

fn tier_id(field: &str, text: &str) -> ApiResult<TierId> {
    let mut letters = text.chars();
    match (letters.next().map(TierId::try_from), letters.next()) {
        (Some(Ok(id)), None) => Ok(id),
        _ => Err(ApiError::invalid(field, "must be one character of 1-9 or a-z")),
    }
}

/// Puts an event's price categories; what is held or sold keeps the price it was held at.
#[utoipa::path(
    put, path = "/v1/events/{id}/tiers", operation_id = "put_tiers", tag = "catalogue",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("If-Match" = Option<String>, Header, description = "The event's ETag that was read."),
    ),
    request_body = NewTiersBody,
    responses((status = 200, body = EventBody), Refuses<(BadKey, BadBody, no::NotFound, no::VersionMismatch)>),
)]
pub async fn put_tiers(
    app: App,
    event: Path<EventId>,
    by: Acting<may::EventsWrite>,
    if_match: IfMatch,
    Json(tiers): Json<NewTiersBody>,
) -> ApiResult<Response> {
    let record = write::put_tiers(&app.pool, &by.actor, *event, tiers.new_tiers()?, if_match.expected()?).await?;
    app.purger.purge(&format!("event-{}", *event));
    if let Err(error) = app.booking.badge_moved(Some(*event)).await {
        tracing::debug!(event = %*event, %error, "the badges of tiers follow in a moment");
    }
    Ok((CachePolicy::Private, Versioned { version: record.version, body: event_body(&app, record) }).into_response())
}
