//! How far the schema is, and with which older programs it works.

use sqlx::PgConnection;

/// Whether any program of ours has made a schema here.
pub async fn made(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("-- schema.made\n SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(conn).await
}

/// The migrations that ran here, each with the oldest schema that a program must know to work with it; none where it does not say.
pub async fn applied(conn: &mut PgConnection) -> sqlx::Result<Vec<(i64, Option<i64>)>> {
    let says: bool =
        sqlx::query_scalar("-- schema.says\n SELECT to_regclass('schema_works_with') IS NOT NULL").fetch_one(&mut *conn).await?;
    let statement = if says {
        "-- schema.applied
         SELECT version, oldest FROM _sqlx_migrations LEFT JOIN schema_works_with ON migration = version WHERE success ORDER BY version"
    } else {
        "-- schema.applied_before_it_said
         SELECT version, NULL::bigint FROM _sqlx_migrations WHERE success ORDER BY version"
    };
    sqlx::query_as(statement).fetch_all(conn).await
}
