//! Signing up.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use people::NewAccount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::accounts::caller::Caller;
use crate::api::refusals::{BadBody, Refuses, no};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, MaybeIdempotent};
use crate::web::policy::CachePolicy;

/// Somebody who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountBody {
    #[schema(example = "ada@example.com", max_length = 254)]
    pub email: String,
    /// Any characters; refused if it is made of common words, a pattern, the name or the e-mail.
    #[schema(example = "we met under the crooked elm", min_length = 15, max_length = 256)]
    pub password: String,
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 200)]
    pub name: String,
}

/// What everybody is told who signs up.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedBody {
    #[schema(example = "ada@example.com")]
    pub email: String,
    pub links: AcceptedLinks,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedLinks {
    #[schema(example = "/v1/login")]
    pub login: String,
}

/// Makes an account, which can sign in at once. For an e-mail that has one nothing changes, and the answer is the same, byte for byte.
///
/// An anonymous buyer's token sent along makes the account's things those of that buyer, and those of that buyer the account's.
#[utoipa::path(
    post, path = "/v1/accounts", operation_id = "create_account", tag = "accounts",
    security((), ("bearer" = [])),
    request_body = NewAccountBody,
    responses((status = 202, body = AcceptedBody, description = "Taken, whether the e-mail is known or not."), Refuses<(BadBody, no::Busy)>),
)]
pub async fn create_account(
    app: App,
    caller: Caller,
    buyer: Option<Buyer>,
    new: MaybeIdempotent<NewAccountBody>,
) -> ApiResult<Response> {
    let NewAccountBody { email, password, name } = new.body;
    // a signed-in buyer's id is another account's
    let buyer = buyer.filter(|buyer| buyer.signed_in.is_none()).map(|buyer| buyer.id);
    app.people.sign_up(NewAccount { email: email.clone(), password, name, buyer }, caller.address).await?;
    let body = AcceptedBody { email, links: AcceptedLinks { login: "/v1/login".to_owned() } };
    Ok((StatusCode::ACCEPTED, CachePolicy::Private, Json(body)).into_response())
}
