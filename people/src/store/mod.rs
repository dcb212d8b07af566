//! Every statement about people, one file per aggregate. A table's name stands in its own file and in the migrations only.

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod feed;
#[cfg(test)]
pub mod fixture;
pub mod organisers;
pub mod origins;
pub mod partners;
pub mod sessions;
