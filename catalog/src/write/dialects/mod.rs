//! What other interfaces write, in their own shapes.

pub mod concerts;
pub mod pretix;
