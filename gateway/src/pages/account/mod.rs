//! Signing up, in and out on pages; the account with its sessions. Everything is a form of our own pages and works without scripts.

pub mod cookies;
pub mod entered;
pub mod home;
pub mod sign_in;
pub mod sign_up;
