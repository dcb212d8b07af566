//! The vocabulary from which names are made: words only, the making is next door in `names`.

pub mod music;
pub mod people;
pub mod places;
pub mod shows;
