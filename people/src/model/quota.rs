//! Quotas of partners: requests a second and a day, open holds at once.

use jiff::Timestamp;

/// What a key may ask for; none is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    pub requests_second: Option<u32>,
    pub requests_day: Option<u32>,
    pub open_holds: Option<u32>,
}

impl Quota {
    /// What a partner has who was given nothing else.
    pub const PARTNER: Self = Self { requests_second: Some(20), requests_day: Some(200_000), open_holds: Some(200) };
}

/// A quota that is used up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key's quota of {limit} {quota} is used up")]
pub struct Spent {
    /// `requests_per_second`, `requests_per_day` or `open_holds`.
    pub quota: &'static str,
    pub limit: u32,
    pub used: u64,
    /// When to come back.
    pub seconds: u64,
}

/// How much of a quota is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    pub limit: Option<u32>,
    pub used: u64,
}

/// A key's quotas and their use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaUse {
    pub requests_second: Use,
    pub requests_day: Use,
    pub open_holds: Use,
    /// When a new day begins (UTC).
    pub day_ends_at: Timestamp,
}
