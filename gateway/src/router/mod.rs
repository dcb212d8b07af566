//! All routes put together, and what stands around them.

mod at_home;
mod bounds;
pub mod front;
pub mod health;
mod internal;
pub mod observe;
pub mod openapi;
mod plain;
#[allow(clippy::module_inception, reason = "the folder's own noun")]
pub mod router;
mod through;

pub use router::{documented, router};
