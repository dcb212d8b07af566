//! What can be asked of the queue, one noun a file: the views, and the methods of [`Queue`](crate::Queue) that give them.

pub mod join;
pub mod order;
pub mod place;
pub mod purge;
pub mod settings;
