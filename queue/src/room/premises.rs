//! What every room of this node shares.

use std::sync::{Arc, PoisonError, RwLock};

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
    pub config: QueueConfig,
    /// Clones turn together.
    signers: Arc<RwLock<(QueueTokens, Passes)>>,
}

impl Premises {
    pub fn new(pool: PgPool, leases: Option<Leases>, clock: Clock, signers: (QueueTokens, Passes), config: QueueConfig) -> Self {
        Self { pool, leases, clock, config, signers: Arc::new(RwLock::new(signers)) }
    }

    /// What signs and opens tokens now.
    pub fn tokens(&self) -> QueueTokens {
        self.signers.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// What signs passes now.
    pub fn passes(&self) -> Passes {
        self.signers.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    pub fn turn(&self, tokens: QueueTokens, passes: Passes) {
        *self.signers.write().unwrap_or_else(PoisonError::into_inner) = (tokens, passes);
    }
}
