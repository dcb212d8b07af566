//! Who asks: by which token, from where, and what they may do.

pub mod acting;
pub mod auth;
pub mod client;
pub mod cookie;
pub mod door;
pub mod keys;
pub mod order_key;
pub mod origin;
pub mod partner;
pub mod renewal;
pub mod shown;
pub mod token;
