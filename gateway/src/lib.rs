//! The gateway: what the outside sees of Boxoffice, and the program that runs it.
//!
//! ```text
//! request ─► observe (id, span, metrics, panics) ─► limits ─► compression ─► policy (Cache-Control, ETag, 304)
//!         ─► route: extract ─► one verb of catalog, booking or renderer ─► twin type ─► CachePolicy
//! ```
//!
//! It alone names axum and environment variables. It decides nothing about seats; its only SQL is the store of the sandbox provider.

pub mod app;
pub mod auth;
pub mod cli;
mod coding;
pub mod commands;
pub mod config;
pub mod database;
#[cfg(test)]
mod documents;
pub mod error;
pub mod extract;
pub mod front;
pub mod health;
pub mod keys;
pub mod limits;
pub mod listen;
pub mod observe;
pub mod openapi;
pub mod pages;
mod plain;
pub mod policy;
pub mod postgres;
pub mod router;
pub mod routes;
pub mod sandbox;
pub mod serve;
pub mod serving;
pub mod sharing;
pub mod tasks;
pub mod telemetry;
mod unbroken;
