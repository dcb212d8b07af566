//! What is signed, so that it can be believed when it comes back: paging cursors and ticket codes.

pub mod cursor;
pub mod ticket_code;
