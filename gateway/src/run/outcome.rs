//! What a command gives.

use std::error::Error;

/// What a command gives; an error is printed with its causes.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
