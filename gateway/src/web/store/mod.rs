//! Rows that belong to no room: what caches are to forget.

pub mod cache_purges;
