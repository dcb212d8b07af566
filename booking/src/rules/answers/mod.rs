//! How a command is answered no, and why.

pub mod corrupt;
pub mod denial;
pub mod refusal;
