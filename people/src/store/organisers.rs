//! Rows of organisers.

use domain::{Actor, OrganiserId};
use pg::column;
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{PgPool, Row};

use super::audit::{self, AuditEntry};
use crate::error::Fault;
use crate::model::organiser::{Organiser, TicketLook};

/// Makes an organiser of this id if there is none; gives whether there was none.
#[tracing::instrument(name = "db.organisers.ensure", level = "debug", skip_all)]
pub async fn ensure(pool: &PgPool, actor: &Actor, organiser: &Organiser) -> Result<bool, Fault> {
    let mut tx = pg::begin(pool).await?;
    let statement = "-- organisers.ensure
        INSERT INTO organisers (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    let query = sqlx::query(statement).bind(organiser.id.0).bind(&organiser.name).bind(column::bind(organiser.created_at));
    let made = query.execute(&mut *tx).await?.rows_affected() > 0;
    if made {
        audit::append(&mut tx, actor, made_entry(organiser)).await?;
    }
    tx.commit().await?;
    Ok(made)
}

fn made_entry(organiser: &Organiser) -> AuditEntry {
    AuditEntry {
        organiser: organiser.id,
        action: "organisers.create",
        subject: format!("organiser {}", organiser.id),
        before: None,
        after: Some(json!({ "name": organiser.name })),
    }
}

/// Makes an organiser, in whose log it stands first.
#[tracing::instrument(name = "db.organisers.insert", level = "debug", skip_all)]
pub async fn insert(pool: &PgPool, actor: &Actor, organiser: &Organiser) -> Result<(), Fault> {
    let mut tx = pg::begin(pool).await?;
    let statement = "-- organisers.insert
        INSERT INTO organisers (id, name, created_at) VALUES ($1, $2, $3)";
    let query = sqlx::query(statement).bind(organiser.id.0).bind(&organiser.name).bind(column::bind(organiser.created_at));
    query.execute(&mut *tx).await?;
    audit::append(&mut tx, actor, made_entry(organiser)).await?;
    tx.commit().await?;
    Ok(())
}

#[tracing::instrument(name = "db.organisers.exists", level = "debug", skip_all)]
pub async fn exists(pool: &PgPool, id: OrganiserId) -> Result<bool, Fault> {
    let statement = "-- organisers.exists
        SELECT EXISTS (SELECT FROM organisers WHERE id = $1)";
    Ok(sqlx::query_scalar(statement).bind(id.0).fetch_one(pool).await?)
}

/// The name and the theme that an organiser's tickets show.
#[tracing::instrument(name = "db.organisers.look", level = "debug", skip_all)]
pub async fn look(pool: &PgPool, id: OrganiserId) -> Result<Option<TicketLook>, Fault> {
    let statement = "-- organisers.look
        SELECT name, ticket_theme FROM organisers WHERE id = $1";
    let row = sqlx::query(statement).bind(id.0).fetch_optional(pool).await?;
    let look = |row: sqlx::postgres::PgRow| {
        let theme: Option<Json<Value>> = row.try_get("ticket_theme")?;
        Ok(TicketLook { organiser: row.try_get("name")?, theme: theme.map(|Json(theme)| theme) })
    };
    row.map(look).transpose()
}

/// Puts the theme of the actor's organiser; false if there is no such organiser.
#[tracing::instrument(name = "db.organisers.put_theme", level = "debug", skip_all)]
pub async fn put_theme(pool: &PgPool, actor: &Actor, theme: &Value) -> Result<bool, Fault> {
    let mut tx = pg::begin(pool).await?;
    let id = actor.organiser;
    let locked = "-- organisers.lock_theme
        SELECT ticket_theme FROM organisers WHERE id = $1 FOR UPDATE";
    let Some(row) = sqlx::query(locked).bind(id.0).fetch_optional(&mut *tx).await? else { return Ok(false) };
    let before: Option<Json<Value>> = row.try_get("ticket_theme")?;
    let before = before.map(|Json(theme)| theme);
    if before.as_ref() == Some(theme) {
        return Ok(true);
    }
    let statement = "-- organisers.put_theme
        UPDATE organisers SET ticket_theme = $2 WHERE id = $1";
    sqlx::query(statement).bind(id.0).bind(Json(theme)).execute(&mut *tx).await?;
    let (action, subject, after) = ("ticket_theme.put", format!("organiser {id}"), Some(theme.clone()));
    audit::append(&mut tx, actor, AuditEntry { organiser: id, action, subject, before, after }).await?;
    tx.commit().await?;
    Ok(true)
}
