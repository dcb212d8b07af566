//! What every handler stands on: the shared app, who asks, what was sent, how an answer is finished, and the limits.

pub mod acting;
pub mod app;
pub mod auth;
pub mod bucket;
pub mod class;
pub mod client;
pub(crate) mod coding;
pub mod error;
pub mod extract;
pub mod kept;
pub mod keys;
pub mod limits;
pub mod money;
pub mod partner;
pub mod policy;
pub mod requests;
pub mod routes;
pub mod studio;
pub mod telemetry;
pub mod token;
pub(crate) mod unbroken;
pub mod vitals;
