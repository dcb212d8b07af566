//! A fresh database for each test: a copy of one that is migrated and seeded once.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use std::str::FromStr as _;

use crate::seed;

/// Serialises making the template between test processes.
const TEMPLATE_LOCK: i64 = 0x0b0c_0ffe;

/// The address of a new database with the seeded catalogue in it.
pub async fn fresh() -> String {
    let mut server = server().await;
    let template = template(&mut server).await;
    let name = format!("acceptance_{}", uuid::Uuid::new_v4().simple());
    create(&mut server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    address(&name)
}

/// The address of a new, empty database whose owner is a role of no power, and where nobody but a superuser may read the control file, as on
/// some managed servers.
pub async fn of_a_plain_role() -> String {
    let mut server = server().await;
    let name = format!("acceptance_plain_{}", uuid::Uuid::new_v4().simple());
    create(&mut server, &format!("CREATE ROLE {name} LOGIN")).await;
    create(&mut server, &format!("CREATE DATABASE {name} OWNER {name}")).await;
    let mut inside = PgConnection::connect(&address(&name)).await.expect("the new database");
    create(&mut inside, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC").await;
    let (scheme, rest) =
        address(&name).split_once("://").map(|(scheme, rest)| (scheme.to_owned(), rest.to_owned())).expect("a URL");
    let host = rest.split_once('@').map_or(&*rest, |(_, host)| host);
    format!("{scheme}://{name}@{host}")
}

async fn server() -> PgConnection {
    options().connect().await.expect("the test's Postgres at DATABASE_URL")
}

fn url() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL names a Postgres server; `make test` starts one")
}

fn options() -> PgConnectOptions {
    PgConnectOptions::from_str(&url()).expect("DATABASE_URL is readable")
}

/// The URL of another database on the tests' server.
fn address(database: &str) -> String {
    let url = url();
    let (before, after) = url.split_once("://").expect("a URL");
    let (authority, rest) = after.split_once('/').unwrap_or((after, ""));
    let query = rest.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    format!("{before}://{authority}/{database}{query}")
}

/// Makes the template once for each build of the tests.
async fn template(server: &mut PgConnection) -> String {
    let build = std::env::current_exe().and_then(|path| path.metadata()).and_then(|file| file.modified()).expect("our own file");
    let stamp = build.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    let name = format!("acceptance_template_{stamp}");
    sqlx::query("SELECT pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut *server).await.expect("the lock");
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut *server)
        .await
        .expect("the list of databases");
    if !there {
        sweep(server).await;
        let draft = format!("{name}_draft");
        create(server, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
        create(server, &format!("CREATE DATABASE {draft}")).await;
        seed::fill(&address(&draft)).await;
        create(server, &format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(TEMPLATE_LOCK).execute(&mut *server).await.expect("the lock");
    name
}

/// Drops what earlier runs left behind.
async fn sweep(server: &mut PgConnection) {
    let left = "SELECT datname FROM pg_database d WHERE datname LIKE 'acceptance_%'
                AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)";
    let names: Vec<String> = sqlx::query_scalar(left).fetch_all(&mut *server).await.expect("the list of databases");
    for name in names {
        let _ = sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).execute(&mut *server).await;
    }
}

async fn create(server: &mut PgConnection, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(server).await.unwrap_or_else(|fault| panic!("{statement}: {fault}"));
}

/// Drops a test's own database.
pub async fn drop_database(url: &str) {
    let name = url.split('?').next().and_then(|address| address.rsplit('/').next()).unwrap_or_default().to_owned();
    if let Ok(mut server) = options().connect().await {
        let _ = sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).execute(&mut server).await;
        let _ = server.close().await;
    }
}
