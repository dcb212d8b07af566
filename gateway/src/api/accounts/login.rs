//! Signing in and out.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use people::Login;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::accounts::caller::Caller;
use crate::api::accounts::me::AccountBody;
use crate::api::refusals::{BadBody, BadToken, Refuses, no};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract::{Json, MaybeIdempotent, Nothing};
use crate::web::policy::CachePolicy;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    #[schema(example = "ada@example.com", max_length = 254)]
    pub email: String,
    #[schema(example = "we met under the crooked elm", max_length = 256)]
    pub password: String,
}

/// A signed-in session; the token is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedInBody {
    /// For `Authorization: Bearer …`.
    pub token: String,
    pub account: AccountBody,
    /// 30 days from the last use, at most 180 from now.
    pub expires_at: Timestamp,
}

/// Signs in. A token sent along is dead afterwards; the holds and orders of its anonymous buyer are the account's from now on.
///
/// An unknown e-mail and a wrong password are answered alike. Five tries under one e-mail from one network are free, then each waits,
/// from 30 seconds doubling to 15 minutes; nobody is locked out.
#[utoipa::path(
    post, path = "/v1/login", operation_id = "log_in", tag = "accounts",
    security((), ("bearer" = [])),
    request_body = LoginBody,
    responses((status = 200, body = LoggedInBody), Refuses<(BadBody, no::LoginFailed, no::Conflict, no::Busy)>),
)]
pub async fn log_in(app: App, caller: Caller, login: MaybeIdempotent<LoginBody>) -> ApiResult<Response> {
    let LoginBody { email, password } = login.body;
    let Caller { token, address, agent } = caller;
    let logged_in = app.people.log_in(Login { email, password, before: token, agent, address, device: None }).await?;
    let body = LoggedInBody { token: logged_in.token, account: logged_in.account.into(), expires_at: logged_in.expires_at };
    Ok((CachePolicy::Private, Json(body)).into_response())
}

/// Ends the session of the token, an account's or an anonymous buyer's, on every node within a second.
#[utoipa::path(
    post, path = "/v1/logout", operation_id = "log_out", tag = "accounts",
    security(("bearer" = [])),
    responses((status = 204, description = "Ended."), Refuses<(BadToken, no::Forbidden)>),
)]
pub async fn log_out(app: App, caller: Caller, _: Buyer, _: MaybeIdempotent<Nothing>) -> ApiResult<Response> {
    let token = caller.token.ok_or_else(|| ApiError::new(Code::Unauthorized))?;
    app.people.log_out(&token).await?;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Private).into_response())
}
