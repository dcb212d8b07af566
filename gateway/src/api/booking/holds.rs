//! Holds: a buyer's temporary claim on places, all or none.

use axum::response::{IntoResponse, Response};
use booking::{Access, AreaPlaces, Best, Decided, HoldView, Idempotency, SeatView, Wanted};
use domain::{EventId, HoldId, TierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::booking::replay::Replayed;
use crate::api::refusals::{BadBody, BadIdempotency, BadToken, Refuses, no};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Idempotent, Json, Path};
use crate::web::money::MoneyBody;
use crate::web::origin::Origin;
use crate::web::partner;
use crate::web::policy::{CachePolicy, Created};
use crate::web::shown::ShownPass;

/// Exactly one of `seats`, `best` or `area` with `quantity`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "seats": ["stalls-C-11", "stalls-C-12"] }))]
pub struct NewHold {
    /// Seat ids: 1 to 10, none twice.
    #[schema(min_items = 1, max_items = 10)]
    pub seats: Option<Vec<String>>,
    /// Lets the server choose.
    pub best: Option<BestBody>,
    /// A general-admission area's id.
    pub area: Option<String>,
    /// With `area`: how many places.
    #[schema(minimum = 1, maximum = 10)]
    pub quantity: Option<u32>,
}

/// Side by side in one row if possible, nearest the seat map's focal point.
///
/// The steps, the first that finds seats decides: one row, leaving no seat single; one row; neighbouring rows of one section, nobody alone
/// where that can be avoided; several sections; the same with wheelchair spaces and companions' seats, which are otherwise kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BestBody {
    #[schema(minimum = 1, maximum = 10)]
    pub quantity: u32,
    /// Only seats of this tier.
    #[schema(pattern = "^[1-9a-z]$")]
    pub tier: Option<String>,
    /// Only seats of this section.
    pub section: Option<String>,
    /// One of them is a wheelchair space, and its companion's seat is beside it if anyone comes along.
    pub accessible: Option<bool>,
    /// How many of them are wheelchair spaces; `accessible` is short for 1.
    #[schema(minimum = 0, maximum = 10)]
    pub accessible_seats: Option<u32>,
    /// `required`: 409 `seats_unavailable` instead of seats that are not side by side. `preferred` (default): the hold's `together` says
    /// what it came to; `GET /v1/events/{id}/best` says it before.
    #[serde(default)]
    #[schema(value_type = String, example = "preferred")]
    pub together: TogetherWish,
}

/// Whether seats apart will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TogetherWish {
    #[default]
    Preferred,
    Required,
}

impl NewHold {
    fn wanted(self) -> ApiResult<Wanted> {
        match self {
            Self { seats: Some(seats), best: None, area: None, quantity: None } => Ok(Wanted::Seats(seats)),
            Self { seats: None, best: Some(best), area: None, quantity: None } => best.wanted("best.").map(Wanted::Best),
            Self { seats: None, best: None, area: Some(area), quantity: Some(quantity) } => Ok(Wanted::Area { area, quantity }),
            Self { seats: None, best: None, area: Some(_), quantity: None } => {
                Err(ApiError::invalid("quantity", "is needed with area"))
            }
            Self { area: None, quantity: Some(_), .. } => Err(ApiError::invalid("quantity", "goes with area only")),
            Self { seats: None, best: None, area: None, .. } => {
                Err(ApiError::invalid("seats", "one of seats, best or area is needed"))
            }
            Self { best: Some(_), .. } => Err(ApiError::invalid("best", "goes without seats and area")),
            _ => Err(ApiError::invalid("area", "goes without seats")),
        }
    }
}

impl BestBody {
    /// Takes     `at`: what stands before its fields' names where one is wrong.
    pub fn wanted(self, at: &str) -> ApiResult<Best> {
        let tier = self.tier.as_deref().map(|tier| tier_id(tier, at)).transpose()?;
        let spaces = match (self.accessible, self.accessible_seats) {
            (Some(false), Some(1..)) => {
                return Err(ApiError::invalid(format!("{at}accessible"), "contradicts accessible_seats"));
            }
            (Some(true), Some(0)) => return Err(ApiError::invalid(format!("{at}accessible_seats"), "contradicts accessible")),
            (_, Some(seats)) => seats,
            (accessible, None) => u32::from(accessible.unwrap_or(false)),
        };
        let together = self.together == TogetherWish::Required;
        Ok(Best { quantity: self.quantity, tier, section: self.section, spaces, together })
    }
}

fn tier_id(text: &str, at: &str) -> ApiResult<TierId> {
    let mut letters = text.chars();
    match (letters.next().map(TierId::try_from), letters.next()) {
        (Some(Ok(tier)), None) => Ok(tier),
        _ => Err(ApiError::invalid(format!("{at}tier"), "must be one character of 1-9 or a-z")),
    }
}

/// What the buyer sees of a hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldBody {
    pub id: Uuid,
    pub event_id: Uuid,
    /// held, paying, ordered, released or lapsed.
    #[schema(example = "held")]
    pub state: &'static str,
    /// The server waits five seconds longer than this.
    pub until: Timestamp,
    pub seconds_left: u64,
    pub seats: Vec<HeldSeatBody>,
    /// `row`: side by side in one row. `rows`: in one section, but not all side by side. `sections`: in several sections. Absent without
    /// seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "row")]
    pub together: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<HeldAreaBody>,
    pub total: MoneyBody,
    /// Once the hold is an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Uuid>,
    pub links: HoldLinks,
}

/// Where to go from a hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub checkout: String,
    pub event: String,
}

/// One seat with the tier and price it was held at.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldSeatBody {
    #[schema(example = "stalls-C-12")]
    pub id: String,
    #[schema(example = "stalls")]
    pub section: String,
    #[schema(example = "C")]
    pub row: String,
    #[schema(example = "12")]
    pub number: String,
    #[schema(example = "1")]
    pub tier: String,
    pub price: MoneyBody,
    /// A wheelchair space; absent on other seats.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accessible: bool,
    /// Of a wheelchair space: the id of the seat that is its companion's, in this hold or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion: Option<String>,
    /// Of a companion's seat: the id of its wheelchair space, in this hold or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion_of: Option<String>,
}

/// Places of a general-admission area; `price` is for one.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldAreaBody {
    pub id: String,
    pub label: String,
    pub quantity: u32,
    pub tier: String,
    pub price: MoneyBody,
}

impl From<HoldView> for HoldBody {
    fn from(hold: HoldView) -> Self {
        let (mut of_hold, mut of_event) = (Uuid::encode_buffer(), Uuid::encode_buffer());
        let id: &str = hold.id.0.hyphenated().encode_lower(&mut of_hold);
        let event_id: &str = hold.event_id.0.hyphenated().encode_lower(&mut of_event);
        let links = HoldLinks {
            this: ["/v1/holds/", id].concat(),
            checkout: ["/v1/holds/", id, "/checkout"].concat(),
            event: ["/v1/events/", event_id].concat(),
        };
        Self {
            id: hold.id.0,
            event_id: hold.event_id.0,
            state: hold.state.as_str(),
            until: hold.until,
            seconds_left: hold.seconds_left,
            seats: hold.seats.into_iter().map(HeldSeatBody::from).collect(),
            together: hold.together.map(booking::Together::as_str),
            area: hold.area.map(HeldAreaBody::from),
            total: hold.total.into(),
            order_id: hold.order_id.map(|id| id.0),
            links,
        }
    }
}

impl From<SeatView> for HeldSeatBody {
    fn from(seat: SeatView) -> Self {
        let SeatView { id, section, row, number, access, tier, price } = seat;
        let Access { accessible, companion, companion_of } = access;
        Self { id, section, row, number, tier: tier.to_string(), price: price.into(), accessible, companion, companion_of }
    }
}

impl From<AreaPlaces> for HeldAreaBody {
    fn from(area: AreaPlaces) -> Self {
        let AreaPlaces { id, label, quantity, tier, price } = area;
        Self { id, label, quantity, tier: tier.to_string(), price: price.into() }
    }
}

/// Holds places of one event for one buyer, all or none.
#[utoipa::path(
    post, path = "/v1/events/{id}/holds", operation_id = "create_hold", tag = "booking",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters; kept 24 hours."),
        ("Boxoffice-Pass" = Option<String>, Header, description = "The pass that the event's queue gave, where it has one."),
    ),
    request_body = NewHold,
    responses(
        (status = 201, body = HoldBody, headers(("Location" = String, description = "The hold.")),
            links(("get_hold" = (operation_id = "get_hold", parameters(("id" = "$response.body#/id")))), ("release_hold" = (operation_id = "release_hold", parameters(("id" = "$response.body#/id")))), ("checkout_hold" = (operation_id = "checkout_hold", parameters(("id" = "$response.body#/id")))))),
        Refuses<(BadToken, BadBody, BadIdempotency, no::NotFound, no::TooManySeats, no::QueueFirst, HoldRefusals, no::QuotaSpent, no::TooManyHolds, no::Busy)>,
    ),
)]
pub async fn create_hold(
    app: App,
    event: Path<EventId>,
    buyer: Buyer,
    (origin, shown): (Origin, ShownPass),
    wanted: Idempotent<NewHold>,
) -> ApiResult<Response> {
    let Idempotent { key, fingerprint, body } = wanted;
    let key = Idempotency { key, fingerprint };
    let Decided { value, replayed } = partner::hold(&app, (buyer, origin, shown), *event, (body.wanted()?, None), key).await?;
    let body = HoldBody::from(value);
    let location = body.links.this.clone();
    Ok((CachePolicy::Private, Replayed(replayed), Created(body).at(location)).into_response())
}

/// The rules that can say no to a hold, in the order in which they are asked.
type HoldRefusals = (
    no::SaleNotOpen,
    no::SaleClosed,
    no::PassUsed,
    no::BuyerLimit,
    no::SoldOut,
    no::SeatsUnavailable,
    no::SeatsHeld,
    no::CompanionSeat,
    no::OrphanSeat,
);

/// Shows the buyer's own hold.
#[utoipa::path(
    get, path = "/v1/holds/{id}", operation_id = "get_hold", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The hold.")),
    responses((status = 200, body = HoldBody), Refuses<(BadToken, no::NotFound)>),
)]
pub async fn get_hold(app: App, hold: Path<HoldId>, buyer: Buyer) -> ApiResult<Response> {
    let hold = app.booking.get_hold(*hold, buyer.ids).await?;
    Ok((CachePolicy::Private, Json(HoldBody::from(hold))).into_response())
}

/// Gives the places back at once.
#[utoipa::path(
    delete, path = "/v1/holds/{id}", operation_id = "release_hold", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The hold.")),
    responses(
        (status = 200, body = HoldBody, description = "The hold, released (or lapsed before)."),
        Refuses<(BadToken, no::NotFound, no::HoldOrdered, no::Busy)>,
    ),
)]
pub async fn release_hold(app: App, hold: Path<HoldId>, buyer: Buyer) -> ApiResult<Response> {
    let hold = app.booking.release(*hold, buyer.ids).await?;
    Ok((CachePolicy::Private, Json(HoldBody::from(hold))).into_response())
}
