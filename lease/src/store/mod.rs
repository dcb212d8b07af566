//! Every statement of leases.

#[cfg(test)]
pub mod fixture;
pub mod leases;

use std::time::Duration;

/// How long a heartbeat is good.  Source: issue 15, two seconds, renewed each half second.
pub const LIFE: Duration = Duration::from_secs(2);
