//! The database a command works on: the embedded cluster, or the one that a URL names.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::run::postgres;
use crate::run::postgres::{Cluster, Profile};
use crate::settings::cli::Common;
use crate::settings::config;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// How long a request waits for a free connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
/// How long connections in use may take to come back at the end.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Postgres(#[from] postgres::Fault),
    #[error("the database cannot be reached: {0}")]
    Connect(#[source] sqlx::Error),
    #[error("--database-url cannot be read: {0}")]
    Url(#[source] sqlx::Error),
    #[error("the schema could not be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
}

/// Connections, and the cluster behind them if it is ours.
#[derive(Debug)]
pub struct Database {
    pub pool: PgPool,
    cluster: Option<Arc<Cluster>>,
}

impl Database {
    /// Connects, bringing the embedded cluster up if no other database is named.
    pub async fn open(common: &Common) -> Result<Self, Fault> {
        let (options, cluster) = match config::database_url(common) {
            Some(url) => (PgConnectOptions::from_str(&url).map_err(Fault::Url)?, None),
            None => {
                let (dir, programs) = (common.data_dir.clone(), common.postgres_bin.clone());
                let cluster = aside(move || Cluster::open(&dir, Profile::Durable, programs.as_deref())).await?;
                (cluster.connect_options(), Some(Arc::new(cluster)))
            }
        };
        // a pool tries again until its time is over and then says only that; one plain connection says what is wrong
        let probe = PgConnection::connect_with(&options).await.map_err(Fault::Connect)?;
        probe.close().await.map_err(Fault::Connect)?;
        let pool = PgPoolOptions::new()
            .max_connections(common.database_connections)
            .acquire_timeout(ACQUIRE_LIMIT)
            // a ping before every statement would double the round trips; a broken connection is noticed by its statement
            .test_before_acquire(false)
            .connect_with(options.application_name("boxoffice"))
            .await
            .map_err(Fault::Connect)?;
        Ok(Self { pool, cluster })
    }

    /// Opens the database and brings its schema up to date.
    pub async fn open_migrated(common: &Common) -> Result<Self, Fault> {
        let database = Self::open(common).await?;
        database.migrate().await?;
        Ok(database)
    }

    /// Runs the migrations that are missing, one program at a time.
    pub async fn migrate(&self) -> Result<(), Fault> {
        MIGRATIONS.run(&self.pool).await?;
        Ok(())
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
    pub async fn close(&self) -> Result<(), Fault> {
        let _ = tokio::time::timeout(CLOSE_LIMIT, self.pool.close()).await;
        match self.cluster.clone() {
            Some(cluster) => Ok(aside(move || cluster.close()).await?),
            None => Ok(()),
        }
    }
}

/// Does blocking work on a thread of its own.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|gone| std::panic::resume_unwind(gone.into_panic()))
}
