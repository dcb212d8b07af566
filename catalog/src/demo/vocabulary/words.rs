//! The vocabulary from which names are made: words only, the making is next door in `names`.
//!
//! Lists of words are left as they are laid out; one word a line would make them long instead of readable.

#[rustfmt::skip]
pub mod music;
#[rustfmt::skip]
pub mod people;
#[rustfmt::skip]
pub mod places;
#[rustfmt::skip]
pub mod shows;
