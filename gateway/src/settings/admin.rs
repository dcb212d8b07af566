//! `boxoffice admin`: keys and organisers.

use clap::{Args, Subcommand, ValueEnum};
use domain::{KeyId, OrganiserId};
use jiff::Timestamp;
use people::Scope;

use crate::settings::common::Common;

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
