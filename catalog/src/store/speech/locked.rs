//! A row that its transaction has locked.

use domain::OrganiserId;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

/// What is known of a locked row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locked {
    pub version: i64,
    /// Whose it is.
    pub organiser: OrganiserId,
}

impl Locked {
    /// Runs a statement that locks the row of an id within bounds; none: everybody's.
    pub(crate) async fn read(
        conn: &mut PgConnection,
        statement: &'static str,
        bounds: Option<OrganiserId>,
        id: Uuid,
    ) -> sqlx::Result<Option<Self>> {
        let row = sqlx::query(statement).bind(id).bind(bounds.map(|own| own.0)).fetch_optional(conn).await?;
        let read = |row: sqlx::postgres::PgRow| {
            Ok(Self { version: row.try_get("version")?, organiser: OrganiserId(row.try_get("organiser_id")?) })
        };
        row.map(read).transpose()
    }
}
