//! What a command gives.

use std::error::Error;

/// What a command gives; an error is printed with its causes.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// An error and what led to it; a cause that the error already tells is not told twice.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let told = source.to_string();
        if !text.contains(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = source.source();
    }
    text
}
