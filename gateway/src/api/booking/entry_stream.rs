//! An entry of a waitlist as it changes, as Server-Sent Events. The sockets are parked (`gateway/src/live`).

use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use booking::{EntryView, EntryWatch};
use domain::{EntryId, EventId};
use tokio::time::Instant;

use crate::api::booking::waitlist::EntryBody;
use crate::api::refusals::{BadToken, Refuses, no};
use crate::live::{Encoding, Feed, FeedMessage, Name, Parking};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Params, PathPair};
use crate::web::socket;

/// A look at an entry is begun again after so long; until then it ends when the entry changes.
const LOOK: Duration = Duration::from_secs(60);

/// Streams the buyer's own entry: as it is, and whenever it changes. Ends with the entry.
#[utoipa::path(
    get, path = "/v1/events/{id}/waitlist/{entry}/stream", operation_id = "stream_waitlist_entry", tag = "booking",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event."), ("entry" = Uuid, Path, description = "The entry.")),
    responses(
        (status = 200, description = "`data:` is an EntryBody, whole each time; a comment every 20 s. A change of state comes at once, of the place within a second.",
            body = EntryBody, content_type = "text/event-stream"),
        Refuses<(BadToken, no::NotFound, no::Busy)>,
    ),
)]
pub async fn stream_entry(
    app: App,
    PathPair(event, entry): PathPair<EventId, EntryId>,
    buyer: Buyer,
    params: Params,
    request: Parts,
) -> ApiResult<Response> {
    params.only(&[])?;
    let room = Box::new(app.streams.enter()?);
    let mut watch = app.booking.watch_entry(event, entry, buyer.ids);
    let now = watch.next(Instant::now()).await?.ok_or_else(ApiError::not_found)?;
    let text = socket::text(&request);
    // who asks for the head alone has it; of an entry that is over nothing comes after the first word
    if request.method != Method::GET {
        return Ok(socket::stream(text, b"", None));
    }
    if !now.state.is_live() {
        return Ok(socket::once(message(now)));
    }
    let open = async || Ok::<_, ApiError>(Arc::new(EntryFeed::new(watch, now)) as Arc<dyn Feed>);
    let member = app.lot.enter(Name("waitlist", entry.0.as_u128()), open).await?;
    let encoding = Encoding::Text(text);
    let parking = Parking { lot: app.lot.clone(), member, encoding, seen: 0, who: 0, first: Bytes::new(), room };
    Ok(socket::stream(text, BEGINS, Some(parking)))
}

/// A comment: the entry itself is told when the socket is parked.
const BEGINS: &[u8] = b":\n\n";

/// An entry as a channel: what has been seen is how often it was told.
struct EntryFeed {
    watch: tokio::sync::Mutex<EntryWatch>,
    told: Mutex<EncodedStatus>,
}

/// The entry as it was told last, encoded once a form.
struct EncodedStatus {
    times: u64,
    message: Vec<u8>,
    last: bool,
    wrapped: [Option<Bytes>; Encoding::COUNT],
}

impl EncodedStatus {
    fn new(times: u64, entry: EntryView) -> Self {
        let last = !entry.state.is_live();
        Self { times, message: message(entry), last, wrapped: Default::default() }
    }
}

impl EntryFeed {
    /// Takes     `first`: what this look has given.
    fn new(watch: EntryWatch, first: EntryView) -> Self {
        Self { watch: watch.into(), told: EncodedStatus::new(1, first).into() }
    }

    fn told(&self) -> MutexGuard<'_, EncodedStatus> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives false once there is nothing more to tell: the entry is over, the server stops, or the database does not answer.
    async fn look(&self) -> bool {
        let mut watch = self.watch.lock().await;
        loop {
            if self.told().last {
                return false;
            }
            let began = Instant::now();
            match watch.next(began + LOOK).await {
                Ok(Some(entry)) => {
                    let mut told = self.told();
                    *told = EncodedStatus::new(told.times + 1, entry);
                    return true;
                }
                Ok(None) if began.elapsed() >= LOOK => {}
                Ok(None) => return false,
                // the client comes back, and loses nothing by it
                Err(error) => {
                    tracing::debug!(%error, "a stream of a waitlist entry broke off");
                    return false;
                }
            }
        }
    }
}

impl Feed for EntryFeed {
    fn next(&self, seen: u64, _who: u64, encoding: Encoding) -> Option<FeedMessage> {
        let mut told = self.told();
        if told.times <= seen {
            return None;
        }
        let EncodedStatus { times, message, last, wrapped } = &mut *told;
        let bytes = wrapped[encoding.index()].get_or_insert_with(|| encoding.wrap(message)).clone();
        Some(FeedMessage { bytes, seen: *times, last: *last })
    }

    fn moved<'f>(&'f self, _: &'f AtomicUsize) -> Pin<Box<dyn Future<Output = bool> + Send + 'f>> {
        Box::pin(self.look())
    }
}

/// An entry as a message of Server-Sent Events.
fn message(entry: EntryView) -> Vec<u8> {
    let data = serde_json::to_string(&EntryBody::from(entry));
    let data = data.unwrap_or_else(|fault| unreachable!("an entry is plain data: {fault}"));
    format!("data: {data}\n\n").into_bytes()
}
