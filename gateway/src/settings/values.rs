//! Values of the configuration that are more than a number or a text: rates, networks, roles.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;

/// The rate of each class.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    pub search: Rate,
    pub reads: Rate,
    pub drawings: Rate,
    pub links: Rate,
    pub holds: Rate,
    pub sessions: Rate,
    pub writes: Rate,
    pub webhooks: Rate,
    pub operations: Rate,
}

impl Rates {
    /// Nothing is limited.
    pub const OFF: Self = {
        let off = Rate(None);
        Self {
            search: off,
            reads: off,
            drawings: off,
            links: off,
            holds: off,
            sessions: off,
            writes: off,
            webhooks: off,
            operations: off,
        }
    };
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
    /// Drawings, and the prints of tickets.
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
