//! The addresses of pages, in the order of their ids: what a sitemap lists, a piece at a time.

use jiff::Timestamp;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::statements::Statements;
use crate::model::Kind;

/// One page of the storefront.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub id: Uuid,
    pub slug: String,
    pub changed_at: Option<Timestamp>,
}

/// None for what has no page.
fn of(kind: Kind) -> Option<Statements> {
    let statements = match kind {
        Kind::Event => super::events::ADDRESSES,
        Kind::Series => super::series::ADDRESSES,
        Kind::Performer => super::performers::ADDRESSES,
        Kind::Venue => super::venues::ADDRESSES,
        Kind::City => super::cities::ADDRESSES,
        Kind::Image => return None,
    };
    Some(statements)
}

/// The first id of each piece of so many rows.
///
/// Cost      a walk of the primary key, piece by piece.
pub async fn marks(conn: &mut PgConnection, kind: Kind, every: u32) -> sqlx::Result<Vec<Uuid>> {
    let Some(statements) = of(kind) else { return Ok(Vec::new()) };
    sqlx::query_scalar(statements.marks).bind(i64::from(every)).fetch_all(conn).await
}

/// The piece that begins at an id.
pub async fn page(conn: &mut PgConnection, kind: Kind, from: Uuid, most: u32) -> sqlx::Result<Vec<Address>> {
    let Some(statements) = of(kind) else { return Ok(Vec::new()) };
    let rows = sqlx::query(statements.page).bind(from).bind(i64::from(most)).fetch_all(conn).await?;
    let address = |row: &sqlx::postgres::PgRow| {
        let changed: Option<jiff_sqlx::Timestamp> = row.try_get("changed_at")?;
        Ok(Address { id: row.try_get("id")?, slug: row.try_get("slug")?, changed_at: changed.map(|at| at.to_jiff()) })
    };
    rows.iter().map(address).collect()
}
