//! The words of a question and what each may stand for.

pub mod advice;
pub mod intent;
pub mod reading;
pub mod spans;
pub mod spelling;
pub mod synonyms;
pub mod when;
pub mod word;

pub use advice::DidYouMean;
pub use intent::Understood;
