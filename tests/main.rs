//! The acceptance tests: one binary, so that it links once.

mod http;
mod journeys;
mod labels;
mod races;
mod running;
mod tidy;
