//! Tests of the whole, on a real database.

mod admitting;
mod away;
mod house;
mod joining;
mod looking;
mod restart;
mod start;
mod storm;
mod watching;
mod way;
