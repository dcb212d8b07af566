//! What a command says: lines, how far it has come, and what came of it.

pub mod outcome;
pub mod progress;
pub mod say;
