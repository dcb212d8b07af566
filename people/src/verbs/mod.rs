//! The verbs of [`crate::People`], each next to its noun.

mod audit;
mod follow;
pub(crate) mod key;
mod organiser;
mod quota;
mod session;
