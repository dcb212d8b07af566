//! Suggestions while somebody types.

use axum::response::{IntoResponse, Response};
use catalog::search::Prompt;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{Refuses, no};
use crate::api::search::hits::{EventHitBody, PerformerHitBody, SeriesHitBody, VenueHitBody};
use crate::web::answer_cache::Keepable;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params};
use crate::web::finder::Finder;
use crate::web::policy::CachePolicy;

/// What was typed so far.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used; catalog::search parses")]
pub struct SuggestParams {
    /// At most 500 characters; the last word may be unfinished; from the fourth letter a word may be misspelt. Empty: nothing is suggested.
    #[param(example = "night o")]
    q: Option<String>,
    /// The most of each group, 1 to 100; default 5.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// `yes`: events that are over too.
    past: Option<String>,
}

/// The best of each kind: the whole name first, then names that hold all words, popular ones first. Hits are those of a search.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuggestBody {
    /// To come, one of each title.
    pub events: Vec<EventHitBody>,
    pub series: Vec<SeriesHitBody>,
    pub performers: Vec<PerformerHitBody>,
    pub venues: Vec<VenueHitBody>,
    pub cities: Vec<CityHitBody>,
    /// Questions that go on from this one and find something.
    #[schema(example = json!(["night owls"]))]
    pub queries: Vec<String>,
    /// The published state of the index that answered.
    pub generation: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CityHitBody {
    #[schema(example = "city")]
    pub kind: String,
    pub id: Uuid,
    pub external_id: Option<String>,
    pub slug: String,
    #[schema(example = "Brisbane")]
    pub name: String,
    #[schema(example = "AU")]
    pub country: String,
    pub country_name: String,
}

/// Suggests events, series, performers, venues, cities and questions from the first character on.
#[utoipa::path(
    get, path = "/v1/suggest", operation_id = "suggest", tag = "search",
    params(SuggestParams),
    responses((status = 200, body = SuggestBody), Refuses<(no::Invalid, no::NotReady)>),
)]
pub async fn suggest(finder: Finder, params: Params) -> ApiResult<Response> {
    let prompt = Prompt::parse(&params.0).map_err(|invalid| ApiError::invalid(invalid.field, invalid.detail))?;
    let kept = Keepable::now(&finder);
    let found = finder.suggest(&prompt).await?;
    Ok((CachePolicy::Search.tagged(["search"]), kept, Json(found)).into_response())
}
