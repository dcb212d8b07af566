//! Words: cut from texts, those that mean little, and the tokenizers that index reads them by.

pub mod stop_words;
pub mod terms;
pub mod tokens;
