//! The cache as its neighbours see it: requests go in, the service behind counts.

mod cached_service;
mod failing;
mod keeping;
mod waiting;
