//! The acceptance tests: one binary, so that it links once.

mod fronts;
mod http;
mod journeys;
mod labels;
mod races;
mod running;
mod tidy;
