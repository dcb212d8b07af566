//! External ids: what other sources call our records.

use std::collections::HashMap;

use domain::OrganiserId;
use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::QueryAs};
use uuid::Uuid;

/// External id → our id.
pub type Known<Id> = HashMap<String, Id>;

/// Runs a statement that selects `external_id, id` where the external id is any of its one parameter.
pub(super) async fn known<Id: From<Uuid>>(
    conn: &mut PgConnection,
    query: QueryAs<'static, Postgres, (String, Uuid), PgArguments>,
    external_ids: &[String],
) -> sqlx::Result<Known<Id>> {
    let pairs = query.bind(external_ids.to_vec()).fetch_all(conn).await?;
    Ok(pairs.into_iter().map(|(external_id, id)| (external_id, id.into())).collect())
}

/// Runs a statement that selects those external ids of its first parameter whose records are not those of its second, an organiser.
pub(super) async fn of_others(
    conn: &mut PgConnection,
    statement: &'static str,
    own: OrganiserId,
    external_ids: &[String],
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(statement).bind(external_ids.to_vec()).bind(own.0).fetch_all(conn).await
}
