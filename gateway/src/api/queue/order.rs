//! The published order of who came before the start.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::EventId;
use flate2::Compression;
use flate2::write::GzEncoder;
use queue::{Drawn, Holder, Published, PublishedOnce};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{Refuses, no};
use crate::web::app::App;
use crate::web::coding;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Params, Path};
use crate::web::policy::CachePolicy;
use crate::web::socket;

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
pub async fn get_queue_order(app: App, event: Path<EventId>, params: Params, headers: HeaderMap) -> ApiResult<Response> {
    params.only(&[])?;
    let (event, published) = (*event, app.queue.published(*event).await?);
    made(event, published, socket::takes_gzip(&headers), coding::MAX_BYTES).await
}

/// Of a million the words are written, and packed, for a second or two, once: those who wait for it keep no thread from others.
static MAKING: Semaphore = Semaphore::const_new(1);

/// Takes     as [`answer`].
async fn made(event: EventId, published: Arc<PublishedOnce>, packs: bool, long: u64) -> ApiResult<Response> {
    let is_made = |published: &PublishedOnce| published.is_made(|words| packs && words.len() as u64 > long);
    if is_made(&published) {
        return Ok(answer(event, &published, packs, long));
    }
    let _alone = MAKING.acquire().await.map_err(ApiError::fault)?;
    if is_made(&published) {
        return Ok(answer(event, &published, packs, long));
    }
    tokio::task::spawn_blocking(move || answer(event, &published, packs, long)).await.map_err(ApiError::fault)
}

/// Takes     `packs`: whether the client takes gzip.  `long`: longer words are compressed by nobody else.
fn answer(event: EventId, published: &PublishedOnce, packs: bool, long: u64) -> Response {
    let words = published.words(|published| {
        let words = serde_json::to_vec(&QueueOrderBody::of(event, published));
        Bytes::from(words.unwrap_or_else(|fault| unreachable!("an order is plain data: {fault}")))
    });
    // nothing changes it any more: so nobody reads it through to make a tag of it
    let tag = hex::encode(&published.seed_hash[..8]);
    let policy = CachePolicy::Detail.tagged([format!("event-{event}")]);
    let kind = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if words.len() as u64 <= long {
        return (policy, [kind, (ETAG, quoted(&tag))], words).into_response();
    }
    let varies = (VARY, HeaderValue::from_static("accept-encoding"));
    if !packs {
        return (policy, [kind, varies, (ETAG, quoted(&tag))], words).into_response();
    }
    let packed = published.packed(|| packed(&words));
    let coded = (CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    (policy, [kind, varies, coded, (ETAG, quoted(&format!("{tag}-gzip")))], packed).into_response()
}

fn quoted(tag: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or_else(|_| unreachable!("hex digits make a header value"))
}

fn packed(words: &[u8]) -> Bytes {
    let mut packing = GzEncoder::new(Vec::with_capacity(words.len() / 2), Compression::fast());
    let packed = packing.write_all(words).and_then(|()| packing.finish());
    packed.unwrap_or_else(|fault| unreachable!("memory can be compressed: {fault}")).into()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn an_order_that_is_long_goes_out_packed_to_who_takes_it_with_a_tag_of_its_own() {
        let order = (1..=9).map(|place| Drawn { place, holder: [place as u8; 16] }).collect();
        let published: PublishedOnce = Published { seed_hash: [7; 32], seed: [8; 32], order }.into();
        let event = EventId(Uuid::nil());
        let mut bodies = Vec::new();
        for (packs, long, coding, tag) in [
            (true, 1 << 20, None, "\"0707070707070707\""),
            (false, 9, None, "\"0707070707070707\""),
            (true, 9, Some("gzip"), "\"0707070707070707-gzip\""),
        ] {
            let answered = answer(event, &published, packs, long);
            let headers = answered.headers();
            let coded = headers.get(CONTENT_ENCODING).map(|coding| coding.to_str().expect("text"));
            assert_eq!((coded, headers[ETAG].to_str().expect("text")), (coding, tag));
            assert_eq!(headers.contains_key(VARY), long == 9, "else who compresses it says so");
            bodies.push(axum::body::to_bytes(answered.into_body(), usize::MAX).await.expect("bytes"));
        }
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bodies[2][..]).read_to_end(&mut plain).expect("gzip");
        assert_eq!((&plain[..], &bodies[1]), (&bodies[0][..], &bodies[0]));
    }
    /// There is one thread for what takes long. The controls: what is made is given without it, and who waits is answered in the end.
    #[test]
    fn who_waits_for_an_order_to_be_written_keeps_no_thread_from_others() {
        let one = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().expect("a runtime");
        one.block_on(async {
            let order = |places: u32| {
                let order = (1..=places).map(|place| Drawn { place, holder: [place as u8; 16] }).collect();
                Arc::new(PublishedOnce::from(Published { seed_hash: [7; 32], seed: [8; 32], order }))
            };
            let (event, published, others) = (EventId(Uuid::nil()), order(9), order(3));
            assert!(made(event, Arc::clone(&others), false, 9).await.is_ok());
            let busy = MAKING.acquire().await.expect("its turn");
            let mut waiting: Vec<_> = (0..9).map(|_| Box::pin(made(event, Arc::clone(&published), true, 9))).collect();
            for one in &mut waiting {
                assert!(futures::poll!(one).is_pending());
            }
            tokio::task::spawn_blocking(|| ()).await.expect("a thread is free");
            assert!(!published.is_made(|_| false), "nobody has begun");
            assert!(made(event, others, false, 9).await.is_ok());
            drop(busy);
            for one in waiting {
                assert_eq!(one.await.expect("answered").headers()[CONTENT_ENCODING], "gzip");
            }
        });
    }
}
