//! An event's queue as its organiser sets it and everybody sees it.

use axum::response::{IntoResponse, Response};
use catalog::model::EventPatch;
use catalog::write;
use domain::EventId;
use jiff::Timestamp;
use queue::{Mode, Order, QueueView, Settings, Who};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::refusals::{BadBody, BadKey, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Path};
use crate::web::policy::CachePolicy;

/// How an event's queue lets people in. What is left out is as it is by default.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "mode": "on", "slots": 500, "minutes": 10, "order": "shuffle", "pre_queue_from": "2031-03-01T09:30:00Z" }))]
pub struct QueueSettingsBody {
    /// `off`, `on`, or `auto`: a line forms above so many joins a second as `auto_above` says, and until then everybody is let in at once.
    #[schema(example = "on")]
    pub mode: String,
    /// How many may be inside at once.
    #[serde(default = "defaults::slots")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub slots: u32,
    /// How long each may be inside.
    #[serde(default = "defaults::minutes")]
    #[schema(minimum = 1, maximum = 120)]
    pub minutes: u32,
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub auto_above: Option<u32>,
    /// What is added to each estimate.
    #[serde(default = "defaults::buffer_seconds")]
    #[schema(minimum = 0, maximum = 600)]
    pub buffer_seconds: u32,
    /// How many are let in within a minute at most.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub rate_per_minute: Option<u32>,
    /// How long the turn of somebody who is not connected is kept.
    #[serde(default = "defaults::grace_seconds")]
    #[schema(minimum = 0, maximum = 3_600)]
    pub grace_seconds: u32,
    /// From when one may come before the sale begins.
    #[serde(default)]
    pub pre_queue_from: Option<Timestamp>,
    /// anyone or signed_in.
    #[serde(default = "defaults::join")]
    #[schema(example = "anyone")]
    pub join: String,
    /// How those are ordered who came before the sale began: first_come or shuffle.
    #[serde(default = "defaults::order")]
    #[schema(example = "shuffle")]
    pub order: String,
}

/// What is not said.
mod defaults {
    use queue::Settings;

    pub fn slots() -> u32 {
        Settings::default().slots
    }
    pub fn minutes() -> u32 {
        Settings::default().minutes
    }
    pub fn buffer_seconds() -> u32 {
        Settings::default().buffer_seconds
    }
    pub fn grace_seconds() -> u32 {
        Settings::default().grace_seconds
    }
    pub fn join() -> String {
        Settings::default().join.as_str().to_owned()
    }
    pub fn order() -> String {
        Settings::default().order.as_str().to_owned()
    }
}

impl QueueSettingsBody {
    fn settings(self) -> ApiResult<Settings> {
        let wrong = |field: &str, words: &str| ApiError::invalid(field, format!("must be one of {words}"));
        Ok(Settings {
            mode: Mode::parse(&self.mode).ok_or_else(|| wrong("mode", "off, on, auto"))?,
            join: Who::parse(&self.join).ok_or_else(|| wrong("join", "anyone, signed_in"))?,
            order: Order::parse(&self.order).ok_or_else(|| wrong("order", "first_come, shuffle"))?,
            slots: self.slots,
            minutes: self.minutes,
            auto_above: self.auto_above,
            buffer_seconds: self.buffer_seconds,
            rate_per_minute: self.rate_per_minute,
            grace_seconds: self.grace_seconds,
            pre_queue_from: self.pre_queue_from,
        })
    }
}

impl From<Settings> for QueueSettingsBody {
    fn from(settings: Settings) -> Self {
        let Settings {
            mode,
            slots,
            minutes,
            auto_above,
            buffer_seconds,
            rate_per_minute,
            grace_seconds,
            pre_queue_from,
            join,
            order,
        } = settings;
        let [mode, join, order] = [mode.as_str(), join.as_str(), order.as_str()].map(str::to_owned);
        Self { mode, slots, minutes, auto_above, buffer_seconds, rate_per_minute, grace_seconds, pre_queue_from, join, order }
    }
}

/// An event's queue, as anybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueBody {
    pub event_id: Uuid,
    pub settings: QueueSettingsBody,
    pub opens_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    /// How many wait, and how many are inside.
    pub waiting: u32,
    pub inside: u32,
    /// How many places of the event are free; null where nothing was sold yet.
    pub seats_left: Option<u32>,
    /// SHA-256 of the seed by which those are ordered who came before the start, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub seed_hash: String,
    /// The seed itself, once the sale has begun.
    pub seed: Option<String>,
    /// Where the order is published after the start.
    pub order: String,
}

impl From<QueueView> for QueueBody {
    fn from(view: QueueView) -> Self {
        let QueueView { event, settings, opens_at, started_at, seed_hash, seed, waiting, inside, seats_left } = view;
        Self {
            event_id: event.0,
            settings: settings.into(),
            opens_at,
            started_at,
            waiting,
            inside,
            seats_left,
            seed_hash: hex::encode(seed_hash),
            seed: seed.map(hex::encode),
            order: format!("/v1/events/{event}/queue/order"),
        }
    }
}

/// Shows an event's queue: how it lets people in, how many there are, and what proves that its order is fair.
#[utoipa::path(
    get, path = "/v1/events/{id}/queue", operation_id = "get_queue", tag = "queue",
    params(("id" = Uuid, Path, description = "The event.")),
    responses((status = 200, body = QueueBody), Refuses<(no::NotFound, no::NoQueue, no::Busy)>),
)]
pub async fn get_queue(app: App, event: Path<EventId>) -> ApiResult<Response> {
    let view = app.queue.view(*event).await?;
    Ok((CachePolicy::Live.tagged([format!("event-{}", *event)]), Json(QueueBody::from(view))).into_response())
}

/// Puts an event's queue. From then on a hold there needs a pass, unless the mode is off.
#[utoipa::path(
    put, path = "/v1/events/{id}/queue", operation_id = "put_queue", tag = "queue",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The event.")),
    request_body = QueueSettingsBody,
    responses((status = 200, body = QueueBody), Refuses<(BadKey, BadBody, no::NotFound, no::Busy)>),
)]
pub async fn put_queue(
    app: App,
    event: Path<EventId>,
    by: Acting<may::EventsWrite>,
    Json(body): Json<QueueSettingsBody>,
) -> ApiResult<Response> {
    let settings = body.settings()?;
    settings.check().map_err(queue::QueueError::from)?;
    let required = settings.mode != Mode::Off;
    let patch = EventPatch { queue_required: Some(required), ..EventPatch::default() };
    // Holds need passes only while somebody gives them, also should we stop between.
    if !required {
        write::events::patch(&app.pool, &app.clock, &by.actor, *event, patch.clone(), None).await?;
    }
    let view = app.queue.configure(&by.actor, *event, settings).await?;
    if required {
        write::events::patch(&app.pool, &app.clock, &by.actor, *event, patch, None).await?;
    }
    app.purger.purge(&format!("event-{}", *event));
    Ok((CachePolicy::Private, Json(QueueBody::from(view))).into_response())
}
