//! Halls and tickets to draw, made from a few numbers.
#![allow(dead_code, reason = "each test takes what it needs")]

pub mod case;
pub mod hall;
