//! Tests of the whole, on a real database.

mod admitting;
mod away;
mod joining;
mod looking;
mod restart;
mod start;
mod storm;
mod test_queue;
mod watching;
mod way;
