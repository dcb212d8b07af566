//! One statement that brings stored rows up to date, whether one row or thousands, and touches only rows that differ.

use domain::OrganiserId;
use serde_json::Value;
use sqlx::{PgConnection, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

/// What an update of a versioned table writes.
pub(crate) struct Update {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    /// Columns whose change makes a new edition; empty for tables without editions.
    pub edition: &'static [&'static str],
}

/// Updates rows whose columns differ from the records', or which are named in `touched`; each gets the next version.
///
/// Takes     `records`: objects with `id` and every column of the update, in the shapes that `jsonb_populate_recordset` reads.
///           `bounds`: whose rows these are; a row of another is left as it is.
/// Gives     the ids of the rows that changed.
pub(crate) async fn where_different(
    conn: &mut PgConnection,
    update: &Update,
    bounds: Option<OrganiserId>,
    records: Vec<Value>,
    touched: &[Uuid],
) -> sqlx::Result<Vec<Uuid>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new("-- update.where_different\nUPDATE ");
    query.push(update.table).push(" AS t SET version = t.version + 1, updated_at = clock_timestamp()");
    if !update.edition.is_empty() {
        query.push(", edition = t.edition + ");
        distinct(&mut query, update.edition);
        query.push("::integer");
    }
    for column in update.columns {
        query.push(", ").push(column).push(" = ").push(written(column));
    }
    query.push(" FROM jsonb_populate_recordset(NULL::").push(update.table).push(", ").push_bind(Json(records));
    query.push(") AS n WHERE t.id = n.id AND (");
    distinct(&mut query, update.columns);
    query.push(" OR t.id = ANY(").push_bind(touched.to_vec()).push("))");
    if let Some(own) = bounds {
        query.push(" AND t.organiser_id = ").push_bind(own.0);
    }
    query.push(" RETURNING t.id");
    query.build_query_scalar().fetch_all(conn).await
}

/// What a column becomes.
fn written(column: &str) -> String {
    match column {
        // who says nothing of it leaves a row from before sources were kept to the first source that names it
        "source" => "CASE WHEN n.source = coalesce(t.source, '') THEN t.source ELSE n.source END".to_owned(),
        column => format!("n.{column}"),
    }
}

fn distinct(query: &mut QueryBuilder<Postgres>, columns: &[&str]) {
    let of = |side: &str| {
        let value = |column: &&str| match *column {
            // rows from before sources were kept say nothing of theirs, which is no difference
            "source" => format!("coalesce({side}.source, '')"),
            column => format!("{side}.{column}"),
        };
        columns.iter().map(value).collect::<Vec<_>>().join(", ")
    };
    query.push("(ROW(").push(of("t")).push(") IS DISTINCT FROM ROW(").push(of("n")).push("))");
}
