//! The public keys that verify ticket codes without a network.

use axum::response::{IntoResponse, Response};
use domain::ticket_code;
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::app::App;
use crate::web::extract::Json;
use crate::web::policy::CachePolicy;

/// Keys as JSON Web Keys (RFC 7517; Ed25519 as RFC 8037 says).
#[derive(Debug, Serialize, ToSchema)]
pub struct KeySetBody {
    pub keys: Vec<KeyBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct KeyBody {
    #[schema(example = "OKP")]
    pub kty: String,
    #[schema(example = "Ed25519")]
    pub crv: String,
    #[schema(example = "EdDSA")]
    pub alg: String,
    #[schema(example = "sig")]
    pub r#use: String,
    /// The four bytes that a code names its key by, in hexadecimal.
    #[schema(example = "5f3a09c1")]
    pub kid: String,
    /// The public key's 32 bytes, base64url.
    pub x: String,
}

impl From<ticket_code::Jwk> for KeyBody {
    fn from(key: ticket_code::Jwk) -> Self {
        let ticket_code::Jwk { kty, crv, alg, usage, kid, x } = key;
        Self { kty, crv, alg, r#use: usage, kid, x }
    }
}

/// Shows the public keys that verify ticket codes.
#[utoipa::path(
    get, path = "/.well-known/boxoffice-keys.json", operation_id = "get_ticket_keys", tag = "drawings",
    responses((status = 200, body = KeySetBody)),
)]
pub async fn get_ticket_keys(app: App) -> Response {
    let keys = ticket_code::key_set(&app.keys.ticket_keys()).keys.into_iter().map(KeyBody::from).collect();
    // a new key signs a minute after it is published: nobody on the way may keep the list for longer
    (CachePolicy::Live, Json(KeySetBody { keys })).into_response()
}
