//! Which address a request comes from: the peer's, or what a trusted proxy says it is.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::settings::values::Network;

/// The bits of an IPv6 address that one customer of a network has for himself; the other half is his to choose.
const NETWORK_BITS: u128 = !0 << 64;

/// The address that counts: of IPv6 its /64, since whoever has one address of it has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client(IpAddr);

impl Client {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() & NETWORK_BITS).into()),
            address => Self(address),
        }
    }

    pub fn address(self) -> IpAddr {
        self.0
    }
}

/// Reads the client's address out of `X-Forwarded-For`, as far as proxies are trusted.
///
/// Takes     the hops from the nearest on: each is believed only if the one that named it is trusted.
/// Gives     the peer itself when it is no trusted proxy, and the last proxy known when the next hop is `unknown` or unreadable.
pub fn client(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let lists = headers.get_all("x-forwarded-for").iter().rev().map(|value| value.to_str().unwrap_or(""));
    let mut hops = lists.flat_map(|list| list.rsplit(','));
    while trusted(client) {
        match hops.next().and_then(hop) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// The last hop of `X-Forwarded-For`, which whoever wrote it is believed; none where it is unreadable.
pub fn last_hop(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?.rsplit(',').next().and_then(hop)
}

/// Takes the last hop out of `X-Forwarded-For`: whoever wrote it is believed. None where it is unreadable, which stays.
pub fn take_last_hop(headers: &mut HeaderMap) -> Option<IpAddr> {
    const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let mut lines: Vec<HeaderValue> = headers.get_all(&FORWARDED_FOR).iter().cloned().collect();
    let last = lines.pop()?;
    let (before, last) = match last.to_str().ok()?.rsplit_once(',') {
        Some((before, last)) => (Some(HeaderValue::try_from(before.trim_end()).ok()?), hop(last)?),
        None => (None, hop(last.to_str().ok()?)?),
    };
    headers.remove(&FORWARDED_FOR);
    for line in lines.into_iter().chain(before) {
        headers.append(FORWARDED_FOR, line);
    }
    Some(last)
}

/// One hop: an address with or without a port, an IPv6 one in brackets or bare, in quotes or not.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        // a bare IPv6 address has more colons than that before a port
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn found(proxies: &[&str], peer: &str, said: &[&str]) -> String {
        let proxies: Vec<Network> = proxies.iter().map(|text| text.parse().expect("a network")).collect();
        let name = HeaderName::from_static("x-forwarded-for");
        let mut headers = HeaderMap::new();
        for text in said {
            headers.append(&name, HeaderValue::try_from(*text).expect("a value"));
        }
        client(&proxies, peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let said = ["198.51.100.1, 203.0.113.9, 10.0.0.7"];
        assert_eq!(found(&[], "10.0.0.8", &said), "10.0.0.8");
        assert_eq!(found(&["10.0.0.0/8"], "10.0.0.8", &said), "203.0.113.9");
        assert_eq!(found(&["10.0.0.0/8"], "192.0.2.1", &said), "192.0.2.1");
        assert_eq!(found(&[], "127.0.0.1", &said), "127.0.0.1", "a proxy on this machine has to be named, too");
        assert_eq!(found(&["127.0.0.1"], "127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn the_last_hop_is_taken_and_those_before_it_stay() {
        for (said, last, left) in [
            (&["203.0.113.9"][..], Some("203.0.113.9"), &[][..]),
            (&["198.51.100.1, 203.0.113.9"], Some("203.0.113.9"), &["198.51.100.1"]),
            (&["198.51.100.1, 10.0.0.7", "203.0.113.9"], Some("203.0.113.9"), &["198.51.100.1, 10.0.0.7"]),
            (&["198.51.100.1, unknown"], None, &["198.51.100.1, unknown"]),
            (&[], None, &[]),
        ] {
            let name = HeaderName::from_static("x-forwarded-for");
            let mut headers = HeaderMap::new();
            said.iter().for_each(|text| _ = headers.append(&name, HeaderValue::from_static(text)));
            let named = last_hop(&headers).map(|address| address.to_string());
            let taken = take_last_hop(&mut headers).map(|address| address.to_string());
            assert_eq!(named, taken, "{said:?}");
            let rest: Vec<_> = headers.get_all(&name).iter().map(|value| value.to_str().expect("text")).collect();
            assert_eq!((taken.as_deref(), &rest[..]), (last, left), "{said:?}");
        }
    }

    #[test]
    fn hops_are_read_as_proxies_write_them() {
        for (said, address) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("\"203.0.113.9\"", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("198.51.100.1,203.0.113.9:80 , 10.0.0.7:81", "203.0.113.9"),
        ] {
            assert_eq!(found(&["10.0.0.0/8"], "10.0.0.8", &[said]), address, "{said}");
        }
        assert_eq!(
            found(&["10.0.0.0/8"], "10.0.0.8", &["198.51.100.1", "203.0.113.9"]),
            "203.0.113.9",
            "the last field is the nearest"
        );
    }

    #[test]
    fn who_is_unknown_counts_as_the_proxy_that_does_not_know_him() {
        for said in ["unknown", "198.51.100.1, unknown", "_hidden", "", "198.51.100.1, "] {
            assert_eq!(found(&["10.0.0.0/8"], "10.0.0.8", &[said]), "10.0.0.8", "{said:?}");
        }
        assert_eq!(
            found(&["10.0.0.0/8"], "10.0.0.8", &["unknown, 203.0.113.9"]),
            "203.0.113.9",
            "what the client wrote itself is not read"
        );
    }

    #[test]
    fn one_network_of_ipv6_is_one_client_and_each_address_of_ipv4_is_one() {
        let of = |text: &str| Client::of(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("127.0.0.1"), of("127.0.0.2"));
    }
}
