//! Rows of API keys.

use domain::{Actor, ActorKind, KeyId, OrganiserId};
use jiff::{SignedDuration, Timestamp};
use pg::column;
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};

use super::audit::{self, AuditEntry};
use crate::error::{Fault, PeopleError};
use crate::model::key::{KeyLine, KeyView, WantedKey};
use crate::model::quota::Quota;
use crate::model::role::Role;
use crate::model::scope::{Scope, Scopes};

/// The step in which a key's last use is kept: a write for each use would make every read of the API a write.
const LAST_USE: SignedDuration = SignedDuration::from_mins(5);

/// Hashes by which a key is remembered, and whether it is a partner's.
pub type Known = (Vec<[u8; 32]>, bool);

/// Makes a key.
#[tracing::instrument(name = "db.api_keys.insert", level = "debug", skip_all)]
pub async fn insert(
    pool: &PgPool,
    actor: &Actor,
    id: KeyId,
    hash: [u8; 32],
    wanted: &WantedKey,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut tx = pg::begin(pool).await?;
    let statement = "-- api_keys.insert
        INSERT INTO api_keys (id, key_hash, role, name, created_at, organiser_id, scopes, created_by, expires_at,
                              requests_second, requests_day, open_holds)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let (scopes, quota) = (wanted.scopes.map(words), wanted.quota);
    sqlx::query(statement)
        .bind(id.0)
        .bind(hash.as_slice())
        .bind(wanted.role.as_str())
        .bind(&wanted.name)
        .bind(column::bind(now))
        .bind(wanted.organiser.0)
        .bind(&scopes)
        .bind(actor.id)
        .bind(wanted.expires_at.map(column::bind))
        .bind(quota.requests_second.map(column::integer))
        .bind(quota.requests_day.map(column::integer))
        .bind(quota.open_holds.map(column::integer))
        .execute(&mut *tx)
        .await?;
    let after = json!({
        "role": wanted.role.as_str(), "name": wanted.name, "scopes": scopes, "expires_at": wanted.expires_at,
        "requests_per_second": quota.requests_second, "requests_per_day": quota.requests_day, "open_holds": quota.open_holds,
    });
    audit::append(&mut tx, actor, entry(wanted.organiser, "keys.create", id, None, Some(after))).await?;
    tx.commit().await?;
    Ok(())
}

fn entry(organiser: OrganiserId, action: &'static str, id: KeyId, before: Option<Value>, after: Option<Value>) -> AuditEntry {
    AuditEntry { organiser, action, subject: format!("key {id}"), before, after }
}

fn words(scopes: Scopes) -> Vec<&'static str> {
    scopes.iter().map(Scope::as_str).collect()
}

/// Finds a living key by its hash, or by that of the secret before, and notes its use.
#[tracing::instrument(name = "db.api_keys.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, hash: [u8; 32], now: Timestamp) -> Result<Option<KeyView>, Fault> {
    let statement = "-- api_keys.find
        SELECT *, key_hash <> $1 AS by_old, CASE WHEN key_hash = $1 THEN expires_at ELSE least(expires_at, old_until) END AS until
        FROM api_keys
        WHERE (key_hash = $1 OR old_hash = $1 AND old_until > $2) AND revoked_at IS NULL
          AND (expires_at IS NULL OR expires_at > $2)";
    let query = sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(now));
    let Some(row) = query.fetch_optional(pool).await? else { return Ok(None) };
    let key = view(&row)?;
    let last = column::maybe_instant(&row, "last_used_at")?;
    if last.is_none_or(|last| now.duration_since(last) >= LAST_USE) {
        used(pool, key.id, now).await?;
    }
    Ok(Some(key))
}

#[tracing::instrument(name = "db.api_keys.used", level = "debug", skip_all)]
async fn used(pool: &PgPool, id: KeyId, now: Timestamp) -> Result<(), Fault> {
    let statement = "-- api_keys.used
        UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    sqlx::query(statement).bind(id.0).bind(column::bind(now)).execute(pool).await?;
    Ok(())
}

/// Finds a living key by its id.
#[tracing::instrument(name = "db.api_keys.by_id", level = "debug", skip_all)]
pub async fn by_id(pool: &PgPool, id: KeyId, now: Timestamp) -> Result<Option<KeyView>, Fault> {
    let statement = "-- api_keys.by_id
        SELECT *, false AS by_old, expires_at AS until FROM api_keys
        WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    let row = sqlx::query(statement).bind(id.0).bind(column::bind(now)).fetch_optional(pool).await?;
    Ok(row.as_ref().map(view).transpose()?)
}

/// Lists keys by id, those of admins to admins only.
#[tracing::instrument(name = "db.api_keys.list", level = "debug", skip_all)]
pub async fn list(pool: &PgPool, actor: &Actor, after: Option<KeyId>, limit: u16) -> Result<Vec<KeyLine>, Fault> {
    let statement = "-- api_keys.list
        SELECT * FROM api_keys WHERE ($1::uuid IS NULL OR organiser_id = $1) AND (role <> 'admin' OR $4)
            AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3";
    // the command line lists one organiser's as the system
    let admins = matches!(actor.kind, ActorKind::Admin | ActorKind::System);
    let query = sqlx::query(statement).bind(actor.bounds().map(|id| id.0)).bind(after.map(|id| id.0));
    let rows = query.bind(i64::from(limit)).bind(admins).fetch_all(pool).await?;
    Ok(rows.iter().map(line).collect::<sqlx::Result<_>>()?)
}

/// Locks a living key until the transaction ends.
#[tracing::instrument(name = "db.api_keys.lock", level = "debug", skip_all)]
pub async fn lock(
    conn: &mut PgConnection,
    bounds: Option<OrganiserId>,
    id: KeyId,
    now: Timestamp,
) -> Result<Option<KeyLine>, PeopleError> {
    let statement = "-- api_keys.lock
        SELECT * FROM api_keys WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2) AND revoked_at IS NULL
          AND (expires_at IS NULL OR expires_at > $3) FOR UPDATE";
    let query = sqlx::query(statement).bind(id.0).bind(bounds.map(|id| id.0)).bind(column::bind(now));
    Ok(query.fetch_optional(conn).await?.as_ref().map(line).transpose()?)
}

/// Ends a key; none if there is none within bounds, in which no admin's is. A key that ended before stays as it is.
#[tracing::instrument(name = "db.api_keys.revoke", level = "debug", skip_all)]
pub async fn revoke(conn: &mut PgConnection, actor: &Actor, id: KeyId, now: Timestamp) -> Result<Option<Known>, PeopleError> {
    let statement = "-- api_keys.revoke
        SELECT organiser_id, role, key_hash, old_hash, revoked_at FROM api_keys
        WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2 AND role <> 'admin') FOR UPDATE";
    let query = sqlx::query(statement).bind(id.0).bind(actor.bounds().map(|id| id.0));
    let Some(row) = query.fetch_optional(&mut *conn).await? else { return Ok(None) };
    if column::maybe_instant(&row, "revoked_at")?.is_none() {
        let statement = "-- api_keys.end
            UPDATE api_keys SET revoked_at = $3 WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
        let query = sqlx::query(statement).bind(id.0).bind(actor.bounds().map(|id| id.0));
        query.bind(column::bind(now)).execute(&mut *conn).await?;
        let after = json!({ "revoked_at": now });
        let entry = entry(column::id(&row, "organiser_id")?, "keys.revoke", id, None, Some(after));
        audit::append(conn, actor, entry).await?;
    }
    Ok(Some(known(&row)?))
}

/// Gives a locked key another secret; the one it had works until `old_until`.
#[tracing::instrument(name = "db.api_keys.rotate", level = "debug", skip_all)]
pub async fn rotate(
    conn: &mut PgConnection,
    actor: &Actor,
    key: &KeyLine,
    hash: [u8; 32],
    old_until: Timestamp,
) -> Result<Vec<[u8; 32]>, PeopleError> {
    let statement = "-- api_keys.rotate
        UPDATE api_keys AS k SET key_hash = $3, old_hash = before.key_hash, old_until = $4
        FROM api_keys AS before
        WHERE k.id = $1 AND before.id = k.id AND ($2::uuid IS NULL OR k.organiser_id = $2)
        RETURNING before.key_hash, before.old_hash";
    let query = sqlx::query(statement).bind(key.id.0).bind(actor.bounds().map(|id| id.0)).bind(hash.as_slice());
    let row = query.bind(column::bind(old_until)).fetch_one(&mut *conn).await?;
    let after = json!({ "old_until": old_until });
    audit::append(conn, actor, entry(key.organiser, "keys.rotate", key.id, None, Some(after))).await?;
    Ok(hashes(&row)?)
}

fn known(row: &PgRow) -> sqlx::Result<Known> {
    Ok((hashes(row)?, column::word(row, "role", Role::parse)? == Role::Partner))
}

fn hashes(row: &PgRow) -> sqlx::Result<Vec<[u8; 32]>> {
    let both: [Option<Vec<u8>>; 2] = [row.try_get("key_hash")?, row.try_get("old_hash")?];
    both.into_iter().flatten().map(|hash| hash.try_into().map_err(|_| column::decode("key_hash", "not 32 bytes"))).collect()
}

fn scopes(row: &PgRow) -> sqlx::Result<Option<Scopes>> {
    let Some(words) = row.try_get::<Option<Vec<String>>, _>("scopes")? else { return Ok(None) };
    // a word of a newer version gives nothing here
    Ok(Some(words.iter().filter_map(|word| Scope::parse(word)).collect()))
}

fn quota(row: &PgRow) -> sqlx::Result<Quota> {
    Ok(Quota {
        requests_second: column::maybe_count(row, "requests_second")?,
        requests_day: column::maybe_count(row, "requests_day")?,
        open_holds: column::maybe_count(row, "open_holds")?,
    })
}

fn view(row: &PgRow) -> sqlx::Result<KeyView> {
    let role = column::word(row, "role", Role::parse)?;
    Ok(KeyView {
        id: column::id(row, "id")?,
        role,
        organiser: column::id(row, "organiser_id")?,
        scopes: scopes(row)?.unwrap_or(Scopes::of(role)),
        quota: quota(row)?,
        until: column::maybe_instant(row, "until")?,
        by_old: row.try_get("by_old")?,
    })
}

fn line(row: &PgRow) -> sqlx::Result<KeyLine> {
    Ok(KeyLine {
        id: column::id(row, "id")?,
        role: column::word(row, "role", Role::parse)?,
        organiser: column::id(row, "organiser_id")?,
        name: row.try_get("name")?,
        scopes: scopes(row)?,
        quota: quota(row)?,
        created_by: column::maybe_id(row, "created_by")?,
        created_at: column::instant(row, "created_at")?,
        expires_at: column::maybe_instant(row, "expires_at")?,
        last_used_at: column::maybe_instant(row, "last_used_at")?,
        old_until: column::maybe_instant(row, "old_until")?,
        revoked_at: column::maybe_instant(row, "revoked_at")?,
    })
}
