//! Search: one question, one page of hits, from the index alone.

use axum::Extension;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use catalog::search::{Explained, Query};

use crate::api::listing::{PageParams, link_next};
use crate::api::refusals::{BadList, Refuses, no};
use crate::api::search::hits::SearchBody;
use crate::web::acting::Explaining;
use crate::web::answer_cache::Keepable;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::Params;
use crate::web::finder::Finder;
use crate::web::policy::CachePolicy;

/// What is looked for; a comma list means any of it, at most 100 values.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used; catalog::search parses")]
pub struct SearchParams {
    /// Free text over titles, performers, works, venues, cities; the last word matches as a prefix; empty browses. Kinds of events
    /// (`opera`, `jazz`), times (`tonight`, `this weekend`, `friday`, `march`), cities and `near me` are understood, each by the venue's
    /// own clock, and said in `understood`; what has those words in its name is found all the same.
    #[param(example = "night owls")]
    q: Option<String>,
    /// Any of event, series, performer, venue; default event. What has no date is none of those that `availability`, `month`, `when`,
    /// `on_sale` or a price name; `from`, `to` and `past` are asked of events alone.
    kind: Option<String>,
    /// Names or ids of cities.
    city: Option<String>,
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    category: Option<String>,
    /// In any case.
    genre: Option<String>,
    /// Tags of BCP 47, such as `en` or `pt-BR`.
    language: Option<String>,
    /// Names of price categories: what has one of them, sold out or not.
    #[param(example = "Stalls")]
    tier: Option<String>,
    venue_id: Option<String>,
    performer_id: Option<String>,
    series_id: Option<String>,
    external_id: Option<String>,
    /// Any of available, few, held, sold_out, not_on_sale, cancelled.
    availability: Option<String>,
    /// `lat,lon`, with radius_km: `distance_km` in each hit.
    #[param(example = "-27.47,153.02")]
    near: Option<String>,
    /// Default 50, at most 500.
    #[param(minimum = 0, maximum = 500)]
    radius_km: Option<f64>,
    /// `west,south,east,north`; west above east crosses the antimeridian.
    bbox: Option<String>,
    /// An RFC 3339 time or a venue-local date; default now, unless `past=yes`.
    from: Option<String>,
    /// An RFC 3339 time or a venue-local date.
    to: Option<String>,
    /// `yes`: what is over too.
    past: Option<String>,
    /// Months such as `2027-03`, on the venue's own calendar; what the facet `month` lists.
    #[param(example = "2027-03")]
    month: Option<String>,
    /// today, tonight (today from 17:00, until 04:00), tomorrow, weekend (Saturday and Sunday: the one that is on, else the next),
    /// next_weekend, week (until Sunday), next_week, monday to sunday (today or the next one), next_monday to next_sunday (never today),
    /// each by the venue's own clock.
    when: Option<String>,
    /// `yes`: the sale is open now, sold out or not; `no`: it is not. For what can still be had: `availability=available,few`.
    on_sale: Option<String>,
    /// Minor units.
    price_min: Option<i64>,
    /// Minor units.
    price_max: Option<i64>,
    currency: Option<String>,
    /// relevance (default with q), date (default without), -date, name, -name, distance, price (the currency asked for, else the
    /// commonest, first; the others by their codes), popularity; two by comma: `name,date` and `date,name`.
    sort: Option<String>,
    /// Any of category, city, country, venue, performer, month, availability, price; each counted without its own filter (`month`
    /// without `month`, `price` without price_min, price_max and currency). `month` and `price` come with a histogram.
    facets: Option<String>,
    /// `series`: one hit a series, with its matching dates, the next one and the cities; total and facets count series.
    group: Option<String>,
    /// `yes`: `did_you_mean` with the number of its hits; when nothing holds the words as they were typed, it is answered and said in
    /// `corrected`. `no`, the default: words are still read with their likely slips, and nothing is said of it.
    spellcheck: Option<String>,
    /// `yes`: how the question was answered and why, in `explain`; with an organiser's key.
    explain: Option<String>,
}

/// Finds events, series, performers and venues.
#[utoipa::path(
    get, path = "/v1/search", operation_id = "search", tag = "search",
    params(SearchParams, PageParams),
    responses((status = 200, body = SearchBody), Refuses<(BadList, no::NotReady)>),
)]
pub async fn search(app: App, finder: Finder, explaining: Explaining, mut params: Params) -> ApiResult<Response> {
    // it is no part of the question
    params.0.retain(|(name, _)| name != Explaining::PARAMETER);
    let query = Query::parse(&params.0).map_err(|invalid| ApiError::invalid(invalid.field, invalid.detail))?;
    let found = finder.search_cached(&query).await?;
    if explaining.0 {
        return explained(found.body.as_ref(), &finder.explain(&query)?);
    }
    let link = found.next_cursor.as_deref().map(|cursor| link_next(&app, "/v1/search", &params, cursor)).unwrap_or_default();
    let etag = HeaderValue::try_from(&*found.etag).map_err(ApiError::fault)?;
    let headers = [(ETAG, etag), (CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let kept = Extension(Keepable(found.state));
    Ok((CachePolicy::Search.tagged(["search"]), kept, link, headers, Bytes::from_owner(found.body)).into_response())
}

/// An answer with what it does not say to others.
fn explained(body: &[u8], explained: &Explained) -> ApiResult<Response> {
    let mut body = body.strip_suffix(b"}").unwrap_or(body).to_vec();
    body.extend_from_slice(b",\"explain\":");
    serde_json::to_writer(&mut body, explained).map_err(ApiError::fault)?;
    body.push(b'}');
    Ok((CachePolicy::Never, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response())
}
