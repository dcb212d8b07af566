//! What was typed becomes what the program needs: rates, networks, roles, the address that the outside sees.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use booking::HoardLimits;
use catalog::model::ImageLimits;

use crate::settings::cli::{Common, Http, WalletOptions};
use crate::settings::facade::Users;
use crate::settings::node_secret::NodeSecret;
use crate::settings::values::{Network, Rates, Roles};

/// Caches in front of us, by their addresses.
#[derive(Debug, Clone, Default)]
pub struct Fronts {
    pub varnish: Vec<String>,
    pub nginx: Vec<String>,
}

/// What `serve` runs with.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: String,
    pub roles: Roles,
    pub data_dir: PathBuf,
    pub body_limit_bytes: usize,
    pub request_timeout: Duration,
    pub max_connections: u32,
    pub max_streams: u32,
    /// Connections of one address; none: no limit.
    pub connections_per_address: Option<u32>,
    /// A listener of their own for health, metrics and webhooks.
    pub admin_listen: Option<SocketAddr>,
    /// Whether buyers may pay with the sandbox, which takes no money.
    pub sandbox: bool,
    /// The users of the TicketOverflow interface, if that is served.
    pub facade: Option<Users>,
    pub drain_delay: Duration,
    pub drain: Duration,
    pub rates: Rates,
    pub trusted_proxies: Vec<Network>,
    pub hold_ttl: Duration,
    /// How much one address and one buyer may hold at once.
    pub hoards: HoardLimits,
    /// Sessions that one address may open within an hour; none: no limit.
    pub sessions_per_address: Option<u32>,
    /// Batches of prints that are drawn at once; 0: this node prints nothing.
    /// How long before a sale opens it is warmed up; nothing: not at all.
    pub warm_up: Duration,
    pub print_workers: u32,
    pub search_cache_bytes: u64,
    pub edge_cache_bytes: u64,
    /// Where the index is published or pulled.
    pub index_store: Option<String>,
    /// Caches in front that are told what to forget.
    pub fronts: Fronts,
    /// Where uploaded pictures lie, if not in the data directory.
    pub image_store: Option<String>,
    /// How much of each organiser's is kept.
    pub image_limits: ImageLimits,
    /// How this node is reached by others, and the secret of all; none: it sends them no command.
    pub nodes: Option<NodeWords>,
    /// What signs wallet passes; without it there are none.
    pub wallet: Option<WalletFiles>,
}

/// What a node says to others.
#[derive(Debug, Clone)]
pub struct NodeWords {
    pub url: String,
    pub secret: NodeSecret,
    /// The broker's `HOST:PORT`; none: nodes hear each other directly.
    pub broker: Option<String>,
}

impl NodeWords {
    /// Address and secret, or nothing: the command line takes no one of them.
    fn of(typed: &Http) -> Option<Self> {
        Some(Self { url: typed.node_url.clone()?, secret: typed.node_secret.clone()?, broker: typed.broker.clone() })
    }
}

/// The files that sign wallet passes, and in whose name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// The certificate of who gave out the other.
    pub issuer: PathBuf,
    pub pass_type: String,
    pub team: String,
}

impl WalletFiles {
    /// All five, or nothing: the command line takes no fewer.
    fn of(typed: &WalletOptions) -> Option<Self> {
        Some(Self {
            certificate: typed.wallet_certificate.clone()?,
            key: typed.wallet_key.clone()?,
            issuer: typed.wallet_issuer.clone()?,
            pass_type: typed.wallet_pass_type.clone()?,
            team: typed.wallet_team.clone()?,
        })
    }
}

impl Config {
    /// Takes     `listen` as bound, so that port 0 has become a real one.
    pub fn new(common: &Common, http: &Http, listen: SocketAddr) -> Self {
        let public_url = http.public_url.clone().unwrap_or_else(|| format!("http://{listen}"));
        Self {
            listen,
            public_url: public_url.trim_end_matches('/').to_owned(),
            roles: http.roles,
            data_dir: common.data_dir.clone(),
            body_limit_bytes: http.body_limit_bytes,
            request_timeout: Duration::from_secs(http.request_timeout_seconds.max(1)),
            max_connections: http.max_connections,
            max_streams: http.max_streams,
            connections_per_address: (http.connections_per_address > 0).then_some(http.connections_per_address),
            admin_listen: http.admin_listen,
            sandbox: http.sandbox,
            facade: http.facade.map(|_| http.facade_users.clone().unwrap_or_else(Users::made_up)),
            drain_delay: Duration::from_secs(http.drain_delay_seconds),
            drain: Duration::from_secs(http.drain_seconds),
            rates: Rates {
                search: http.rate_limit_search,
                reads: http.rate_limit_reads,
                drawings: http.rate_limit_drawings,
                links: http.rate_limit_links,
                holds: http.rate_limit_holds,
                sessions: http.rate_limit_sessions,
                writes: http.rate_limit_writes,
                webhooks: http.rate_limit_webhooks,
                operations: http.rate_limit_operations,
            },
            trusted_proxies: http.trusted_proxies.clone(),
            hold_ttl: Duration::from_secs(http.hold_ttl_seconds.into()),
            hoards: HoardLimits { holds: http.holds_per_address, places: http.places_per_address },
            sessions_per_address: (http.sessions_per_address > 0).then_some(http.sessions_per_address),
            warm_up: Duration::from_secs(u64::from(http.warm_up_minutes) * 60),
            print_workers: http.print_workers,
            search_cache_bytes: u64::from(http.search_cache_mib) << 20,
            edge_cache_bytes: u64::from(http.edge_cache_mib) << 20,
            index_store: http.shared.index_store.clone(),
            fronts: Fronts { varnish: http.purge_varnish.clone(), nginx: http.purge_nginx.clone() },
            image_store: http.image_store.clone(),
            image_limits: ImageLimits {
                images: limit(http.images_per_organiser.into()),
                bytes: limit(u64::from(http.image_mib_per_organiser) << 20),
            },
            nodes: NodeWords::of(http),
            wallet: WalletFiles::of(&http.wallet),
        }
    }

    /// Where uploaded pictures lie.
    pub fn image_store(&self) -> String {
        self.image_store.clone().unwrap_or_else(|| self.data_dir.join("images").display().to_string())
    }

    /// Whether the outside reaches us by https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// For tests: everything runs, nothing is limited.
    pub fn for_testing(data_dir: PathBuf) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen,
            public_url: "http://localhost".to_owned(),
            roles: Roles::ALL,
            data_dir,
            body_limit_bytes: 1 << 20,
            request_timeout: Duration::from_secs(30),
            max_connections: 1_000,
            max_streams: 1_000,
            connections_per_address: None,
            admin_listen: None,
            sandbox: true,
            facade: None,
            drain_delay: Duration::ZERO,
            drain: Duration::from_secs(1),
            rates: Rates::OFF,
            trusted_proxies: Vec::new(),
            hold_ttl: Duration::from_secs(300),
            hoards: HoardLimits::default(),
            sessions_per_address: None,
            warm_up: Duration::ZERO,
            print_workers: 2,
            search_cache_bytes: 8 << 20,
            edge_cache_bytes: 8 << 20,
            index_store: None,
            fronts: Fronts::default(),
            image_store: None,
            image_limits: ImageLimits { images: 100, bytes: 100 << 20 },
            nodes: None,
            wallet: None,
        }
    }
}

/// The configuration as `--print-config` and the debug log show it: one `name = value` a line, secrets masked.
pub fn describe(common: &Common, http: &Http) -> String {
    let rows = [place(common, http), limits(http), neighbours(http)].concat();
    rows.iter().map(|(name, value)| format!("{name} = {value}\n")).collect()
}

type Row = (&'static str, String);

fn shown(path: Option<&PathBuf>) -> String {
    path.map_or_else(|| "(none)".into(), |path| path.display().to_string())
}

/// Where it listens, what it is, and what it keeps where.
fn place(common: &Common, http: &Http) -> Vec<Row> {
    vec![
        ("listen", http.listen.to_string()),
        ("public-url", http.public_url.clone().unwrap_or_else(|| "(the address listened on)".into())),
        ("roles", http.roles.to_string()),
        ("data-dir", common.data_dir.display().to_string()),
        ("keys-dir", common.keys_dir().display().to_string()),
        ("database-url", database_url(common).map_or_else(|| "(embedded)".into(), |url| mask_url(&url))),
        ("postgres-bin", common.postgres_bin.as_ref().map_or_else(|| "(found)".into(), |dir| dir.display().to_string())),
        ("database-connections", common.database_connections.to_string()),
        ("log", format!("{:?}", common.log).to_lowercase()),
        ("log-filter", common.log_filter.clone()),
        ("body-limit-bytes", http.body_limit_bytes.to_string()),
        ("request-timeout-seconds", http.request_timeout_seconds.to_string()),
        ("max-connections", http.max_connections.to_string()),
        ("max-streams", http.max_streams.to_string()),
        ("connections-per-address", http.connections_per_address.to_string()),
        ("admin-listen", http.admin_listen.map_or_else(|| "(none: on the main port)".into(), |address| address.to_string())),
        ("sandbox", if http.sandbox { "on: buyers pay with play money" } else { "off" }.to_owned()),
        ("facade", http.facade.map_or("(none)", |name| name.as_str()).to_owned()),
        (
            "facade-users",
            http.facade_users.as_ref().map_or_else(|| "(made up)".into(), |users| format!("{} users", users.all().len())),
        ),
    ]
}

/// What it takes at most, and how long things last.
fn limits(http: &Http) -> Vec<Row> {
    vec![
        ("drain-delay-seconds", http.drain_delay_seconds.to_string()),
        ("drain-seconds", http.drain_seconds.to_string()),
        ("rate-limit-search", http.rate_limit_search.to_string()),
        ("rate-limit-reads", http.rate_limit_reads.to_string()),
        ("rate-limit-drawings", http.rate_limit_drawings.to_string()),
        ("rate-limit-links", http.rate_limit_links.to_string()),
        ("rate-limit-holds", http.rate_limit_holds.to_string()),
        ("rate-limit-sessions", http.rate_limit_sessions.to_string()),
        ("rate-limit-writes", http.rate_limit_writes.to_string()),
        ("rate-limit-webhooks", http.rate_limit_webhooks.to_string()),
        ("rate-limit-operations", http.rate_limit_operations.to_string()),
        ("trusted-proxies", http.trusted_proxies.iter().map(Network::to_string).collect::<Vec<_>>().join(",")),
        ("hold-ttl-seconds", http.hold_ttl_seconds.to_string()),
        ("holds-per-address", http.holds_per_address.to_string()),
        ("places-per-address", http.places_per_address.to_string()),
        ("sessions-per-address", http.sessions_per_address.to_string()),
        ("warm-up-minutes", http.warm_up_minutes.to_string()),
    ]
}

/// What it works with beside itself: caches, stores, other nodes, wallets.
fn neighbours(http: &Http) -> Vec<Row> {
    vec![
        ("print-workers", http.print_workers.to_string()),
        ("search-cache-mib", http.search_cache_mib.to_string()),
        ("edge-cache-mib", http.edge_cache_mib.to_string()),
        ("index-store", http.shared.index_store.clone().unwrap_or_else(|| "(none)".into())),
        ("purge-varnish", http.purge_varnish.join(",")),
        ("purge-nginx", http.purge_nginx.join(",")),
        ("image-store", http.image_store.clone().unwrap_or_else(|| "(in the data directory)".into())),
        ("images-per-organiser", http.images_per_organiser.to_string()),
        ("image-mib-per-organiser", http.image_mib_per_organiser.to_string()),
        ("node-url", http.node_url.clone().unwrap_or_else(|| "(none: other nodes ask this one nothing)".into())),
        ("node-secret", http.node_secret.as_ref().map_or("(none)", |_| "***").to_owned()),
        (
            "broker",
            http.broker.as_ref().map_or("(none: nodes hear each other directly)".into(), |address| format!("nats://{address}")),
        ),
        ("fonts-dir", shown(http.fonts_dir.as_ref())),
        ("wallet-certificate", shown(http.wallet.wallet_certificate.as_ref())),
        ("wallet-key", shown(http.wallet.wallet_key.as_ref())),
        ("wallet-issuer", shown(http.wallet.wallet_issuer.as_ref())),
        ("wallet-pass-type", http.wallet.wallet_pass_type.clone().unwrap_or_else(|| "(none)".into())),
        ("wallet-team", http.wallet.wallet_team.clone().unwrap_or_else(|| "(none)".into())),
        ("webhook-secret", http.webhook_secret.as_ref().map_or("(kept in the key folder)", |_| "***").to_owned()),
    ]
}

/// The outside database, if one is named: `--database-url`, `BOXOFFICE_DATABASE_URL`, or `DATABASE_URL`.
pub fn database_url(common: &Common) -> Option<String> {
    common.database_url.clone().or_else(|| std::env::var("DATABASE_URL").ok()).filter(|url| !url.is_empty())
}

/// 0 is no limit.
fn limit(number: u64) -> u64 {
    if number == 0 { u64::MAX } else { number }
}

/// What the AWS_* variables say of the stores behind s3:// URLs.
pub fn store_options() -> impl Iterator<Item = (String, String)> {
    let ours = std::env::vars().filter(|(name, _)| name.starts_with("AWS_"));
    ours.map(|(name, value)| (name.to_lowercase(), value))
}

/// Hides the password of a URL.
pub fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_end);
    let masked = match authority.rsplit_once('@') {
        Some((user, host)) => format!("{}:***@{host}", user.split(':').next().unwrap_or("")),
        None => authority.to_owned(),
    };
    let tail =
        if tail.contains("password=") { tail.split('?').next().unwrap_or("").to_owned() + "?***" } else { tail.to_owned() };
    format!("{scheme}://{masked}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_masked_wherever_it_stands() {
        let table = [
            ("postgres://ada:s3cret@db/box", "postgres://ada:***@db/box"),
            ("postgres://ada:p@ss@db/box", "postgres://ada:***@db/box"),
            ("postgres://db/box?host=/tmp", "postgres://db/box?host=/tmp"),
            ("postgres://db/box?user=a&password=s", "postgres://db/box?***"),
            ("nonsense", "***"),
        ];
        for (url, masked) in table {
            assert_eq!(mask_url(url), masked);
        }
    }
}
