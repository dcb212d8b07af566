//! What is signed, so that it can be believed when it comes back: paging cursors, ticket codes, keys of orders' links, passes of
//! queues.

pub mod cursor;
pub mod order_link;
pub mod pass;
pub mod ticket_code;
