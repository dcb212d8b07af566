//! The acceptance tests: one binary, so that it links once.

mod http;
mod journeys;
mod races;
mod running;
mod tidy;
