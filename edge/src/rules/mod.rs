//! What the cache decides by, from heads alone: no clock, no store, nothing that waits.

pub mod cache_status;
pub mod etag;
pub mod key;
pub mod policy;
