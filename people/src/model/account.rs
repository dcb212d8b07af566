//! Accounts: as they are wished for, shown and changed; signing in; what a session looks like to its owner.

use std::net::IpAddr;

use domain::{AccountId, BuyerId, SessionId};
use jiff::Timestamp;

/// The bytes kept of what a browser calls itself.
const AGENT_BYTES: usize = 200;

/// Somebody who wants an account.
#[derive(Clone)]
pub struct NewAccount {
    pub email: String,
    pub password: String,
    pub name: String,
    /// The anonymous buyer of the browser: the account takes its id as its own.
    pub buyer: Option<BuyerId>,
}

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// As it was typed.
    pub email: String,
    pub name: String,
    pub buyer_id: BuyerId,
    pub created_at: Timestamp,
}

/// What its owner changes of an account.
#[derive(Clone, Default)]
pub struct AccountChange {
    pub name: Option<String>,
    /// A new password, and the one until now.
    pub password: Option<(String, String)>,
    pub address: Option<IpAddr>,
}

/// Somebody who wants to sign in.
#[derive(Clone, Default)]
pub struct Login {
    pub email: String,
    pub password: String,
    /// The token until now: it is dead after the login, and its anonymous buyer is taken over.
    pub before: Option<String>,
    /// What the browser calls itself.
    pub agent: String,
    pub address: Option<IpAddr>,
    /// The browser, if it signed in to this e-mail before.
    pub device: Option<[u8; 16]>,
}

/// Somebody who signed in. The token is shown once.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    pub token: String,
    pub account: Account,
    pub expires_at: Timestamp,
}

/// One of an account's sessions, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLine {
    pub id: SessionId,
    pub created_at: Timestamp,
    /// In steps of five minutes.
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub agent: String,
    /// The network it signed in from, not the address.
    pub address: String,
}

/// The beginning of what a browser calls itself, without control characters.
pub fn agent(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    let end = (0..=plain.len().min(AGENT_BYTES)).rev().find(|end| plain.is_char_boundary(*end)).unwrap_or(0);
    plain[..end].to_owned()
}

/// The network of an address: enough to know one's own again, not enough to find a person.
pub fn prefix(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// A name of 1 to 200 characters, not only blanks.
pub fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 200 && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_kept_of_where_somebody_signed_in() {
        let of = |text: &str| prefix(text.parse().ok());
        assert_eq!(
            (of("203.0.113.77"), of("2001:db8:1:2::3"), of("")),
            ("203.0.113.0/24".into(), "2001:db8:1::/48".into(), String::new())
        );
        assert_eq!(agent("Mozilla/5.0\n(X11)"), "Mozilla/5.0(X11)");
        assert_eq!(agent(&"ö".repeat(150)).len(), AGENT_BYTES);
    }

    #[test]
    fn a_name_has_something_to_see() {
        for (name, good) in
            [("Ada", true), (" ", false), ("", false), ("a\u{7}", false), (&"x".repeat(200), true), (&"x".repeat(201), false)]
        {
            assert_eq!(is_name(name), good, "{name:?}");
        }
    }
}
