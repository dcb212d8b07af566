//! The gateway: what the outside sees of Boxoffice, and the program that runs it.
//!
//! ```text
//! request ─► observe (id, span, metrics, panics) ─► limits ─► compression ─► policy (Cache-Control, ETag, 304)
//!         ─► route: extract ─► one verb of catalog, booking or renderer ─► twin type ─► CachePolicy
//! ```
//!
//! It alone names axum and environment variables. It decides nothing about seats; its only SQL is the store of the sandbox provider.

pub mod api;
pub mod drawing;
pub mod facade;
pub mod live;
pub mod pages;
pub mod payments;
pub mod router;
pub mod run;
pub mod settings;
pub mod web;
