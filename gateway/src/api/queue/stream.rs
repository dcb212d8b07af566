//! A place in a queue as Server-Sent Events, for clients that read no frames.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt as _, stream};
use queue::{State, Status, Subscription};

use crate::api::queue::body::{PlaceBody, Token};
use crate::api::refusals::{Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::Path;
use crate::web::policy::CachePolicy;

/// How often a quiet stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Streams a place: as it is, then whenever it changes. Its holder counts as here while the stream lives.
#[utoipa::path(
    get, path = "/v1/queue/{token}/stream", operation_id = "stream_place", tag = "queue",
    params(("token" = String, Path, description = "The place's token.")),
    responses(
        (status = 200, description = "`id:` is the version, `data:` a PlaceBody; a comment every 15 s. It ends with the place; a stream that ends before is to be opened again.",
            body = PlaceBody, content_type = "text/event-stream"),
        Refuses<(no::NotFound, no::Busy)>,
    ),
)]
pub async fn stream_place(app: App, Path(Token(token)): Path<Token>) -> ApiResult<Response> {
    let room = app.waiting.enter()?;
    let listener = app.queue.subscribe(&token).await?;
    let first = listener.status()?;
    let drained = app.shutdown.clone().cancelled_owned();
    let messages = messages(token, first, listener).take_until(drained).inspect(move |_| {
        // the stream has its own room for as long as it lives
        let _ = &room;
    });
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let kind = (CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    let last = (CONNECTION, HeaderValue::from_static("close"));
    let body = Body::from_stream(messages.map(Ok::<_, Infallible>));
    Ok((CachePolicy::Never, [kind, unbuffered, last], body).into_response())
}

/// Where the stream stands.
struct Told {
    token: String,
    listener: Subscription,
    /// What is to be told next, if that is known already.
    next: Option<Status>,
    last: Option<Status>,
}

/// Ends when the place has ended, or the room closes: who comes back finds it.
fn messages(token: String, first: Status, listener: Subscription) -> impl Stream<Item = Bytes> + Send {
    let begun = Told { token, listener, next: Some(first), last: None };
    stream::unfold(begun, |mut told| async move {
        if told.last.as_ref().is_some_and(|last| matches!(last.state, State::Left | State::Over)) {
            return None;
        }
        loop {
            let status = match told.next.take() {
                Some(status) => status,
                None => match tokio::time::timeout(HEARTBEAT, told.listener.next()).await {
                    Ok(heard) => heard?.status,
                    Err(_) => return Some((Bytes::from_static(b":\n\n"), told)),
                },
            };
            if told.last.as_ref() != Some(&status) {
                told.last = Some(status.clone());
                return Some((message(&told.token, status), told));
            }
        }
    })
}

fn message(token: &str, status: Status) -> Bytes {
    let version = status.version;
    let data = serde_json::to_string(&PlaceBody::of(token, status));
    let data = data.unwrap_or_else(|fault| unreachable!("a place is plain data: {fault}"));
    Bytes::from(format!("id: {version}\ndata: {data}\n\n"))
}
