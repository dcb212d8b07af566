//! What finding costs: cached and not, in process and over HTTP, beside PostgreSQL, while others write.

pub mod beside;
pub mod browse;
pub mod cached;
pub mod fresh;
pub mod large;
pub mod latency;
pub mod multiplied;
pub mod versus;
