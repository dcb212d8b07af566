//! Pictures: where they lie, where they are drawn, and what of them is kept.

pub mod album;
pub mod easels;
pub mod logos;
pub mod studio;
pub mod wallet;
