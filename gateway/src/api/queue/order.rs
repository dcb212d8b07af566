//! The published order of who came before the start.

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::EventId;
use queue::{Drawn, Holder, Published};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Params, Path};
use crate::web::policy::CachePolicy;

/// Who stood where at the start: anybody can order the holders by `HMAC-SHA256(seed, holder)` and compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueOrderBody {
    pub event_id: Uuid,
    /// SHA-256 of the seed, as it was public before the start; hexadecimal, as all that follows.
    pub seed_hash: String,
    pub seed: String,
    /// The holders in order of their places, each as 16 bytes: SHA-256 of `boxoffice queue holder 1`, a zero byte and the buyer's id, cut.
    pub order: Vec<String>,
}

impl QueueOrderBody {
    pub fn of(event: EventId, published: &Published) -> Self {
        let order = published.order.iter().map(|drawn| hex::encode(drawn.holder)).collect();
        Self { event_id: event.0, seed_hash: hex::encode(published.seed_hash), seed: hex::encode(published.seed), order }
    }

    /// What it says, to be checked; none where it is no hexadecimal of the right length.
    pub fn published(&self) -> Option<Published> {
        let holder = |(text, place): (&String, u32)| Some(Drawn { place, holder: bytes::<16>(text)? });
        let order: Option<Vec<Drawn>> = self.order.iter().zip(1..).map(holder).collect();
        Some(Published { seed_hash: bytes(&self.seed_hash)?, seed: bytes(&self.seed)?, order: order? })
    }

    /// Where a holder stood.
    pub fn place_of(&self, holder: Holder) -> Option<usize> {
        let wanted = hex::encode(holder);
        self.order.iter().position(|found| *found == wanted).map(|at| at + 1)
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text).ok()?.try_into().ok()
}

/// Publishes the order of who came before the start, with the seed that made it.
#[utoipa::path(
    get, path = "/v1/events/{id}/queue/order", operation_id = "get_queue_order", tag = "queue",
    params(("id" = Uuid, Path, description = "The event.")),
    responses((status = 200, body = QueueOrderBody), Refuses<(no::NotFound, no::NotDrawn)>),
)]
pub async fn get_queue_order(app: App, event: Path<EventId>, params: Params) -> ApiResult<Response> {
    params.only(&[])?;
    let published = app.queue.published(*event).await?;
    let body = published.words(|published| {
        let words = serde_json::to_vec(&QueueOrderBody::of(*event, published));
        Bytes::from(words.unwrap_or_else(|fault| unreachable!("an order is plain data: {fault}")))
    });
    let kind = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok((CachePolicy::Detail.tagged([format!("event-{}", *event)]), [kind], body).into_response())
}
