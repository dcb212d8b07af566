//! Ways of paying: one folder a provider.

pub mod sandbox;
