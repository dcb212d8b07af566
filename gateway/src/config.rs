//! What was typed becomes what the program needs: rates, networks, roles, the address that the outside sees.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::cli::{Common, Http};

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
    pub drain_delay: Duration,
    pub drain: Duration,
    pub rates: Rates,
    pub trusted_proxies: Vec<Network>,
    pub hold_ttl: Duration,
    pub search_cache_bytes: u64,
    pub edge_cache_bytes: u64,
    /// Where the index is published or pulled.
    pub index_store: Option<String>,
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
            drain_delay: Duration::from_secs(http.drain_delay_seconds),
            drain: Duration::from_secs(http.drain_seconds),
            rates: Rates {
                search: http.rate_limit_search,
                holds: http.rate_limit_holds,
                sessions: http.rate_limit_sessions,
                writes: http.rate_limit_writes,
            },
            trusted_proxies: http.trusted_proxies.clone(),
            hold_ttl: Duration::from_secs(http.hold_ttl_seconds.into()),
            search_cache_bytes: u64::from(http.search_cache_mib) << 20,
            edge_cache_bytes: u64::from(http.edge_cache_mib) << 20,
            index_store: http.shared.index_store.clone(),
        }
    }

    /// For tests: everything runs, nothing is limited.
    pub fn for_testing(data_dir: PathBuf) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let off = Rate(None);
        Self {
            listen,
            public_url: "http://localhost".to_owned(),
            roles: Roles::ALL,
            data_dir,
            body_limit_bytes: 1 << 20,
            request_timeout: Duration::from_secs(30),
            max_connections: 1_000,
            drain_delay: Duration::ZERO,
            drain: Duration::from_secs(1),
            rates: Rates { search: off, holds: off, sessions: off, writes: off },
            trusted_proxies: Vec::new(),
            hold_ttl: Duration::from_secs(300),
            search_cache_bytes: 8 << 20,
            edge_cache_bytes: 8 << 20,
            index_store: None,
        }
    }
}

/// The configuration as `--print-config` and the debug log show it: one `name = value` a line, secrets masked.
pub fn describe(common: &Common, http: &Http) -> String {
    let rows: Vec<(&str, String)> = vec![
        ("listen", http.listen.to_string()),
        ("public-url", http.public_url.clone().unwrap_or_else(|| "(the address listened on)".into())),
        ("roles", http.roles.to_string()),
        ("data-dir", common.data_dir.display().to_string()),
        ("database-url", database_url(common).map_or_else(|| "(embedded)".into(), |url| mask_url(&url))),
        ("postgres-bin", common.postgres_bin.as_ref().map_or_else(|| "(found)".into(), |dir| dir.display().to_string())),
        ("database-connections", common.database_connections.to_string()),
        ("log", format!("{:?}", common.log).to_lowercase()),
        ("log-filter", common.log_filter.clone()),
        ("body-limit-bytes", http.body_limit_bytes.to_string()),
        ("request-timeout-seconds", http.request_timeout_seconds.to_string()),
        ("max-connections", http.max_connections.to_string()),
        ("drain-delay-seconds", http.drain_delay_seconds.to_string()),
        ("drain-seconds", http.drain_seconds.to_string()),
        ("rate-limit-search", http.rate_limit_search.to_string()),
        ("rate-limit-holds", http.rate_limit_holds.to_string()),
        ("rate-limit-sessions", http.rate_limit_sessions.to_string()),
        ("rate-limit-writes", http.rate_limit_writes.to_string()),
        ("trusted-proxies", http.trusted_proxies.iter().map(Network::to_string).collect::<Vec<_>>().join(",")),
        ("hold-ttl-seconds", http.hold_ttl_seconds.to_string()),
        ("search-cache-mib", http.search_cache_mib.to_string()),
        ("edge-cache-mib", http.edge_cache_mib.to_string()),
        ("index-store", http.shared.index_store.clone().unwrap_or_else(|| "(none)".into())),
        ("webhook-secret", http.webhook_secret.as_ref().map_or("(kept in the data directory)", |_| "***").to_owned()),
    ];
    rows.iter().map(|(name, value)| format!("{name} = {value}\n")).collect()
}

/// The outside database, if one is named: `--database-url`, `BOXOFFICE_DATABASE_URL`, or `DATABASE_URL`.
pub fn database_url(common: &Common) -> Option<String> {
    common.database_url.clone().or_else(|| std::env::var("DATABASE_URL").ok()).filter(|url| !url.is_empty())
}

/// What the AWS_* variables say of the index store behind an s3:// URL.
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

/// The four limits.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    pub search: Rate,
    pub holds: Rate,
    pub sessions: Rate,
    pub writes: Rate,
}

/// Requests per second; none is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(pub Option<NonZeroU32>);

impl FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix("/s").unwrap_or(text);
        number
            .parse::<u32>()
            .map(|n| Self(NonZeroU32::new(n)))
            .map_err(|_| format!("{text:?} is not a rate such as 10/s, or 0 for none"))
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(n) => write!(f, "{n}/s"),
            None => f.write_str("0"),
        }
    }
}

/// An address or a network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                same_prefix(u128::from(u32::from(net)) << 96, u128::from(u32::from(ip)) << 96, self.prefix)
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => same_prefix(net.into(), ip.into(), self.prefix),
            _ => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, prefix: u8) -> bool {
    prefix == 0 || (a ^ b) >> (128 - u32::from(prefix)) == 0
}

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither an address nor a network such as 10.0.0.0/8");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |text| text.parse().map_err(|_| wrong()))?;
        if prefix <= longest { Ok(Self { address, prefix }) } else { Err(wrong()) }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// One part of the house that a process may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Search, lists, details, organisers' writes.
    Catalog,
    /// Holds, orders, payments, live seats.
    Booking,
    /// Drawings.
    Renderer,
    /// The cache in front of the renderer.
    Edge,
    /// The pages.
    Storefront,
    /// Follows the change feed into the index, forgets old idempotency keys.
    Worker,
}

impl Role {
    pub const ALL: [Role; 6] = [Self::Catalog, Self::Booking, Self::Renderer, Self::Edge, Self::Storefront, Self::Worker];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Booking => "booking",
            Self::Renderer => "renderer",
            Self::Edge => "edge",
            Self::Storefront => "storefront",
            Self::Worker => "worker",
        }
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    pub const ALL: Roles = Roles(0b11_1111);

    pub fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl FromStr for Roles {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut set = 0;
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let known = || Role::ALL.map(Role::as_str).join(", ");
            let role = Role::ALL.into_iter().find(|role| role.as_str() == name);
            set |= 1 << role.ok_or_else(|| format!("there is no role {name:?}; known are {}", known()))? as u8;
        }
        if set == 0 { Err("at least one role is needed".to_owned()) } else { Ok(Self(set)) }
    }
}

impl std::fmt::Display for Roles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.iter().map(Role::as_str).collect::<Vec<_>>().join(","))
    }
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

    #[test]
    fn a_network_holds_its_addresses() {
        let table = [
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("::1", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
        ];
        for (network, address, inside) in table {
            let network: Network = network.parse().expect("a network");
            assert_eq!(network.contains(address.parse().expect("an address")), inside, "{network} {address}");
        }
        for wrong in ["10.0.0.0/33", "ten", "10.0.0.0/", "::1/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn roles_and_rates_read_as_they_are_written() {
        assert_eq!("booking, worker".parse::<Roles>().map(|roles| roles.to_string()), Ok("booking,worker".to_owned()));
        assert_eq!(Roles::ALL.to_string().parse(), Ok(Roles::ALL));
        assert!("".parse::<Roles>().is_err() && "cook".parse::<Roles>().is_err());
        for (text, shown) in [("10/s", "10/s"), ("7", "7/s"), ("0", "0"), ("0/s", "0")] {
            assert_eq!(text.parse::<Rate>().expect("a rate").to_string(), shown);
        }
        assert!("fast".parse::<Rate>().is_err() && "-1/s".parse::<Rate>().is_err());
    }
}
