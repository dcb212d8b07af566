//! What can be typed: commands and options; every option is also an environment variable `BOXOFFICE_…`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use domain::{BuyerId, EventId};

pub use crate::settings::admin::{Admin, AdminCommand, CreateKey, Expires, KeyRole, RotateSigningKeys};
pub use crate::settings::common::{Common, LogFormat, SharedIndex};
pub use crate::settings::http::{Http, WalletOptions};

#[derive(Debug, Parser)]
#[command(name = "boxoffice", version, about = "A search-first event catalogue with a booking sidecar.")]
pub struct Cli {
    #[command(subcommand)]
    pub command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Serves the API and the storefront; prints "listening on http://ADDR" when ready.
    Serve(Serve),
    /// Generates a catalogue with on-sales from today on, reindexes, and serves it.
    Demo(Demo),
    /// Imports catalogue files (NDJSON or CSV, also zstd): all of a file or nothing of it.
    Import(Import),
    /// Builds the search index anew beside the live one and swaps it in; a running server picks it up.
    Reindex(Reindex),
    /// Brings the database's schema up to date.
    Migrate(Common),
    /// Proves that no seat is sold twice and every payment has an order or a refund.
    Audit(Audit),
    /// Removes what is kept no longer, as the worker does by itself, and prints how much.
    Purge(Common),
    /// Makes all caches forget the answers with these tags (Surrogate-Key), on every node and in front.
    PurgeCache(PurgeCache),
    /// Checks queues from the outside.
    Queue(Queue),
    /// Manages keys.
    Admin(Admin),
    /// Prints a completion script for a shell.
    Completions { shell: Shell },
    /// Helps developers; not for production.
    #[command(hide = true)]
    Dev(Dev),
}

#[derive(Debug, Clone, Args)]
pub struct Serve {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub http: Http,
}

#[derive(Debug, Clone, Args)]
pub struct Demo {
    #[command(flatten)]
    pub serve: Serve,
    /// Upcoming events to generate.
    #[arg(long, env = "BOXOFFICE_EVENTS", default_value_t = 20_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub events: u32,
}

#[derive(Debug, Clone, Args)]
pub struct PurgeCache {
    #[command(flatten)]
    pub common: Common,
    /// Such as event-01990b7e-…, events or, for caches that know addresses only, a path.
    #[arg(required = true, value_name = "TAG")]
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct Import {
    #[command(flatten)]
    pub common: Common,
    /// Files named after their kind (venues.ndjson.zst …), or --kind says it.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the files hold: venues, performers, series or events.
    #[arg(long, env = "BOXOFFICE_KIND", value_enum)]
    pub kind: Option<ImportKind>,
    /// Whose ids the files hold, for records that name no source themselves: ids of one source never stand for another's.
    #[arg(long, env = "BOXOFFICE_SOURCE", value_name = "NAME")]
    pub source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    Venues,
    Performers,
    Series,
    Events,
}

#[derive(Debug, Clone, Args)]
pub struct Reindex {
    #[command(flatten)]
    pub common: Common,
    /// Builds from nothing; without it a build goes on with the finished parts of one that was killed.
    #[arg(long, env = "BOXOFFICE_FULL")]
    pub full: bool,
    /// Compares the live index with Postgres row by row and prints differences (exit code 1); builds first only with --full or without an index.
    #[arg(long, env = "BOXOFFICE_VERIFY")]
    pub verify: bool,
    /// Makes the generation before the live one live again.
    #[arg(long, env = "BOXOFFICE_ROLLBACK", conflicts_with_all = ["full", "verify"])]
    pub rollback: bool,
    /// Memory for building.
    #[arg(long, env = "BOXOFFICE_MEMORY_MIB", default_value_t = 512, value_name = "MIB", value_parser = clap::value_parser!(u32).range(64..=65_536))]
    pub memory_mib: u32,
    /// Events between two commits of a build: what a kill costs at most.
    #[arg(long, env = "BOXOFFICE_PART_EVENTS", default_value_t = 250_000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub part_events: u32,
    /// Generations that stay on disk, the live one included.
    #[arg(long, env = "BOXOFFICE_KEEP", default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub keep: u16,
    #[command(flatten)]
    pub shared: SharedIndex,
}

#[derive(Debug, Clone, Args)]
pub struct Queue {
    #[command(subcommand)]
    pub command: QueueCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub enum QueueCommand {
    /// Checks the published order of who came before a sale began.
    Verify(VerifyQueue),
}

#[derive(Debug, Clone, Args)]
pub struct VerifyQueue {
    /// Whose queue.
    #[arg(long, value_name = "ID")]
    pub event: EventId,
    /// The hash of the seed as it was published before the start.
    #[arg(long, value_name = "HEX")]
    pub seed_hash: Option<String>,
    /// Says where this buyer stood.
    #[arg(long, value_name = "ID")]
    pub buyer: Option<BuyerId>,
    /// The address of the installation, or a file with what it answered.
    #[arg(value_name = "URL|FILE")]
    pub from: String,
}

#[derive(Debug, Clone, Args)]
pub struct Audit {
    #[command(flatten)]
    pub common: Common,
    /// Prints one JSON object, for programs.
    #[arg(long, env = "BOXOFFICE_JSON")]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Dev {
    #[command(subcommand)]
    pub command: DevCommand,
}

#[derive(Debug, Subcommand)]
pub enum DevCommand {
    /// Runs a command with DATABASE_URL naming a private Postgres that stops with it.
    Postgres {
        #[arg(long, env = "BOXOFFICE_DATA_DIR", value_name = "DIR")]
        data_dir: PathBuf,
        /// Keeps fsync on; without it the cluster is fast and not crash-safe.
        #[arg(long)]
        durable: bool,
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<std::ffi::OsString>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_is_also_a_variable() {
        for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
                let name = arg.get_long().unwrap_or_default();
                if !["help", "version", "print-config"].contains(&name) {
                    let variable = arg.get_env().map(|env| env.to_string_lossy().into_owned());
                    assert_eq!(variable, Some(format!("BOXOFFICE_{}", name.to_uppercase().replace('-', "_"))), "{name}");
                }
            }
        }
    }

    #[test]
    fn the_contract_s_commands_are_understood() {
        for line in [
            "serve",
            "serve --listen 127.0.0.1:0 --data-dir d --database-url postgres://x --roles booking",
            "demo --events 2000",
            "import a.ndjson b.csv --kind events",
            "reindex --full --verify",
            "reindex --rollback",
            "reindex --index-store s3://bucket/prefix",
            "migrate",
            "audit",
            "queue verify --event 018f3b7e-0000-7000-8000-000000000000 https://tickets.example",
            "admin create-key --role organiser",
            "admin create-key --role organiser --organiser 018f3b7e-0000-7000-8000-000000000000 --scopes events:read,audit:read --expires 90d",
            "admin create-key --role partner --requests-per-second 5 --requests-per-day 1000 --open-holds 3 --expires 2099-01-01T00:00:00Z",
            "admin create-organiser Opera",
            "admin list-keys",
            "admin revoke-key 018f3b7e-0000-7000-8000-000000000000",
            "admin rotate-key 018f3b7e-0000-7000-8000-000000000000 --old-secret-seconds 0",
            "completions bash",
        ] {
            let words = std::iter::once("boxoffice").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
        assert!(Cli::try_parse_from(["boxoffice", "serve", "--roles", "catalog,cooking"]).is_err());
        let node = |words: &[&str]| Cli::try_parse_from(["boxoffice", "serve"].iter().chain(words)).is_ok();
        assert!(node(&["--node-url=http://10.0.0.7:8080/", "--node-secret=0123456789abcdef"]));
        for wrong in ["https://10.0.0.7", "10.0.0.7:8080", "http://", "http://a/b", "http://user@a", "http://a b"] {
            assert!(!node(&["--node-secret=0123456789abcdef", &format!("--node-url={wrong}")]), "{wrong}");
        }
        assert!(!node(&["--node-url=http://10.0.0.7"]) && !node(&["--node-secret=0123456789abcdef"]), "one without the other");
        assert!(!node(&["--node-url=http://10.0.0.7", "--node-secret=short"]));
        let with =
            |broker: &str| node(&["--node-url=http://10.0.0.7", "--node-secret=0123456789abcdef", &format!("--broker={broker}")]);
        assert!(with("nats://10.0.0.9:4222") && with("nats://broker.lan:4222/") && with("nats://[::1]:4222"));
        for wrong in [
            "10.0.0.9:4222",
            "nats://10.0.0.9",
            "nats://:4222",
            "nats://a:b",
            "nats://me:word@a:4222",
            "tls://a:4222",
            "nats://a:1,b:2",
        ] {
            assert!(!with(wrong), "{wrong}");
        }
        assert!(!node(&["--broker=nats://10.0.0.9:4222"]), "a broker of no nodes");
        for wrong in ["--scopes=events:own", "--expires=soon", "--expires=0d", "--organiser=house", "--open-holds=0"] {
            assert!(Cli::try_parse_from(["boxoffice", "admin", "create-key", "--role", "partner", wrong]).is_err(), "{wrong}");
        }
    }
}
