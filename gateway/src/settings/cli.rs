//! What can be typed: commands and options; every option is also an environment variable `BOXOFFICE_…`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use domain::{BuyerId, EventId, KeyId, OrganiserId};
use jiff::Timestamp;
use people::Scope;

use crate::settings::facade::{FacadeName, Users};
use crate::settings::node_secret::NodeSecret;
use crate::settings::values::{Network, Rate, Roles};

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

#[derive(Debug, Clone, Args)]
pub struct Serve {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub http: Http,
}

#[derive(Debug, Clone, Args)]
pub struct Http {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "BOXOFFICE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// What runs here: catalog, booking, renderer, edge, storefront, worker.
    #[arg(
        long,
        env = "BOXOFFICE_ROLES",
        default_value = "catalog,booking,renderer,edge,storefront,worker",
        value_name = "ROLES"
    )]
    pub roles: Roles,
    /// How the outside reaches this server, for absolute links; otherwise the address listened on.
    #[arg(long, env = "BOXOFFICE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Prints the configuration, secrets masked, and stops.
    #[arg(long)]
    pub print_config: bool,
    /// Longest request body in bytes; larger ones are 413.
    #[arg(long, env = "BOXOFFICE_BODY_LIMIT_BYTES", default_value_t = 1 << 20, value_name = "BYTES")]
    pub body_limit_bytes: usize,
    /// Longest time a request may take; streams are free of it.
    #[arg(long, env = "BOXOFFICE_REQUEST_TIMEOUT_SECONDS", default_value_t = 30, value_name = "SECONDS")]
    pub request_timeout_seconds: u64,
    /// Connections open at once, streams not counted; beyond them 64 are kept for health, metrics and webhooks, more wait to be accepted.
    #[arg(long, env = "BOXOFFICE_MAX_CONNECTIONS", default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// Live streams open at once; more are told to come back.
    #[arg(long, env = "BOXOFFICE_MAX_STREAMS", default_value_t = 12_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_streams: u32,
    /// Connections of one address (of IPv6: one /64), proxies that are trusted excepted; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_CONNECTIONS_PER_ADDRESS", default_value_t = 500, value_name = "N")]
    pub connections_per_address: u32,
    /// A listener of their own for /healthz, /readyz, /metrics and webhooks; without it they stay on the main port with connections reserved.
    #[arg(long, env = "BOXOFFICE_ADMIN_LISTEN", value_name = "ADDR")]
    pub admin_listen: Option<SocketAddr>,
    /// Lets buyers pay with the sandbox, which takes no money: for trials. `demo` implies it.
    #[arg(long, env = "BOXOFFICE_SANDBOX")]
    pub sandbox: bool,
    /// Serves another published interface too, under /api/v1: it asks nobody who he is, so for this machine or a trusted network alone.
    #[arg(long, env = "BOXOFFICE_FACADE", value_enum, value_name = "NAME")]
    pub facade: Option<FacadeName>,
    /// The users of that interface, a JSON array of { id, name, email }; without it 5,000 made-up ones.
    #[arg(long, env = "BOXOFFICE_FACADE_USERS", value_parser = Users::read, requires = "facade", value_name = "FILE")]
    pub facade_users: Option<Users>,
    /// After SIGTERM: how long /readyz says 503 while requests are still taken.
    #[arg(long, env = "BOXOFFICE_DRAIN_DELAY_SECONDS", default_value_t = 0, value_name = "SECONDS")]
    pub drain_delay_seconds: u64,
    /// After that: how long requests under way may take to end.
    #[arg(long, env = "BOXOFFICE_DRAIN_SECONDS", default_value_t = 10, value_name = "SECONDS")]
    pub drain_seconds: u64,
    /// Search and lists: requests of one key or buyer, such as 50/s, an address ten times as many; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_SEARCH", default_value = "1000/s", value_name = "RATE")]
    pub rate_limit_search: Rate,
    /// Reads of one thing each (details, seats, orders, tickets, pages, files) of one key, buyer or address; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_READS", default_value = "500/s", value_name = "RATE")]
    pub rate_limit_reads: Rate,
    /// Seat maps and tickets drawn for one key, buyer or address; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_DRAWINGS", default_value = "50/s", value_name = "RATE")]
    pub rate_limit_drawings: Rate,
    /// Reads by the key of an order's link, right or wrong, from one address; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_LINKS", default_value = "10/s", value_name = "RATE")]
    pub rate_limit_links: Rate,
    /// Holds, checkouts and whatever else one buyer or key changes; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_HOLDS", default_value = "50/s", value_name = "RATE")]
    pub rate_limit_holds: Rate,
    /// New sessions of one address; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_SESSIONS", default_value = "500/s", value_name = "RATE")]
    pub rate_limit_sessions: Rate,
    /// Organisers' writes with one key; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_WRITES", default_value = "500/s", value_name = "RATE")]
    pub rate_limit_writes: Rate,
    /// Webhooks of payment providers from one address; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_WEBHOOKS", default_value = "2000/s", value_name = "RATE")]
    pub rate_limit_webhooks: Rate,
    /// Health, readiness and metrics from one address; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_RATE_LIMIT_OPERATIONS", default_value = "100/s", value_name = "RATE")]
    pub rate_limit_operations: Rate,
    /// Proxies whose X-Forwarded-For is believed, as addresses or networks (10.0.0.0/8); none by default, also on this machine.
    #[arg(long, env = "BOXOFFICE_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORKS")]
    pub trusted_proxies: Vec<Network>,
    /// How long a hold keeps its seats.
    #[arg(long, env = "BOXOFFICE_HOLD_TTL_SECONDS", default_value_t = 300, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub hold_ttl_seconds: u32,
    /// Open holds of one address, and of one buyer, at once; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_HOLDS_PER_ADDRESS", default_value_t = 200, value_name = "N")]
    pub holds_per_address: u32,
    /// Places held by one address, and by one buyer, at once; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_PLACES_PER_ADDRESS", default_value_t = 1_000, value_name = "N")]
    pub places_per_address: u32,
    /// Sessions that one address may open within an hour; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_SESSIONS_PER_ADDRESS", default_value_t = 1_000, value_name = "N")]
    pub sessions_per_address: u32,
    /// How long before a sale opens this node opens its desk, draws its maps and fills its caches; 0: the first buyers do
    #[arg(long, env = "BOXOFFICE_WARM_UP_MINUTES", default_value_t = 10, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(0..=1_440))]
    pub warm_up_minutes: u32,
    /// Batches of tickets that this node prints at once, after what somebody waits for; 0: it prints nothing, others do
    #[arg(long, env = "BOXOFFICE_PRINT_WORKERS", default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=256))]
    pub print_workers: u32,
    #[command(flatten)]
    pub shared: SharedIndex,
    /// How other nodes reach this one, such as http://10.0.0.7:8080, on a network of their own: the node that has an event decides for all.
    #[arg(long, env = "BOXOFFICE_NODE_URL", value_name = "URL", value_parser = node_url, requires = "node_secret")]
    pub node_url: Option<String>,
    /// The secret by which nodes know each other, the same for all: 16 to 200 visible ASCII characters.
    #[arg(long, env = "BOXOFFICE_NODE_SECRET", value_name = "SECRET", value_parser = NodeSecret::parse, requires = "node_url", hide_env_values = true)]
    pub node_secret: Option<NodeSecret>,
    /// A NATS server, such as nats://10.0.0.9:4222, by which nodes hear of each other's sales instead of one stream from node to node for each event that is watched.
    #[arg(long, env = "BOXOFFICE_BROKER", value_name = "URL", value_parser = broker, requires = "node_url")]
    pub broker: Option<String>,
    /// A folder of fonts (.ttf, .otf, .ttc) for scripts that the program does not bring, such as Chinese, Japanese, Korean or emoji.
    #[arg(long, env = "BOXOFFICE_FONTS_DIR", value_name = "DIR")]
    pub fonts_dir: Option<PathBuf>,
    #[command(flatten)]
    pub wallet: WalletOptions,
    /// Memory for search answers.
    #[arg(long, env = "BOXOFFICE_SEARCH_CACHE_MIB", default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub search_cache_mib: u32,
    /// Memory for drawings and other cached answers.
    #[arg(long, env = "BOXOFFICE_EDGE_CACHE_MIB", default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub edge_cache_mib: u32,
    /// Varnish servers in front that are told what to forget (PURGE with the tags in xkey-purge), such as http://127.0.0.1:6081
    #[arg(long, env = "BOXOFFICE_PURGE_VARNISH", value_delimiter = ',', value_name = "URLS")]
    pub purge_varnish: Vec<String>,
    /// nginx servers in front that are told what to forget (GET /purge and the name of an entry), such as http://127.0.0.1:8081
    #[arg(long, env = "BOXOFFICE_PURGE_NGINX", value_delimiter = ',', value_name = "URLS")]
    pub purge_nginx: Vec<String>,
    /// A folder or s3://bucket/prefix (credentials and endpoint from AWS_* variables) where uploaded pictures lie, for all nodes; one database's alone.
    #[arg(long, env = "BOXOFFICE_IMAGE_STORE", value_name = "URL")]
    pub image_store: Option<String>,
    /// Pictures that one organiser may keep; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_IMAGES_PER_ORGANISER", default_value_t = 10_000, value_name = "N")]
    pub images_per_organiser: u32,
    /// What the pictures of one organiser may take, and as much again the smaller ones that are made of them; 0 is no limit.
    #[arg(long, env = "BOXOFFICE_IMAGE_MIB_PER_ORGANISER", default_value_t = 4_096, value_name = "MIB")]
    pub image_mib_per_organiser: u32,
    /// The secret that signs payment webhooks (whsec_…); otherwise one is kept in the data directory.
    #[arg(long, env = "BOXOFFICE_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub webhook_secret: Option<String>,
}

/// Reads a node's address: plain HTTP, no path.
fn node_url(text: &str) -> Result<String, String> {
    let authority = text.trim_end_matches('/').strip_prefix("http://");
    match authority {
        Some(authority) if !authority.is_empty() && !authority.contains(['/', '?', '#', '@', ' ']) && text.len() <= 2_000 => {
            Ok(format!("http://{authority}"))
        }
        _ => Err("must be http://HOST:PORT".to_owned()),
    }
}

/// Reads a broker's address: `HOST:PORT`, without the protocol that is always the same.
fn broker(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/').strip_prefix("nats://");
    let parts = address.filter(|address| address.len() <= 300).and_then(|address| address.rsplit_once(':'));
    match parts {
        Some((host, port))
            if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', ',']) && port.parse::<u16>().is_ok() =>
        {
            Ok(format!("{host}:{port}"))
        }
        _ => Err("must be nats://HOST:PORT".to_owned()),
    }
}

/// What signs passes for Apple's wallet: all five or none.
#[derive(Debug, Clone, Default, Args)]
pub struct WalletOptions {
    /// The pass type's certificate (PEM or DER); with the four options below, tickets can be put into Apple's wallet.
    #[arg(long, env = "BOXOFFICE_WALLET_CERTIFICATE", value_name = "FILE", requires_all = ["wallet_key", "wallet_issuer", "wallet_pass_type", "wallet_team"])]
    pub wallet_certificate: Option<PathBuf>,
    /// Its private key (PEM or DER).
    #[arg(long, env = "BOXOFFICE_WALLET_KEY", value_name = "FILE", requires = "wallet_certificate")]
    pub wallet_key: Option<PathBuf>,
    /// The certificate of who gave it out, Apple's "WWDR" (PEM or DER).
    #[arg(long, env = "BOXOFFICE_WALLET_ISSUER", value_name = "FILE", requires = "wallet_certificate")]
    pub wallet_issuer: Option<PathBuf>,
    /// The pass type, such as pass.example.tickets.
    #[arg(long, env = "BOXOFFICE_WALLET_PASS_TYPE", value_name = "ID", requires = "wallet_certificate")]
    pub wallet_pass_type: Option<String>,
    /// The team that it belongs to.
    #[arg(long, env = "BOXOFFICE_WALLET_TEAM", value_name = "ID", requires = "wallet_certificate")]
    pub wallet_team: Option<String>,
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

/// Where many search nodes find the same index.
#[derive(Debug, Clone, Args)]
pub struct SharedIndex {
    /// A folder or s3://bucket/prefix (credentials and endpoint from AWS_* variables): the worker publishes the index there, nodes without that role pull it.
    #[arg(long, env = "BOXOFFICE_INDEX_STORE", value_name = "URL")]
    pub index_store: Option<String>,
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
pub struct Admin {
    #[command(subcommand)]
    pub command: AdminCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub enum AdminCommand {
    /// Makes an API key and prints it once; only its hash is stored.
    CreateKey(CreateKey),
    /// Makes an organiser and prints its id.
    CreateOrganiser {
        #[command(flatten)]
        common: Common,
        name: String,
    },
    /// Lists keys, one a line: id, role, organiser, state, scopes, last use, name.
    ListKeys {
        #[command(flatten)]
        common: Common,
        /// Whose keys; without it everybody's.
        #[arg(long, env = "BOXOFFICE_ORGANISER", value_name = "ID")]
        organiser: Option<OrganiserId>,
    },
    /// Ends a key; every node refuses it within a second.
    RevokeKey {
        #[command(flatten)]
        common: Common,
        id: KeyId,
    },
    /// Gives a key another secret and prints it once.
    RotateKey {
        #[command(flatten)]
        common: Common,
        id: KeyId,
        /// How long the old secret still works; 0 for one that leaked.
        #[arg(long, env = "BOXOFFICE_OLD_SECRET_SECONDS", default_value_t = 86_400, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=86_400))]
        old_secret_seconds: u32,
    },
    /// Makes new keys that sign tickets, cursors and webhooks; the old ones verify for a while.
    RotateSigningKeys(RotateSigningKeys),
}

#[derive(Debug, Clone, Args)]
pub struct RotateSigningKeys {
    #[command(flatten)]
    pub common: Common,
    /// How long what the present keys signed is still accepted; for tickets, until the last event they are sold for.
    #[arg(long, env = "BOXOFFICE_OVERLAP_DAYS", default_value_t = 400, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=10_000))]
    pub overlap_days: u16,
    /// How long until the new keys sign: the time in which every node must have them in its key folder.
    #[arg(long, env = "BOXOFFICE_LEAD_SECONDS", default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=604_800))]
    pub lead_seconds: u32,
    /// Instead: begins anew with the first keys of this folder, because the installation's are lost or known to strangers; what was
    /// signed before is refused from then on.
    #[arg(long)]
    pub forget: bool,
}

/// What a new key is to be.
#[derive(Debug, Clone, Args)]
pub struct CreateKey {
    #[command(flatten)]
    pub common: Common,
    #[arg(long, env = "BOXOFFICE_ROLE", value_enum)]
    pub role: KeyRole,
    /// What the key is for.
    #[arg(long, env = "BOXOFFICE_NAME", default_value = "", value_name = "NAME")]
    pub name: String,
    /// Whose key it is: an id that create-organiser printed; without it the house's.
    #[arg(long, env = "BOXOFFICE_ORGANISER", value_name = "ID")]
    pub organiser: Option<OrganiserId>,
    /// What the key may do, such as "events:read,audit:read"; without it all that its role has.
    #[arg(long, env = "BOXOFFICE_SCOPES", value_delimiter = ',', value_parser = scope, value_name = "SCOPES")]
    pub scopes: Option<Vec<Scope>>,
    /// When the key ends: an instant (RFC 3339) or a number of days such as "90d".
    #[arg(long, env = "BOXOFFICE_EXPIRES", value_parser = expires, value_name = "WHEN")]
    pub expires: Option<Expires>,
    /// What a partner may ask for in a second on one node; without it 20.
    #[arg(long, env = "BOXOFFICE_REQUESTS_PER_SECOND", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub requests_per_second: Option<u32>,
    /// What a partner may ask for on a day (UTC); without it 200000.
    #[arg(long, env = "BOXOFFICE_REQUESTS_PER_DAY", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub requests_per_day: Option<u32>,
    /// How many holds a partner's buyers may have open at once; without it 200.
    #[arg(long, env = "BOXOFFICE_OPEN_HOLDS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub open_holds: Option<u32>,
}

/// When a key ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expires {
    At(Timestamp),
    Days(u32),
}

fn scope(text: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    Scope::parse(text).ok_or_else(|| format!("is none of {}", known()))
}

fn expires(text: &str) -> Result<Expires, String> {
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=36_500).contains(days)) {
        return Ok(Expires::Days(days));
    }
    text.parse().map(Expires::At).map_err(|_| "must be an instant (RFC 3339) or a number of days such as 90d".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyRole {
    Organiser,
    Partner,
    Admin,
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

/// docs/CONFIG.md: every option of every command, once, with its variable and default.
pub fn config_markdown() -> String {
    let mut text = String::from(
        "# Configuration\n\nGenerated from `gateway/src/settings/cli.rs` by `make bless`. Every option is also an environment variable; the option \
         wins. `DATABASE_URL` is read where neither `--database-url` nor its variable is given. `boxoffice serve --print-config` shows \
         what a server would run with, secrets masked.\n",
    );
    let mut seen = Vec::new();
    for (name, command) in commands_of(&Cli::command(), "") {
        let fresh = |arg: &&clap::Arg| arg.get_env().is_some() && !seen.contains(&arg.get_id().to_string());
        let args: Vec<_> = command.get_arguments().filter(fresh).collect();
        let rows: String = args.iter().map(|arg| row(arg)).collect();
        if !rows.is_empty() {
            text.push_str(&format!("\n## {name}\n\n| option | variable | default | meaning |\n|---|---|---|---|\n{rows}"));
        }
        let ids: Vec<_> = args.iter().map(|arg| arg.get_id().to_string()).collect();
        seen.extend(ids);
    }
    text
}

/// The visible commands with their full names, sub-commands in place of their parent.
fn commands_of(command: &clap::Command, prefix: &str) -> Vec<(String, clap::Command)> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let named = shown.map(|command| (format!("{prefix}{}", command.get_name()), command));
    named
        .flat_map(|(name, command)| match command.has_subcommands() {
            true => commands_of(command, &format!("{name} ")),
            false => vec![(name, command.clone())],
        })
        .collect()
}

fn row(arg: &clap::Arg) -> String {
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = if defaults.is_empty() { String::new() } else { format!("`{}`", defaults.join(",")) };
    let variable = arg.get_env().map(|env| env.to_string_lossy().into_owned()).unwrap_or_default();
    let help = arg.get_help().map(|help| help.to_string()).unwrap_or_default();
    format!("| `--{}` | `{variable}` | {default} | {help} |\n", arg.get_long().unwrap_or_default())
}

#[cfg(test)]
mod tests {
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
