//! The sessions of one's own account.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::SessionId;
use jiff::Timestamp;
use people::{SessionLine, SignedIn};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::accounts::caller::Me;
use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadList, BadToken, Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, Params, Path};
use crate::web::policy::CachePolicy;

/// One browser or program that signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLineBody {
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    pub created_at: Timestamp,
    /// In steps of five minutes.
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// What the browser called itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64)")]
    pub agent: String,
    /// The network it signed in from.
    #[schema(example = "203.0.113.0/24")]
    pub address: String,
}

impl SessionLineBody {
    fn of(line: SessionLine, me: SignedIn) -> Self {
        let SessionLine { id, created_at, last_seen_at, expires_at, agent, address } = line;
        Self { id: id.0, current: id == me.session, created_at, last_seen_at, expires_at, agent, address }
    }
}

/// Lists the account's sessions, newest first.
#[utoipa::path(
    get, path = "/v1/me/sessions", operation_id = "list_my_sessions", tag = "accounts",
    security(("bearer" = [])),
    params(PageParams),
    responses((status = 200, body = Listing<SessionLineBody>), Refuses<(BadToken, BadList, no::Forbidden)>),
)]
pub async fn list_my_sessions(app: App, Me(me): Me, params: Params) -> ApiResult<Response> {
    let page: PageAsked<SessionId> = PageAsked::read(&app, "/v1/me/sessions", &me.account.to_string(), params, &[])?;
    let lines = app.people.my_sessions(me, page.after, u32::from(page.limit) + 1).await?;
    let bodies = lines.into_iter().map(|line| SessionLineBody::of(line, me)).collect();
    let (link, body) = page.cut(&app, bodies, |line| SessionId(line.id));
    Ok((CachePolicy::Private, link, Json(body)).into_response())
}

/// Ends all sessions of the account but the one that asks, on every node within a second.
#[utoipa::path(
    delete, path = "/v1/me/sessions", operation_id = "end_my_other_sessions", tag = "accounts",
    security(("bearer" = [])),
    responses((status = 204, description = "Ended."), Refuses<(BadToken, no::Forbidden)>),
)]
pub async fn end_my_other_sessions(app: App, Me(me): Me) -> ApiResult<Response> {
    app.people.end_my_other_sessions(me).await?;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Private).into_response())
}

/// Ends one session of the account, also the one that asks.
#[utoipa::path(
    delete, path = "/v1/me/sessions/{id}", operation_id = "end_my_session", tag = "accounts",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 204, description = "Ended."), Refuses<(BadToken, no::Forbidden, no::NotFound)>),
)]
pub async fn end_my_session(app: App, session: Path<SessionId>, Me(me): Me) -> ApiResult<Response> {
    app.people.end_my_session(me, *session).await?;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Private).into_response())
}
