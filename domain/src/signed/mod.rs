//! What is signed, so that it can be believed when it comes back: paging cursors, ticket codes, keys of orders' links, passes and
//! places of queues.

pub mod cursor;
pub mod order_link;
pub mod pass;
pub mod queue_token;
mod secrets;
pub mod ticket_code;
