//! Rows of organisers.

use domain::{Actor, OrganiserId};
use pg::column;
use serde_json::json;
use sqlx::PgPool;

use super::audit::{self, Entry};
use crate::error::Fault;
use crate::model::organiser::Organiser;

/// Makes an organiser, in whose log it stands first.
#[tracing::instrument(name = "db.organisers.insert", level = "debug", skip_all)]
pub async fn insert(pool: &PgPool, actor: &Actor, organiser: &Organiser) -> Result<(), Fault> {
    let mut tx = pg::begin(pool).await?;
    let statement = "-- organisers.insert
        INSERT INTO organisers (id, name, created_at) VALUES ($1, $2, $3)";
    let query = sqlx::query(statement).bind(organiser.id.0).bind(&organiser.name).bind(column::bind(organiser.created_at));
    query.execute(&mut *tx).await?;
    let entry = Entry {
        organiser: organiser.id,
        action: "organisers.create",
        subject: format!("organiser {}", organiser.id),
        before: None,
        after: Some(json!({ "name": organiser.name })),
    };
    audit::append(&mut tx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

#[tracing::instrument(name = "db.organisers.exists", level = "debug", skip_all)]
pub async fn exists(pool: &PgPool, id: OrganiserId) -> Result<bool, Fault> {
    let statement = "-- organisers.exists
        SELECT EXISTS (SELECT FROM organisers WHERE id = $1)";
    Ok(sqlx::query_scalar(statement).bind(id.0).fetch_one(pool).await?)
}
