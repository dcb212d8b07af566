//! The waitlist: buyers who wait, first come first served, for places that others hold or give back.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use booking::{Decided, EntryState, EntryView, Idempotency, WaitingView};
use domain::{EntryId, EventId, TierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::booking::holds::HoldBody;
use crate::api::booking::replay::Replayed;
use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadBody, BadKey, BadList, BadToken, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, MaybeIdempotent, Params, Path, PathPair};
use crate::web::origin::Origin;
use crate::web::partner;
use crate::web::policy::{CachePolicy, Created};
use crate::web::shown::{ShownPass, lead_to_queue};

/// For how many places, and of which tiers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "quantity": 2, "tiers": ["1"] }))]
pub struct NewEntry {
    #[schema(minimum = 1, maximum = 10)]
    pub quantity: u32,
    /// Places of any of these tiers will do; without it, of all.
    #[serde(default)]
    #[schema(example = json!(["1"]))]
    pub tiers: Vec<String>,
}

impl NewEntry {
    fn tiers(&self) -> ApiResult<Vec<TierId>> {
        let tier = |(at, text): (usize, &String)| {
            let mut letters = text.chars();
            match (letters.next().map(TierId::try_from), letters.next()) {
                (Some(Ok(tier)), None) => Ok(tier),
                _ => Err(ApiError::invalid(format!("tiers[{at}]"), "must be one character of 1-9 or a-z")),
            }
        };
        self.tiers.iter().enumerate().map(tier).collect()
    }
}

/// A place in a waitlist.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    pub id: Uuid,
    pub event_id: Uuid,
    /// `waiting`; `offered`: `hold` is the buyer's until `until`; `taken` once its order is paid; `expired`: not taken in time, or an hour
    /// is over in which places were only held; `impossible`: it can no longer be met; `left`.
    #[schema(example = "waiting")]
    pub state: &'static str,
    pub quantity: u32,
    /// Empty: of any tier.
    pub tiers: Vec<String>,
    /// 1 for who is next among the parties of this size; null once it waits no more.
    pub position: Option<u32>,
    pub joined_at: Timestamp,
    /// While it waits: until when at most, or absent where it waits for what is given back. While it is offered: until when the offer
    /// stands; the server waits five seconds longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What was offered: a hold like any other, to be paid under its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldBody>,
    pub links: EntryLinks,
}

/// Where to go from an entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub stream: String,
    pub event: String,
}

impl From<EntryView> for EntryBody {
    fn from(entry: EntryView) -> Self {
        let this = format!("/v1/events/{}/waitlist/{}", entry.event_id, entry.id);
        let offered = entry.hold.as_ref().filter(|_| entry.state == EntryState::Offered).map(|hold| hold.until);
        Self {
            id: entry.id.0,
            event_id: entry.event_id.0,
            state: entry.state.as_str(),
            quantity: entry.quantity,
            tiers: entry.tiers.iter().map(ToString::to_string).collect(),
            position: entry.position,
            joined_at: entry.joined_at,
            until: offered.or(entry.waits_until),
            hold: entry.hold.map(HoldBody::from),
            links: EntryLinks { stream: format!("{this}/stream"), event: format!("/v1/events/{}", entry.event_id), this },
        }
    }
}

/// Joins the waitlist of an event of which nothing fitting is free. Asked again: the same entry, whatever is asked for.
#[utoipa::path(
    post, path = "/v1/events/{id}/waitlist", operation_id = "join_waitlist", tag = "booking",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("Boxoffice-Pass" = Option<String>, Header, description = "The pass that the event's queue gave, where it has one."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; kept 24 hours. Not needed: a buyer has one entry an event."),
    ),
    request_body = NewEntry,
    responses(
        (status = 201, body = EntryBody, headers(("Location" = String, description = "The entry."))),
        Refuses<(BadToken, BadBody, no::KeyInvalid, no::KeyReused, no::InProgress, no::NotFound, no::SaleNotOpen, no::QueueFirst, (no::PassUsed, no::BuyerLimit), no::NotWaiting, no::Busy)>,
    ),
)]
pub async fn join_waitlist(
    app: App,
    event: Path<EventId>,
    buyer: Buyer,
    (origin, shown): (Origin, ShownPass),
    wanted: MaybeIdempotent<NewEntry>,
) -> ApiResult<Response> {
    let MaybeIdempotent { key, fingerprint, body } = wanted;
    let asker = partner::asker(&buyer, (origin, shown))?;
    let key = key.map(|key| Idempotency { key, fingerprint });
    let joined = app.booking.join_waitlist(*event, asker, body.quantity, body.tiers()?, key).await;
    let Decided { value, replayed } = joined.map_err(|error| lead_to_queue(error.into(), *event))?;
    let body = EntryBody::from(value);
    let location = body.links.this.clone();
    Ok((CachePolicy::Private, Replayed(replayed), Created(body).at(location)).into_response())
}

/// The longest wait, in seconds.
const LONGEST: u64 = 30;
/// What is left of a request's time for the answer.
const ANSWERING: Duration = Duration::from_secs(3);

/// Shows the buyer's own entry, on request as soon as it changes.
#[utoipa::path(
    get, path = "/v1/events/{id}/waitlist/{entry}", operation_id = "get_waitlist_entry", tag = "booking",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("entry" = Uuid, Path, description = "The entry."),
        ("wait_seconds" = Option<u64>, Query, minimum = 0, maximum = 30, description = "While it waits: how long at most until the answer, which comes at once when its state or place changes; a few seconds less than a request may take."),
    ),
    responses((status = 200, body = EntryBody), Refuses<(BadToken, no::NotFound, no::Busy)>),
)]
pub async fn get_entry(
    app: App,
    PathPair(event, entry): PathPair<EventId, EntryId>,
    buyer: Buyer,
    params: Params,
) -> ApiResult<Response> {
    params.only(&["wait_seconds"])?;
    let wait = match params.one("wait_seconds")?.map(str::parse) {
        None => 0,
        Some(Ok(seconds @ 0..=LONGEST)) => seconds,
        Some(_) => return Err(ApiError::invalid("wait_seconds", format!("must be a whole number, 0 to {LONGEST}"))),
    };
    let most = app.config.request_timeout.saturating_sub(ANSWERING);
    let wait = Duration::from_secs(wait).min(most);
    let mut watch = app.booking.watch_entry(event, entry, buyer.ids);
    let now = watch.next(Instant::now()).await?.ok_or_else(ApiError::not_found)?;
    if wait.is_zero() || now.state != EntryState::Waiting {
        return Ok((CachePolicy::Private, Json(EntryBody::from(now))).into_response());
    }
    // who waits has a place among the streams
    let _room = app.waiting.enter()?;
    let shown = watch.next(Instant::now() + wait).await?.unwrap_or(now);
    Ok((CachePolicy::Private, Json(EntryBody::from(shown))).into_response())
}

/// Leaves the waitlist; what was offered is given back at once.
#[utoipa::path(
    delete, path = "/v1/events/{id}/waitlist/{entry}", operation_id = "leave_waitlist", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event."), ("entry" = Uuid, Path, description = "The entry.")),
    responses(
        (status = 200, body = EntryBody, description = "The entry, left (or ended before)."),
        Refuses<(BadToken, no::NotFound, no::Busy)>,
    ),
)]
pub async fn leave_waitlist(app: App, PathPair(event, entry): PathPair<EventId, EntryId>, buyer: Buyer) -> ApiResult<Response> {
    let entry = app.booking.leave_waitlist(event, entry, buyer.ids).await?;
    Ok((CachePolicy::Private, Json(EntryBody::from(entry))).into_response())
}

/// Whether buyers may wait.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "open": false }))]
pub struct OpenBody {
    pub open: bool,
}

/// Entries of one state, and places in them.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingCount {
    #[schema(example = "waiting")]
    pub state: &'static str,
    pub entries: u64,
    pub places: u64,
}

/// One entry, without who it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingBody {
    pub id: Uuid,
    /// The order of arrival at this event.
    pub number: u64,
    pub state: &'static str,
    pub quantity: u32,
    pub tiers: Vec<String>,
    pub joined_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A waitlist as its organiser sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitlistBody {
    pub open: bool,
    pub counts: Vec<WaitingCount>,
    #[serde(flatten)]
    pub page: Listing<WaitingBody>,
}

impl From<WaitingView> for WaitingBody {
    fn from(entry: WaitingView) -> Self {
        Self {
            id: entry.id.0,
            number: entry.number,
            state: entry.state.as_str(),
            quantity: entry.quantity,
            tiers: entry.tiers.iter().map(ToString::to_string).collect(),
            joined_at: entry.joined_at,
            ended_at: entry.ended_at,
        }
    }
}

/// Shows an event's waitlist to its organiser: how many wait, and who came when. Ended entries are kept a week.
#[utoipa::path(
    get, path = "/v1/events/{id}/waitlist", operation_id = "get_waitlist", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event."), PageParams),
    responses((status = 200, body = WaitlistBody), Refuses<(BadKey, BadList, no::NotFound)>),
)]
pub async fn get_waitlist(app: App, event: Path<EventId>, by: Acting<may::SaleWrite>, params: Params) -> ApiResult<Response> {
    let path = format!("/v1/events/{}/waitlist", *event);
    let page: PageAsked<u64> = PageAsked::read(&app, &path, "", params, &[])?;
    let seen = app.booking.waitlist(&by.actor, *event, page.after.unwrap_or(0), page.limit.into()).await?;
    let count = |(state, entries, places): (EntryState, u64, u64)| WaitingCount { state: state.as_str(), entries, places };
    let (headers, listing) = page.answer(&app, seen.entries.into_iter().map(WaitingBody::from).collect(), seen.next);
    let body = WaitlistBody { open: seen.open, counts: seen.counts.into_iter().map(count).collect(), page: listing };
    Ok((CachePolicy::Private, headers, Json(body)).into_response())
}

/// Opens an event's waitlist, or closes it: then nobody joins, who waits is told that it cannot be met, and offers stand.
#[utoipa::path(
    put, path = "/v1/events/{id}/waitlist", operation_id = "open_waitlist", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event.")),
    request_body = OpenBody,
    responses((status = 200, body = WaitlistBody), Refuses<(BadKey, BadBody, no::NotFound, no::Busy)>),
)]
pub async fn open_waitlist(
    app: App,
    event: Path<EventId>,
    by: Acting<may::SaleWrite>,
    Json(wanted): Json<OpenBody>,
) -> ApiResult<Response> {
    app.booking.open_waitlist(&by.actor, *event, wanted.open).await?;
    get_waitlist(app, event, by, Params::default()).await
}
