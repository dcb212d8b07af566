//! The options of a server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::settings::common::SharedIndex;
use crate::settings::facade::{FacadeName, Users};
use crate::settings::node_secret::NodeSecret;
use crate::settings::values::{Network, Rate, Roles};

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
