//! The database a command works on: the embedded cluster, or the one that a URL names.

use std::str::FromStr as _;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::run::postgres;
use crate::run::postgres::{Cluster, Profile};
use crate::run::store::schema;
use crate::settings::cli::Common;
use crate::settings::config;

/// What this program knows of the schema; what a newer one has done beside it is judged by [`check_newer`].
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut known = sqlx::migrate!("../migrations");
    known.set_ignore_missing(true);
    known
});

/// How long a request waits for a free connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
/// How often a migration is tried that a deadlock has ended.
const MIGRATION_TRIES: u32 = 5;
/// How long connections in use may take to come back at the end.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum DatabaseFault {
    #[error(transparent)]
    Postgres(#[from] postgres::PostgresFault),
    #[error("the database cannot be reached: {0}")]
    Connect(#[source] sqlx::Error),
    #[error("--database-url cannot be read: {0}")]
    Url(#[source] sqlx::Error),
    #[error("the schema could not be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
    #[error("there is nothing here: {place} holds no Boxoffice database; --data-dir and --database-url say where it is")]
    Nothing { place: String },
    #[error("the database's schema is older than this program: `boxoffice migrate` brings it up to date")]
    Behind,
    #[error(
        "the database was brought to migration {migration} by a newer program, and that works with programs {works}; this one knows \
         migrations up to {known}: start the newer program, or go back to a copy of the database from before"
    )]
    Newer { migration: i64, works: String, known: i64 },
    #[error("the database does not say how far its schema is: {0}")]
    Schema(#[source] sqlx::Error),
}

/// Connections, and the cluster behind them if it is ours.
#[derive(Debug)]
pub struct Database {
    pub pool: PgPool,
    /// Connections that only sell: half of all, so that no crowd of readers keeps a desk waiting. Opened when first used.
    pub selling: PgPool,
    cluster: Option<Arc<Cluster>>,
}

/// What a command may do to the database that it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Makes what is not there.
    Make,
    /// Changes what is there.
    Change,
    /// Reads: the server refuses every write of these connections.
    Read,
}

/// What the server is told of connections that sell: a node that is frozen or cut off inside an event's fence lets others in soon. Who
/// waits for a row that somebody changes for long, such as an import, gives the connection back and tries again later: the few there are
/// would else all wait for that one organiser. The fence has a time of its own.
const SELLING: [(&str, &str); 5] = [
    ("lock_timeout", "200ms"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];

fn pool_of(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        // a ping before every statement would double the round trips; a broken connection is noticed by its statement
        .test_before_acquire(false)
}

impl Database {
    /// Opens the database for serving and filling: what is not there is made, and the schema is brought up to date.
    pub async fn open_migrated(common: &Common) -> Result<Self, DatabaseFault> {
        let database = Self::open(common, Use::Make).await?;
        database.migrate().await?;
        Ok(database)
    }

    /// Opens a database that is there, for repairing: makes none, and brings its schema up to date.
    pub async fn open_existing(common: &Common) -> Result<Self, DatabaseFault> {
        let database = Self::open(common, Use::Change).await?;
        database.refuse_nothing(common).await?;
        database.migrate().await?;
        Ok(database)
    }

    /// Opens a database that is there, for reading alone: nothing is made, nothing is changed.
    pub async fn open_to_read(common: &Common) -> Result<Self, DatabaseFault> {
        let database = Self::open(common, Use::Read).await?;
        database.refuse_nothing(common).await?;
        let mut conn = database.pool.acquire().await.map_err(DatabaseFault::Schema)?;
        check_newer(&mut conn).await?;
        let applied = schema::applied(&mut conn).await.map_err(DatabaseFault::Schema)?;
        if MIGRATIONS.iter().any(|known| !applied.iter().any(|(version, _)| *version == known.version)) {
            return Err(DatabaseFault::Behind);
        }
        Ok(database)
    }

    /// Connects, bringing the embedded cluster up if no other database is named.
    async fn open(common: &Common, wanted: Use) -> Result<Self, DatabaseFault> {
        let (options, cluster) = match config::database_url(common) {
            Some(url) => (PgConnectOptions::from_str(&url).map_err(DatabaseFault::Url)?, None),
            None if wanted != Use::Make && !Cluster::is_in(&common.data_dir) => return Err(nothing(common)),
            None => {
                let (dir, programs) = (common.data_dir.clone(), common.postgres_bin.clone());
                let cluster = aside(move || Cluster::open(&dir, Profile::Durable, programs.as_deref())).await?;
                (cluster.connect_options(), Some(Arc::new(cluster)))
            }
        };
        let read_only = [("default_transaction_read_only", "on")];
        let options = if wanted == Use::Read { options.options(read_only) } else { options };
        // a pool tries again until its time is over and then says only that; one plain connection says what is wrong
        let probe = PgConnection::connect_with(&options).await.map_err(DatabaseFault::Connect)?;
        probe.close().await.map_err(DatabaseFault::Connect)?;
        let options = options.application_name("boxoffice");
        let selling = (common.database_connections / 2).max(1);
        let pool = pool_of(common.database_connections.saturating_sub(selling).max(1));
        let pool = pool.connect_with(options.clone()).await.map_err(DatabaseFault::Connect)?;
        Ok(Self { pool, selling: pool_of(selling).connect_lazy_with(options.options(SELLING)), cluster })
    }

    async fn refuse_nothing(&self, common: &Common) -> Result<(), DatabaseFault> {
        let mut conn = self.pool.acquire().await.map_err(DatabaseFault::Schema)?;
        if schema::made(&mut conn).await.map_err(DatabaseFault::Schema)? { Ok(()) } else { Err(nothing(common)) }
    }

    /// Runs the migrations that are missing, one program at a time. One that stood in a writer's way, as he in its, is begun again.
    pub async fn migrate(&self) -> Result<(), DatabaseFault> {
        let mut conn = self.pool.acquire().await.map_err(DatabaseFault::Schema)?;
        if schema::made(&mut conn).await.map_err(DatabaseFault::Schema)? {
            check_newer(&mut conn).await?;
        }
        drop(conn);
        Ok(run(&MIGRATIONS, &self.pool, MIGRATION_TRIES).await?)
    }

    /// Brings an embedded Postgres that died back up; nothing where there is none to look after.
    pub async fn look_after(&self) {
        let Some(cluster) = self.cluster.clone() else { return };
        if cluster.running() {
            return;
        }
        tracing::error!("the embedded Postgres is gone; starting it again");
        if let Err(fault) = aside(move || cluster.revive()).await {
            tracing::error!(%fault, "the embedded Postgres did not come back");
        }
    }

    /// Ends the connections, and Postgres if nobody else uses it.
    pub async fn close(&self) -> Result<(), DatabaseFault> {
        let _ = tokio::time::timeout(CLOSE_LIMIT, async { tokio::join!(self.selling.close(), self.pool.close()) }).await;
        match self.cluster.clone() {
            Some(cluster) => Ok(aside(move || cluster.close()).await?),
            None => Ok(()),
        }
    }
}

/// Runs migrations; one that a deadlock has ended is tried again, so often at most.
async fn run(migrations: &Migrator, pool: &PgPool, tries: u32) -> Result<(), MigrateError> {
    let mut tried = 0;
    loop {
        // a connection of its own: what a migration that failed has locked goes with it
        let mut conn = pool.acquire().await?.detach();
        let done = migrations.run(&mut conn).await;
        let _ = conn.close().await;
        tried += 1;
        match done {
            Err(MigrateError::Execute(fault) | MigrateError::ExecuteMigration(fault, _))
                if pg::retryable(&fault) && tried < tries =>
            {
                tracing::warn!(%fault, "a migration is begun again");
            }
            done => return done,
        }
    }
}

fn nothing(common: &Common) -> DatabaseFault {
    let place = match config::database_url(common) {
        Some(_) => "the database of --database-url".to_owned(),
        None => common.data_dir.display().to_string(),
    };
    DatabaseFault::Nothing { place }
}

/// Refuses a schema that a newer program has changed in a way that this one does not work with.
async fn check_newer(conn: &mut PgConnection) -> Result<(), DatabaseFault> {
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let applied = schema::applied(conn).await.map_err(DatabaseFault::Schema)?;
    let newer = applied.into_iter().filter(|(version, _)| !MIGRATIONS.version_exists(*version));
    for (migration, oldest) in newer {
        match oldest {
            Some(oldest) if oldest <= known => {
                tracing::info!(migration, "a newer program has changed the schema; it works with this one")
            }
            Some(oldest) => {
                return Err(DatabaseFault::Newer { migration, works: format!("that know migration {oldest}"), known });
            }
            None => return Err(DatabaseFault::Newer { migration, works: "that know it".to_owned(), known }),
        }
    }
    Ok(())
}

/// Does blocking work on a thread of its own.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|gone| std::panic::resume_unwind(gone.into_panic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cli::{Cli, CliCommand};
    use clap::Parser as _;
    use sqlx::migrate::{Migration, MigrationType};
    use sqlx::{ConnectOptions as _, SqlSafeStr as _};

    /// An empty URL means the embedded cluster, whatever DATABASE_URL says.
    fn common(url: &str, data_dir: &str) -> Common {
        let cli = Cli::try_parse_from(["boxoffice", "migrate", "--data-dir", data_dir, "--database-url", url]).expect("options");
        let CliCommand::Migrate(common) = cli.command else { panic!("migrate is migrate") };
        common
    }

    fn known() -> i64 {
        MIGRATIONS.iter().map(|migration| migration.version).max().expect("migrations")
    }

    async fn ran(pool: &PgPool, migration: i64) {
        let statement = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                         VALUES ($1, 'of a newer program', true, '', 0)";
        sqlx::query(statement).bind(migration).execute(pool).await.expect("noted");
    }

    async fn says(pool: &PgPool, migration: i64, oldest: i64) {
        let statement =
            "INSERT INTO schema_works_with VALUES ($1, $2) ON CONFLICT (migration) DO UPDATE SET oldest = excluded.oldest";
        sqlx::query(statement).bind(migration).bind(oldest).execute(pool).await.expect("said");
    }

    /// Locks one table, waits for a word, and locks the other.
    fn stands_in_the_way() -> Migrator {
        let sql = "SET LOCAL deadlock_timeout = '1ms'; LOCK TABLE one; SELECT pg_advisory_xact_lock(1); LOCK TABLE other";
        let migration = Migration::new(1, "test".into(), MigrationType::Simple, sql.into_sql_str(), false);
        Migrator { migrations: vec![migration].into(), table_name: "of_this_test".into(), ..Migrator::DEFAULT }
    }

    async fn waiting(pool: &PgPool, locks: i64) {
        let statement = "SELECT count(*) FROM pg_locks
            WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        while sqlx::query_scalar::<_, i64>(statement).fetch_one(pool).await.expect("counted") < locks {}
    }

    /// The control is a migration that is tried once.
    #[sqlx::test]
    async fn a_migration_and_a_writer_that_stand_in_each_other_s_way_both_end(pool: PgPool) {
        sqlx::raw_sql("CREATE TABLE one (); CREATE TABLE other ()").execute(&pool).await.expect("made");
        for (tries, ends) in [(1, false), (2, true)] {
            let mut word = pool.begin().await.expect("begun");
            sqlx::raw_sql("SELECT pg_advisory_xact_lock(1)").execute(&mut *word).await.expect("locked");
            let writing = async {
                waiting(&pool, 1).await;
                let mut writer = pool.begin().await.expect("begun");
                let first = "SET LOCAL deadlock_timeout = '10min'; LOCK TABLE other";
                sqlx::raw_sql(first).execute(&mut *writer).await.expect("locked");
                let second = async {
                    sqlx::raw_sql("LOCK TABLE one").execute(&mut *writer).await.expect("the migration made way");
                    writer.commit().await.expect("committed");
                };
                let go_on = async {
                    waiting(&pool, 2).await;
                    word.commit().await.expect("committed");
                };
                tokio::join!(second, go_on);
            };
            let migrations = stands_in_the_way();
            let (done, ()) = tokio::join!(run(&migrations, &pool, tries), writing);
            assert_eq!(done.is_ok(), ends, "{done:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_older_program_starts_after_a_newer_migration_that_says_so_and_after_no_other(pool: PgPool) {
        let (database, known) = (Database { pool: pool.clone(), selling: pool.clone(), cluster: None }, known());
        database.migrate().await.expect("nothing is newer");
        ran(&pool, known + 1).await;
        let said = database.migrate().await.expect_err("it says nothing").to_string();
        assert!(said.contains(&format!("to migration {} by a newer program", known + 1)), "{said}");
        says(&pool, known + 1, known + 1).await;
        assert!(matches!(database.migrate().await, Err(DatabaseFault::Newer { .. })), "it works with younger programs than this");
        says(&pool, known + 1, known).await;
        database.migrate().await.expect("it works with this program");
        ran(&pool, known + 2).await;
        assert!(
            matches!(database.migrate().await, Err(DatabaseFault::Newer { migration, .. }) if migration == known + 2),
            "each is asked"
        );
    }

    /// A node that is frozen or cut off inside a fence is put out; readers may take their time.
    #[sqlx::test(migrations = "../migrations")]
    async fn connections_that_sell_end_when_nothing_is_heard_inside_a_transaction_and_others_do_not(pool: PgPool) {
        let url = common(pool.connect_options().to_url_lossy().as_str(), "unused");
        let database = Database::open_existing(&url).await.expect("it is there");
        let setting = async |pool: &PgPool, name: &str| {
            sqlx::query_scalar::<_, String>("SELECT current_setting($1)").bind(name).fetch_one(pool).await.expect("a setting")
        };
        for (name, selling) in SELLING {
            let found = setting(&database.selling, name).await;
            // over a socket of this machine there is no TCP to keep alive
            assert!(found == selling || (name.starts_with("tcp_") && found == "0"), "{name}: {found}");
        }
        assert_eq!(setting(&database.selling, "idle_in_transaction_session_timeout").await, "10s");
        assert_ne!(setting(&database.pool, "idle_in_transaction_session_timeout").await, "10s", "control");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn marks_that_turn_text_are_taken_out_of_what_was_stored_before(pool: PgPool) {
        let turned = [
            ("00000000-0000-7000-8000-000000000001", "a\u{202e}b\u{2069}"),
            ("00000000-0000-7000-8000-000000000002", "\u{202e}"),
        ];
        for (id, name) in turned.into_iter().chain([("00000000-0000-7000-8000-000000000003", "plain")]) {
            let insert = sqlx::query("INSERT INTO venues (id, slug, name) VALUES ($1::uuid, $1, $2)").bind(id).bind(name);
            insert.execute(&pool).await.expect("stored");
        }
        let text = include_str!("../../../migrations/0067_turned_text.sql");
        let (work, _) = text.split_once("INSERT INTO schema_works_with").expect("its last word");
        sqlx::raw_sql(work).execute(&pool).await.expect("migrated");
        let rows = sqlx::query_as::<_, (String, i64)>("SELECT name, version FROM venues ORDER BY id").fetch_all(&pool).await;
        let told = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM catalog_changes").fetch_one(&pool).await;
        let expected = [("ab", 2), ("\u{202e}", 1), ("plain", 1)].map(|(name, version)| (name.to_owned(), version));
        assert_eq!((rows.expect("rows"), told.expect("a count")), (expected.to_vec(), 1), "a name that is nothing else stays");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_opened_to_read_is_not_written_to(pool: PgPool) {
        let url = common(pool.connect_options().to_url_lossy().as_str(), "unused");
        let database = Database::open_to_read(&url).await.expect("it is there");
        let refused = sqlx::query("DELETE FROM schema_works_with").execute(&database.pool).await.expect_err("refused");
        assert_eq!(refused.as_database_error().and_then(|fault| fault.code()).as_deref(), Some("25006"), "{refused}");
        let to_change = Database::open_existing(&url).await.expect("it is there");
        sqlx::query("DELETE FROM schema_works_with").execute(&to_change.pool).await.expect("control: others may");
        sqlx::query("DELETE FROM _sqlx_migrations WHERE version = $1").bind(known()).execute(&pool).await.expect("taken back");
        assert!(matches!(Database::open_to_read(&url).await, Err(DatabaseFault::Behind)));
    }

    #[sqlx::test(migrations = false)]
    async fn an_outside_database_without_a_schema_is_nothing(pool: PgPool) {
        let url = common(pool.connect_options().to_url_lossy().as_str(), "unused");
        for opened in [Database::open_to_read(&url).await, Database::open_existing(&url).await] {
            assert!(matches!(opened, Err(DatabaseFault::Nothing { .. })));
        }
        let mut conn = pool.acquire().await.expect("a connection");
        assert!(!schema::made(&mut conn).await.expect("looked"), "nothing was made");
        Database::open_migrated(&url).await.expect("control: serving makes it");
        assert!(schema::made(&mut conn).await.expect("looked"));
    }

    #[tokio::test]
    async fn a_directory_with_nothing_in_it_stays_empty() {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join("typo");
        let options = common("", dir.to_str().expect("plain"));
        for opened in [Database::open_to_read(&options).await, Database::open_existing(&options).await] {
            let said = opened.expect_err("refused").to_string();
            assert!(said.contains("there is nothing here") && said.contains("typo"), "{said}");
        }
        assert!(!dir.exists());
    }
}
