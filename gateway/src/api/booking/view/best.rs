//! The best seats there are, told before they are held.

use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use booking::BestView;
use domain::EventId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::booking::holds::{BestBody, HeldSeatBody, TogetherWish};
use crate::api::refusals::{Refuses, no};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params, Path};
use crate::web::money::MoneyBody;
use crate::web::policy::CachePolicy;

/// The seats that a hold of the best would have now. Nothing is held.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferBody {
    pub event_id: Uuid,
    /// The version of the seats that were looked at.
    pub version: u64,
    pub as_of: Timestamp,
    pub seats: Vec<HeldSeatBody>,
    /// `row`: side by side in one row. `rows`: in one section, but not all side by side. `sections`: in several sections.
    #[schema(example = "row")]
    pub together: &'static str,
    pub total: MoneyBody,
    pub links: OfferLinks,
}

/// Where to go from an offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferLinks {
    pub holds: String,
    pub event: String,
}

impl From<BestView> for OfferBody {
    fn from(view: BestView) -> Self {
        let event = format!("/v1/events/{}", view.event_id);
        Self {
            event_id: view.event_id.0,
            version: view.version,
            as_of: view.as_of,
            seats: view.seats.into_iter().map(HeldSeatBody::from).collect(),
            together: view.together.as_str(),
            total: view.total.into(),
            links: OfferLinks { holds: format!("{event}/holds"), event },
        }
    }
}

/// Tells which seats `best` of a hold would give now, and whether they are together. Nothing is held: others may be quicker.
#[utoipa::path(
    get, path = "/v1/events/{id}/best", operation_id = "get_best_seats", tag = "booking",
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("quantity" = Option<u32>, Query, description = "1 to 10 seats, default 1."),
        ("tier" = Option<String>, Query, description = "Only seats of this tier."),
        ("section" = Option<String>, Query, description = "Only seats of this section."),
        ("accessible" = Option<bool>, Query, description = "`true`: one of them is a wheelchair space, its companion's seat beside it."),
        ("accessible_seats" = Option<u32>, Query, description = "How many of them are wheelchair spaces."),
        ("together" = Option<String>, Query, description = "`required` refuses what is not side by side in one row; default `preferred`."),
    ),
    responses(
        (status = 200, body = OfferBody,
            links(("create_hold" = (operation_id = "create_hold", parameters(("id" = "$response.body#/event_id")))))),
        Refuses<(no::NotFound, no::Invalid, no::TooManySeats, no::SaleNotOpen, no::SaleClosed, no::SoldOut, no::SeatsUnavailable, no::SeatsHeld, no::Busy)>,
    ),
)]
pub async fn get_best_seats(app: App, event: Path<EventId>, params: Params) -> ApiResult<Response> {
    let best = asked(&params)?.wanted("")?;
    let view = app.booking.best(*event, &best).await.map_err(|error| as_parameter(ApiError::from(error).at_event(*event)))?;
    let policy = CachePolicy::Live.tagged([format!("event-{}", *event), format!("seats-{}", *event)]);
    let tag = format!("\"{}.{}.best\"", view.version, view.terms_version);
    let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| unreachable!("digits and letters make a header value"));
    Ok((policy, [(ETAG, tag)], Json(OfferBody::from(view))).into_response())
}

fn asked(params: &Params) -> ApiResult<BestBody> {
    params.only(&["quantity", "tier", "section", "accessible", "accessible_seats", "together"])?;
    let count = |name: &'static str| -> ApiResult<Option<u32>> {
        let parse = |text: &str| text.parse().map_err(|_| ApiError::invalid(name, "must be a whole number"));
        params.one(name)?.map(parse).transpose()
    };
    Ok(BestBody {
        quantity: count("quantity")?.unwrap_or(1),
        tier: params.one("tier")?.map(str::to_owned),
        section: params.one("section")?.map(str::to_owned),
        accessible: match params.one("accessible")? {
            None => None,
            Some("true" | "yes") => Some(true),
            Some("false" | "no") => Some(false),
            Some(_) => return Err(ApiError::invalid("accessible", "must be true or false")),
        },
        accessible_seats: count("accessible_seats")?,
        together: match params.one("together")? {
            None | Some("preferred") => TogetherWish::Preferred,
            Some("required") => TogetherWish::Required,
            Some(_) => return Err(ApiError::invalid("together", "must be required or preferred")),
        },
    })
}

/// Here the fields of `best` are parameters of their own.
fn as_parameter(error: ApiError) -> ApiError {
    let problem = error.problem("");
    match problem.errors.first().and_then(|wrong| Some((wrong.field.strip_prefix("best.")?.to_owned(), wrong.detail.clone()))) {
        Some((field, detail)) => ApiError::invalid(field, detail),
        None => error,
    }
}
