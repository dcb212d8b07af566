//! What is signed, so that it can be believed when it comes back: paging cursors, ticket codes, keys of orders' links.

pub mod cursor;
pub mod order_link;
pub mod ticket_code;
