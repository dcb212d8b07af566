//! What every room of this node shares.

use std::sync::{Arc, PoisonError, RwLock};

use domain::{Clock, Passes, QueueTokens};
use lease::Leases;
use sqlx::PgPool;

use crate::config::{Pools, QueueConfig};

#[derive(Clone)]
pub struct Premises {
    /// For what rooms write.
    pub pool: PgPool,
    /// For what is read at length, and for everything else.
    pub others: PgPool,
    /// None: no other node can be asked.
    pub leases: Option<Leases>,
    pub clock: Clock,
    pub config: QueueConfig,
    /// Clones turn together.
    signers: Arc<RwLock<(QueueTokens, Passes)>>,
}

impl Premises {
    pub fn new(
        Pools { rooms, others }: Pools,
        leases: Option<Leases>,
        clock: Clock,
        signers: (QueueTokens, Passes),
        config: QueueConfig,
    ) -> Self {
        Self { pool: rooms, others, leases, clock, config, signers: Arc::new(RwLock::new(signers)) }
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
