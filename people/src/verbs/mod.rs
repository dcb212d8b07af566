//! The verbs of [`crate::People`], each next to its noun.

mod account;
mod audit;
mod follow;
pub(crate) mod key;
mod login;
mod organiser;
mod origin;
mod quota;
mod session;
mod signed_in;
