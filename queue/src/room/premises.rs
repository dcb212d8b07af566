//! What every room of this node shares.

use domain::{Clock, Passes, QueueTokens};
use sqlx::PgPool;

use crate::config::QueueConfig;

#[derive(Clone)]
pub struct Premises {
    pub pool: PgPool,
    pub clock: Clock,
    pub tokens: QueueTokens,
    pub passes: Passes,
    pub config: QueueConfig,
}
