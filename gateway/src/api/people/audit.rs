//! The audit log: who changed what.

use axum::response::{IntoResponse, Response};
use domain::EventId;
use jiff::Timestamp;
use people::{AuditFilter, AuditLine};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadKey, BadList, Refuses};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params};
use crate::web::policy::CachePolicy;

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditBody {
    pub id: i64,
    pub at: Timestamp,
    pub organiser_id: Uuid,
    /// account, key, device, admin or system.
    #[schema(example = "key")]
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    #[schema(example = "events.change")]
    pub action: String,
    /// What was changed: a noun and an id.
    #[schema(example = "event 018f3b7e-0000-7000-8000-000000000000")]
    pub subject: String,
    pub event_id: Option<Uuid>,
    /// What it was, of that what differs; null when it is new.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What it is, of that what differs; null when it is gone.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// The request that did it.
    pub request_id: String,
    /// From where it was asked: /24 of IPv4, /48 of IPv6.
    pub address: String,
}

impl From<AuditLine> for AuditBody {
    fn from(line: AuditLine) -> Self {
        Self {
            id: line.id,
            at: line.at,
            organiser_id: line.organiser.0,
            actor_kind: line.actor_kind,
            actor_id: line.actor_id,
            action: line.action,
            subject: line.subject,
            event_id: line.event.map(|id| id.0),
            before: line.before,
            after: line.after,
            request_id: line.request_id,
            address: line.address,
        }
    }
}

/// Which changes.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub struct AuditParams {
    /// Of one event.
    event: Option<Uuid>,
    /// Such as `events.change`.
    action: Option<String>,
    /// Of one key or account.
    actor: Option<Uuid>,
    /// Not before.
    from: Option<Timestamp>,
    /// Before.
    to: Option<Timestamp>,
}

/// Lists changes of the organiser's things, the newest first; an admin's list has everybody's. Kept two years.
#[utoipa::path(
    get, path = "/v1/audit", operation_id = "list_audit", tag = "people",
    security(("bearer" = [])),
    params(AuditParams, PageParams),
    responses((status = 200, body = Listing<AuditBody>), Refuses<(BadKey, BadList)>),
)]
pub async fn list_audit(app: App, by: Acting<may::AuditRead>, params: Params) -> ApiResult<Response> {
    let wanted = AuditFilter {
        event: params.parsed::<EventId>("event")?,
        action: params.one("action")?.map(action).transpose()?,
        actor: params.parsed::<Uuid>("actor")?,
        from: params.parsed("from")?,
        to: params.parsed("to")?,
    };
    let filters = ["event", "action", "actor", "from", "to"];
    let page: PageAsked<i64> = PageAsked::read(&app, "/v1/audit", &by.key.id.to_string(), params, &filters)?;
    let lines = app.people.audit(&by.actor, &wanted, page.after, page.limit + 1).await?;
    let items = lines.into_iter().map(AuditBody::from).collect();
    let (headers, listing) = page.cut(&app, items, |line: &AuditBody| line.id);
    Ok((CachePolicy::Private, headers, Json(listing)).into_response())
}

fn action(text: &str) -> ApiResult<String> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    match text.split_once('.') {
        Some((noun, verb)) if word(noun) && word(verb) => Ok(text.to_owned()),
        _ => Err(ApiError::invalid("action", "must be like events.change")),
    }
}
