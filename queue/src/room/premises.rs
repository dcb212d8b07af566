//! What every room of this node shares.

use domain::{Clock, Passes, QueueTokens};
use lease::Leases;
use sqlx::PgPool;

use crate::config::QueueConfig;

#[derive(Clone)]
pub struct Premises {
    pub pool: PgPool,
    /// None: no other node can be asked.
    pub leases: Option<Leases>,
    pub clock: Clock,
    pub tokens: QueueTokens,
    pub passes: Passes,
    pub config: QueueConfig,
}
