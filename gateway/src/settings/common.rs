//! The options of every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where things are kept and how much is said; every command takes these.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Holds the embedded Postgres cluster, the index and, unless told otherwise, the keys.
    #[arg(long, env = "BOXOFFICE_DATA_DIR", default_value = "./data", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// The folder of keys that sign tickets, cursors and webhooks; nodes share or copy it [default: keys/ in the data directory]
    #[arg(long, env = "BOXOFFICE_KEYS_DIR", value_name = "DIR")]
    pub keys_dir: Option<PathBuf>,
    /// A Postgres of your own; without it (and without DATABASE_URL) a private one runs in the data directory.
    #[arg(long, env = "BOXOFFICE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The folder of PostgreSQL's programs, if they are not where distributions put them.
    #[arg(long, env = "BOXOFFICE_POSTGRES_BIN", value_name = "DIR")]
    pub postgres_bin: Option<PathBuf>,
    /// Database connections of this program, half of which only sell; lists and sitemaps have four more
    #[arg(long, env = "BOXOFFICE_DATABASE_CONNECTIONS", default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,
    /// How log lines are written to standard error.
    #[arg(long, env = "BOXOFFICE_LOG", value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// What is logged: a tracing filter such as "info" or "warn,gateway=debug".
    #[arg(long, env = "BOXOFFICE_LOG_FILTER", default_value = "info,sqlx=warn", value_name = "FILTER")]
    pub log_filter: String,
}

impl Common {
    /// Where the signing keys lie.
    pub fn keys_dir(&self) -> PathBuf {
        self.keys_dir.clone().unwrap_or_else(|| self.data_dir.join("keys"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// Where many search nodes find the same index.
#[derive(Debug, Clone, Args)]
pub struct SharedIndex {
    /// A folder or s3://bucket/prefix (credentials and endpoint from AWS_* variables): the worker publishes the index there, nodes without that role pull it.
    #[arg(long, env = "BOXOFFICE_INDEX_STORE", value_name = "URL")]
    pub index_store: Option<String>,
}
