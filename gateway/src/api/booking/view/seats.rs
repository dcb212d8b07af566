//! The seats of an event at one version: compact rows, or one by one.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use booking::{Access, AreaAvailability, Counts, RowStates, SeatListItem, SeatsView, SectionStates};
use domain::EventId;
use futures::{Stream, stream};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::catalogue::events::body::TierBody;
use crate::api::refusals::{Refuses, no};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params, Path, json_bytes};
use crate::web::money::MoneyBody;
use crate::web::policy::CachePolicy;

/// All seats of an event; everything belongs to one `version`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatsBody {
    pub event_id: Uuid,
    /// Grows with every change of a seat.
    pub version: u64,
    pub as_of: Timestamp,
    pub tiers: Vec<TierBody>,
    pub sections: Vec<SectionBody>,
    pub areas: Vec<AreaBody>,
    pub counts: CountsBody,
    /// With `format=list`: every seat by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<SeatListBody>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SectionBody {
    #[schema(example = "stalls")]
    pub id: String,
    #[schema(example = "Stalls")]
    pub label: String,
    pub rows: Vec<RowBody>,
}

/// A row of seats: one letter a seat, in walking order.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowBody {
    #[schema(example = "A")]
    pub label: String,
    /// `A`vailable, `H`eld, `S`old, `B`locked.
    #[schema(example = "AAHSB", pattern = "^[AHSB]*$")]
    pub states: String,
    /// The tier id of each seat.
    #[schema(example = "11222")]
    pub tiers: String,
    /// The first seat's number, where all numbers count up by one from it.
    pub first: Option<u32>,
    /// All numbers, only where `first` cannot say them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Vec<String>>,
    /// Positions in `states` of wheelchair spaces, from 0; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accessible: Vec<u32>,
    /// Positions in `states` of seats that are a wheelchair user's companion's, from 0; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<u32>,
}

/// A general-admission area.
#[derive(Debug, Serialize, ToSchema)]
pub struct AreaBody {
    #[schema(example = "floor")]
    pub id: String,
    pub label: String,
    pub capacity: u32,
    pub available: u32,
    /// Places that others hold just now.
    pub held: u32,
    #[schema(example = "1")]
    pub tier: String,
}

/// Seats and area places by state.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct CountsBody {
    pub available: u32,
    pub held: u32,
    pub sold: u32,
    pub blocked: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SeatListBody {
    #[schema(example = "stalls-C-12")]
    pub id: String,
    /// The section's id.
    pub section: String,
    pub row: String,
    pub number: String,
    pub tier: String,
    pub price: Option<MoneyBody>,
    /// available, held, sold or blocked.
    #[schema(example = "available")]
    pub state: &'static str,
    /// A wheelchair space; absent on other seats.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accessible: bool,
    /// Of a wheelchair space: the id of the seat that is its companion's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion: Option<String>,
    /// Of a companion's seat: the id of its wheelchair space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion_of: Option<String>,
}

impl From<&SeatsView> for SeatsBody {
    fn from(view: &SeatsView) -> Self {
        Self {
            event_id: view.event_id.0,
            version: view.version,
            as_of: view.as_of,
            tiers: view.tiers.iter().cloned().map(TierBody::from).collect(),
            sections: view.sections.iter().map(SectionBody::from).collect(),
            areas: view.areas.iter().map(AreaBody::from).collect(),
            counts: view.counts.into(),
            // written piece by piece where it is asked for
            seats: None,
        }
    }
}

impl From<&SectionStates> for SectionBody {
    fn from(section: &SectionStates) -> Self {
        let rows = section.rows.iter().map(RowBody::from).collect();
        Self { id: section.id.clone(), label: section.label.clone(), rows }
    }
}

impl From<&RowStates> for RowBody {
    fn from(row: &RowStates) -> Self {
        let RowStates { label, states, tiers, first, numbers, access, .. } = row.clone();
        let (accessible, companions): (Vec<_>, Vec<_>) = access.into_iter().partition(|(_, access)| access.accessible);
        let [accessible, companions] = [accessible, companions].map(|seats| seats.into_iter().map(|(n, _)| n).collect());
        Self { label, states, tiers, first, numbers, accessible, companions }
    }
}

impl From<&AreaAvailability> for AreaBody {
    fn from(area: &AreaAvailability) -> Self {
        let AreaAvailability { id, label, tier, capacity, available, held } = area.clone();
        Self { id, label, capacity, available, held, tier: tier.to_string() }
    }
}

impl From<Counts> for CountsBody {
    fn from(counts: Counts) -> Self {
        let Counts { available, held, sold, blocked } = counts;
        Self { available, held, sold, blocked }
    }
}

impl From<SeatListItem> for SeatListBody {
    fn from(seat: SeatListItem) -> Self {
        let SeatListItem { id, section, row, number, tier, price, state, access } = seat;
        let Access { accessible, companion, companion_of } = access;
        let (tier, price, state) = (tier.to_string(), price.map(Into::into), state.as_str());
        Self { id, section, row, number, tier, price, state, accessible, companion, companion_of }
    }
}

/// Shows every seat of an event and its state.
#[utoipa::path(
    get, path = "/v1/events/{id}/seats", operation_id = "get_seats", tag = "booking",
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("format" = Option<String>, Query, description = "`list` adds every seat by itself."),
    ),
    responses((status = 200, body = SeatsBody), Refuses<(no::NotFound, no::Invalid)>),
)]
pub async fn get_seats(app: App, event: Path<EventId>, params: Params) -> ApiResult<Response> {
    params.only(&["format"])?;
    let list = match params.one("format")? {
        None | Some("rows") => false,
        Some("list") => true,
        Some(_) => return Err(ApiError::invalid("format", "must be rows or list")),
    };
    let view = app.booking.seats(*event).await?;
    let body = SeatsBody::from(view.as_ref());
    let policy = CachePolicy::Live.tagged([format!("event-{}", *event), format!("seats-{}", *event)]);
    let tag = [(ETAG, seats_etag(&view, list))];
    if !list {
        return Ok((policy, tag, Json(body)).into_response());
    }
    let kind = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((policy, tag, kind, Body::from_stream(pieces(view, &body)?)).into_response())
}

/// Bytes of the list after which a piece ends with its row.
const PIECE: usize = 64 * 1024;

/// The body with every seat by itself, piece by piece: a house of fifty thousand seats would be ten megabytes for each who asks.
fn pieces(view: Arc<SeatsView>, body: &SeatsBody) -> ApiResult<impl Stream<Item = serde_json::Result<Bytes>> + Send + 'static> {
    let mut head = json_bytes(body).map_err(ApiError::fault)?;
    // the list goes before the brace that ends the object
    head.pop();
    head.extend_from_slice(b",\"seats\":[");
    let of = |(n, section): (usize, &SectionStates)| (0..section.rows.len()).map(move |row| (n, row)).collect::<Vec<_>>();
    let mut rows = view.sections.iter().enumerate().flat_map(of).collect::<Vec<_>>().into_iter();
    let mut first = true;
    let seats = std::iter::from_fn(move || piece(&view, &mut rows, &mut first).transpose());
    let parts = std::iter::once(Ok(Bytes::from(head))).chain(seats).chain(std::iter::once(Ok(Bytes::from_static(b"]}"))));
    Ok(stream::iter(parts))
}

/// The next piece of the list: whole rows, each looked at once; none after the last.
fn piece(
    view: &SeatsView,
    rows: &mut impl Iterator<Item = (usize, usize)>,
    first: &mut bool,
) -> serde_json::Result<Option<Bytes>> {
    let mut bytes = Vec::new();
    while bytes.len() < PIECE {
        let Some((section, row)) = rows.next() else { break };
        for seat in view.list_row(section, row) {
            if !std::mem::take(first) {
                bytes.push(b',');
            }
            serde_json::to_writer(&mut bytes, &SeatListBody::from(seat))?;
        }
    }
    Ok(if bytes.is_empty() { None } else { Some(bytes.into()) })
}

/// The seats' version and the prices' version name the bytes: no hashing.
fn seats_etag(view: &SeatsView, list: bool) -> HeaderValue {
    let format = if list { "list" } else { "rows" };
    let text = format!("\"{}.{}.{format}\"", view.version, view.terms_version);
    HeaderValue::try_from(text).unwrap_or_else(|_| unreachable!("digits and letters make a header value"))
}
