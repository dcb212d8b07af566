//! Keys: an organiser lists, makes, rotates and revokes its own.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::KeyId;
use jiff::{SignedDuration, Timestamp};
use people::{KeyLine, NewKey, Quota, Role, Scope, Scopes, WantedKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadBody, BadKey, BadList, Refuses, no};
use crate::web::acting::{Acting, may};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params, Path};
use crate::web::policy::{CachePolicy, Created};

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyBody {
    pub id: Uuid,
    /// organiser, partner or admin.
    #[schema(example = "organiser")]
    pub role: &'static str,
    pub organiser_id: Uuid,
    pub name: String,
    /// Null: all that the role has.
    pub scopes: Option<Vec<&'static str>>,
    pub requests_per_second: Option<u32>,
    pub requests_per_day: Option<u32>,
    pub open_holds: Option<u32>,
    /// The key that made it; null: the command line.
    pub created_by: Option<Uuid>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// In steps of five minutes.
    pub last_used_at: Option<Timestamp>,
    /// Until when the secret before the last rotation works.
    pub old_secret_until: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl From<KeyLine> for KeyBody {
    fn from(line: KeyLine) -> Self {
        Self {
            id: line.id.0,
            role: line.role.as_str(),
            organiser_id: line.organiser.0,
            name: line.name,
            scopes: line.scopes.map(|scopes| scopes.iter().map(Scope::as_str).collect()),
            requests_per_second: line.quota.requests_second,
            requests_per_day: line.quota.requests_day,
            open_holds: line.quota.open_holds,
            created_by: line.created_by.map(|id| id.0),
            created_at: line.created_at,
            expires_at: line.expires_at,
            last_used_at: line.last_used_at,
            old_secret_until: line.old_until,
            revoked_at: line.revoked_at,
        }
    }
}

/// A new key, or a new secret of one; it is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewKeyBody {
    pub id: Uuid,
    /// For `Authorization: Bearer …`.
    #[schema(example = "bxo_AY8…")]
    pub key: String,
    pub role: &'static str,
}

impl From<NewKey> for NewKeyBody {
    fn from(NewKey { id, key, role }: NewKey) -> Self {
        Self { id: id.0, key, role: role.as_str() }
    }
}

/// What a new key is to be. It belongs to the organiser whose key asks, and has no more than that one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedKeyBody {
    /// What the key is for.
    #[serde(default)]
    pub name: String,
    /// organiser, partner or (by an admin) admin.
    #[serde(default = "organiser")]
    #[schema(default = "organiser")]
    pub role: String,
    /// Left out: all that the role has.
    pub scopes: Option<Vec<String>>,
    pub expires_at: Option<Timestamp>,
    /// Of a partner; left out: 20.
    #[schema(minimum = 1)]
    pub requests_per_second: Option<u32>,
    /// Of a partner; left out: 200,000.
    #[schema(minimum = 1)]
    pub requests_per_day: Option<u32>,
    /// Of a partner; left out: 200.
    #[schema(minimum = 1)]
    pub open_holds: Option<u32>,
}

fn organiser() -> String {
    Role::Organiser.as_str().to_owned()
}

impl WantedKeyBody {
    fn wanted(self, by: &Acting<may::KeysWrite>) -> ApiResult<WantedKey> {
        let role = Role::parse(&self.role).ok_or_else(|| ApiError::invalid("role", "must be organiser, partner or admin"))?;
        let quota = self.quota(role)?;
        let scopes = self.scopes.map(read_scopes).transpose()?;
        let wanted = WantedKey::new(role, &self.name);
        Ok(WantedKey { organiser: by.key.organiser, scopes, expires_at: self.expires_at, quota, ..wanted })
    }

    fn quota(&self, role: Role) -> ApiResult<Quota> {
        let named = [
            ("requests_per_second", self.requests_per_second),
            ("requests_per_day", self.requests_per_day),
            ("open_holds", self.open_holds),
        ];
        for (field, value) in named {
            match value {
                Some(_) if role != Role::Partner => return Err(ApiError::invalid(field, "is a partner's")),
                Some(value) if value == 0 || i32::try_from(value).is_err() => {
                    return Err(ApiError::invalid(field, "must be 1 to 2147483647"));
                }
                _ => {}
            }
        }
        let usual = WantedKey::new(role, "").quota;
        Ok(Quota {
            requests_second: self.requests_per_second.or(usual.requests_second),
            requests_day: self.requests_per_day.or(usual.requests_day),
            open_holds: self.open_holds.or(usual.open_holds),
        })
    }
}

fn read_scopes(words: Vec<String>) -> ApiResult<Scopes> {
    let read =
        |(n, word): (usize, &String)| Scope::parse(word).ok_or_else(|| ApiError::invalid(format!("scopes[{n}]"), "is unknown"));
    words.iter().enumerate().map(read).collect()
}

/// How the old secret ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationBody {
    /// How long the old secret still works; 0 for one that leaked.
    #[serde(default = "a_day")]
    #[schema(minimum = 0, maximum = 86400, default = 86400)]
    pub old_secret_seconds: u32,
}

fn a_day() -> u32 {
    86_400
}

/// Lists the organiser's keys, without their secrets; an admin's list has everybody's.
#[utoipa::path(
    get, path = "/v1/keys", operation_id = "list_keys", tag = "people",
    security(("bearer" = [])),
    params(PageParams),
    responses((status = 200, body = Listing<KeyBody>), Refuses<(BadKey, BadList)>),
)]
pub async fn list_keys(app: App, by: Acting<may::KeysWrite>, params: Params) -> ApiResult<Response> {
    let page: PageAsked<KeyId> = PageAsked::read(&app, "/v1/keys", &by.key.id.to_string(), params, &[])?;
    let lines = app.people.list_keys(&by.actor, page.after, page.limit + 1).await?;
    let items = lines.into_iter().map(KeyBody::from).collect();
    let (headers, listing) = page.cut(&app, items, |key: &KeyBody| KeyId(key.id));
    Ok((CachePolicy::Private, headers, Json(listing)).into_response())
}

/// Makes a key with no more than the asking one has; its text is shown once.
#[utoipa::path(
    post, path = "/v1/keys", operation_id = "create_key", tag = "people",
    security(("bearer" = [])),
    request_body = WantedKeyBody,
    responses((status = 201, body = NewKeyBody), Refuses<(BadKey, BadBody)>),
)]
pub async fn create_key(app: App, by: Acting<may::KeysWrite>, Json(wanted): Json<WantedKeyBody>) -> ApiResult<Response> {
    let made = app.people.create_key(&by.actor, Some(&by.key), wanted.wanted(&by)?).await?;
    Ok((CachePolicy::Private, Created(NewKeyBody::from(made))).into_response())
}

/// Ends a key: it is refused everywhere within a second. A partner's buyers are signed out with it.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", operation_id = "revoke_key", tag = "people",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The key.")),
    responses((status = 204), Refuses<(BadKey, no::NotFound)>),
)]
pub async fn revoke_key(app: App, key: Path<KeyId>, by: Acting<may::KeysWrite>) -> ApiResult<Response> {
    app.people.revoke_key(&by.actor, *key).await?;
    Ok((StatusCode::NO_CONTENT, CachePolicy::Never).into_response())
}

/// Gives a key another secret; the old one works for a day, or shorter if asked.
#[utoipa::path(
    post, path = "/v1/keys/{id}/rotate", operation_id = "rotate_key", tag = "people",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The key.")),
    request_body = RotationBody,
    responses((status = 200, body = NewKeyBody), Refuses<(BadKey, BadBody, no::NotFound)>),
)]
pub async fn rotate_key(
    app: App,
    key: Path<KeyId>,
    by: Acting<may::KeysWrite>,
    Json(rotation): Json<RotationBody>,
) -> ApiResult<Response> {
    let old_for = SignedDuration::from_secs(rotation.old_secret_seconds.into());
    let made = app.people.rotate_key(&by.actor, Some(&by.key), *key, old_for).await?;
    Ok((CachePolicy::Private, Json(NewKeyBody::from(made))).into_response())
}
