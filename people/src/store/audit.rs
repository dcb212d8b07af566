//! Rows of the audit log. Other rooms write it through the same function, `audit_append` (migration 0009).

use domain::{Actor, OrganiserId};
use pg::column;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use crate::error::Fault;
use crate::model::audit::{AuditFilter, AuditLine};

/// A change of people's own.
pub struct AuditEntry {
    pub organiser: OrganiserId,
    pub action: &'static str,
    pub subject: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Writes a change down, in the transaction that makes it.
#[tracing::instrument(name = "db.audit.append", level = "debug", skip_all)]
pub async fn append(conn: &mut PgConnection, actor: &Actor, entry: AuditEntry) -> Result<(), Fault> {
    let statement = "-- audit.append
        SELECT audit_append($1, $2, $3, $4, $5, NULL, $6, $7, $8, $9)";
    sqlx::query(statement)
        .bind(entry.organiser.0)
        .bind(actor.kind.as_str())
        .bind(actor.id)
        .bind(entry.action)
        .bind(entry.subject)
        .bind(entry.before.map(Json))
        .bind(entry.after.map(Json))
        .bind(&actor.request_id)
        .bind(&actor.address)
        .execute(conn)
        .await?;
    Ok(())
}

/// Lists lines, the newest first.
#[tracing::instrument(name = "db.audit.list", level = "debug", skip_all)]
pub async fn list(
    pool: &PgPool,
    bounds: Option<OrganiserId>,
    wanted: &AuditFilter,
    before: Option<i64>,
    limit: u16,
) -> Result<Vec<AuditLine>, Fault> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("-- audit.list\nSELECT * FROM audit WHERE true");
    if let Some(organiser) = bounds {
        query.push(" AND organiser_id = ").push_bind(organiser.0);
    }
    if let Some(event) = wanted.event {
        query.push(" AND event_id = ").push_bind(event.0);
    }
    if let Some(action) = &wanted.action {
        query.push(" AND action = ").push_bind(action);
    }
    if let Some(actor) = wanted.actor {
        query.push(" AND actor_id = ").push_bind(actor);
    }
    if let Some(from) = wanted.from {
        query.push(" AND at >= ").push_bind(column::bind(from));
    }
    if let Some(to) = wanted.to {
        query.push(" AND at < ").push_bind(column::bind(to));
    }
    if let Some(before) = before {
        query.push(" AND id < ").push_bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(pool).await?;
    Ok(rows.iter().map(line).collect::<sqlx::Result<_>>()?)
}

fn line(row: &PgRow) -> sqlx::Result<AuditLine> {
    let json = |column: &str| row.try_get::<Option<Json<Value>>, _>(column).map(|value| value.map(|json| json.0));
    Ok(AuditLine {
        id: row.try_get("id")?,
        at: column::instant(row, "at")?,
        organiser: column::id(row, "organiser_id")?,
        actor_kind: row.try_get("actor_kind")?,
        actor_id: row.try_get::<Option<Uuid>, _>("actor_id")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        event: column::maybe_id(row, "event_id")?,
        before: json("before")?,
        after: json("after")?,
        request_id: row.try_get("request_id")?,
        address: row.try_get("address")?,
    })
}

/// Deletes lines whose two years are over, the oldest first.
#[tracing::instrument(name = "db.audit.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, limit: u32) -> Result<u64, Fault> {
    let statement = "-- audit.purge
        DELETE FROM audit WHERE id IN (
            SELECT id FROM audit WHERE at < clock_timestamp() - interval '2 years' ORDER BY at LIMIT $1)";
    Ok(sqlx::query(statement).bind(i64::from(limit)).execute(pool).await?.rows_affected())
}
