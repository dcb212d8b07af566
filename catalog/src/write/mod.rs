//! What organisers write: each verb is one transaction that changes rows and appends to the change feed.

mod bulk;

pub use bulk::{Bulk, insert_bulk};
