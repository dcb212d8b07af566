//! One's own account.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use people::{Account, AccountChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::accounts::caller::{Caller, Me};
use crate::api::refusals::{BadBody, BadToken, Refuses, no};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, MaybeIdempotent};
use crate::web::policy::CachePolicy;

/// A person who can sign in, as shown to that person alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    pub id: Uuid,
    #[schema(example = "ada@example.com")]
    pub email: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    pub buyer_id: Uuid,
    pub created_at: Timestamp,
    pub links: AccountLinks,
}

/// Where to go from an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountLinks {
    #[serde(rename = "self")]
    pub this: &'static str,
    pub sessions: &'static str,
    pub orders: &'static str,
    pub tickets: &'static str,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        let Account { id, email, name, buyer_id, created_at } = account;
        let links =
            AccountLinks { this: "/v1/me", sessions: "/v1/me/sessions", orders: "/v1/me/orders", tickets: "/v1/me/tickets" };
        Self { id: id.0, email, name, buyer_id: buyer_id.0, created_at, links }
    }
}

/// What to change; a new password needs the one until now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    #[serde(default)]
    #[schema(example = "Ada King", min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// A new password; it ends all other sessions.
    #[serde(default)]
    #[schema(min_length = 15, max_length = 256)]
    pub password: Option<String>,
    /// The password until now.
    #[serde(default)]
    pub current_password: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The account's password, entered afresh.
    pub password: String,
}

/// Shows one's own account.
#[utoipa::path(
    get, path = "/v1/me", operation_id = "get_me", tag = "accounts",
    security(("bearer" = [])),
    responses((status = 200, body = AccountBody), Refuses<(BadToken, no::Forbidden, no::NotFound)>),
)]
pub async fn get_me(app: App, Me(me): Me) -> ApiResult<Response> {
    let account = app.people.account(me).await?;
    Ok((CachePolicy::Private, Json(AccountBody::from(account))).into_response())
}

/// Changes the name or the password.
#[utoipa::path(
    patch, path = "/v1/me", operation_id = "change_me", tag = "accounts",
    security(("bearer" = [])),
    request_body = ChangeBody,
    responses((status = 200, body = AccountBody), Refuses<(BadToken, BadBody, no::Forbidden, no::StepUp, no::NotFound, no::Busy)>),
)]
pub async fn change_me(app: App, Me(me): Me, caller: Caller, change: MaybeIdempotent<ChangeBody>) -> ApiResult<Response> {
    let ChangeBody { name, password, current_password } = change.body;
    let password = match (password, current_password) {
        (Some(new), Some(current)) => Some((new, current)),
        (None, None) => None,
        (Some(_), None) => return Err(ApiError::invalid("current_password", "a new password needs the one until now")),
        (None, Some(_)) => return Err(ApiError::invalid("password", "is missing")),
    };
    let account = app.people.change_account(me, AccountChange { name, password, address: caller.address }).await?;
    Ok((CachePolicy::Private, Json(AccountBody::from(account))).into_response())
}

/// Closes the account for good: its sessions end, name and e-mail are forgotten, its orders stay as the law wants them.
#[utoipa::path(
    delete, path = "/v1/me", operation_id = "delete_me", tag = "accounts",
    security(("bearer" = [])),
    request_body = PasswordBody,
    responses((status = 204, description = "Closed."), Refuses<(BadToken, BadBody, no::Forbidden, no::StepUp, no::NotFound, no::Busy)>),
)]
pub async fn delete_me(app: App, Me(me): Me, caller: Caller, entered: MaybeIdempotent<PasswordBody>) -> ApiResult<Response> {
    app.people.close_account(me, entered.body.password, caller.address).await?;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Private).into_response())
}
