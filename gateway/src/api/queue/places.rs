//! Places in a queue: joining, asking after one's place, leaving.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use domain::EventId;
use queue::Status;

use crate::api::queue::body::{PlaceBody, Token};
use crate::api::refusals::{BadToken, Refuses, no};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, MaybeIdempotent, Nothing, Params, Path};
use crate::web::policy::{CachePolicy, Created};
use crate::web::waiting_room;

/// The longest wait for a change.
const LONGEST: u64 = 30;
/// What is left of a request's time when a long poll is answered.
const TO_ANSWER: Duration = Duration::from_secs(2);

/// Joins an event's queue.  Again: the same place.
///
/// Who may not buy is told before the wait: the sale is over, everything is sold, the buyer has as many places as one may have.
#[utoipa::path(
    post, path = "/v1/events/{id}/queue", operation_id = "join_queue", tag = "queue",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event.")),
    responses(
        (status = 201, body = PlaceBody, headers(("Location" = String, description = "The place.")),
            links(("get_place" = (operation_id = "get_place", parameters(("token" = "$response.body#/token")))), ("leave_queue" = (operation_id = "leave_queue", parameters(("token" = "$response.body#/token")))))),
        Refuses<(
            BadToken, no::NotFound, no::NoQueue, no::SaleClosed, no::SoldOut, no::BuyerLimit, no::SignInFirst, no::QueueNotOpen,
            no::QueueFull, no::Busy,
        )>,
    ),
)]
pub async fn join_queue(app: App, event: Path<EventId>, buyer: Buyer, _: MaybeIdempotent<Nothing>) -> ApiResult<Response> {
    let joined = waiting_room::join(&app, *event, &buyer).await?;
    let body = PlaceBody::of(&joined.token, joined.status);
    let location = body.links.this.clone();
    Ok((CachePolicy::Private, Created(body).at(location)).into_response())
}

/// Tells a place, at once or when it changes.
#[utoipa::path(
    get, path = "/v1/queue/{token}", operation_id = "get_place", tag = "queue",
    params(
        ("token" = String, Path, description = "The place's token."),
        ("wait_seconds" = Option<u32>, Query, minimum = 0, maximum = 30, description = "Wait so long for a change: 0 to 30; the server may answer a little earlier."),
        ("after" = Option<u64>, Query, description = "The version that is known: a newer one is told at once."),
    ),
    responses((status = 200, body = PlaceBody), Refuses<(no::NotFound, no::Invalid, no::Busy)>),
)]
pub async fn get_place(app: App, Path(Token(token)): Path<Token>, params: Params) -> ApiResult<Response> {
    params.only(&["wait_seconds", "after"])?;
    let (seconds, after) = (wait_seconds(&params)?, params.parsed("after")?);
    let status = match seconds {
        0 => app.queue.status(&token).await?,
        _ => {
            let _room = app.waiting.enter()?;
            wait(&app, &token, after, Duration::from_secs(seconds)).await?
        }
    };
    Ok((CachePolicy::Private, Json(PlaceBody::of(&token, status))).into_response())
}

fn wait_seconds(params: &Params) -> ApiResult<u64> {
    match params.one("wait_seconds")?.map(str::parse) {
        None => Ok(0),
        Some(Ok(seconds @ 0..=LONGEST)) => Ok(seconds),
        Some(_) => Err(ApiError::invalid("wait_seconds", "must be a whole number, 0 to 30")),
    }
}

/// A server that stops sends everybody on with what it knows.
async fn wait(app: &App, token: &str, after: Option<u64>, at_most: Duration) -> ApiResult<Status> {
    let at_most = at_most.min(app.config.request_timeout.saturating_sub(TO_ANSWER));
    tokio::select! {
        status = app.queue.wait(token, after, at_most) => Ok(status?),
        () = app.shutdown.cancelled() => Ok(app.queue.status(token).await?),
    }
}

/// Leaves the queue, or the time inside. Whose pass is under a live hold stays until that is paid or released.  Again: the same.
#[utoipa::path(
    delete, path = "/v1/queue/{token}", operation_id = "leave_queue", tag = "queue",
    params(("token" = String, Path, description = "The place's token.")),
    responses((status = 200, body = PlaceBody), Refuses<(no::NotFound, no::Busy)>),
)]
pub async fn leave_queue(app: App, Path(Token(token)): Path<Token>) -> ApiResult<Response> {
    let status = waiting_room::leave(&app, &token).await?;
    Ok((CachePolicy::Private, Json(PlaceBody::of(&token, status))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_nothing_to_half_a_minute() {
        let read = |text: &str| wait_seconds(&Params(vec![("wait_seconds".into(), text.into())])).ok();
        for (text, seconds) in
            [("0", Some(0)), ("30", Some(30)), ("31", None), ("-1", None), ("1000000000", None), ("", None), ("1.5", None)]
        {
            assert_eq!(read(text), seconds, "{text}");
        }
        assert_eq!(wait_seconds(&Params::default()).ok(), Some(0));
    }
}
