//! The cache as its neighbours see it: requests go in, the service behind counts.

mod failing;
mod house;
mod keeping;
mod waiting;
