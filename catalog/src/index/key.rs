//! The exact terms of the field `key`: one letter says what kind of term it is.
//!
//! An id is written as short as text can be: building the dictionary of terms costs by the byte in which they differ.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::model::Kind;

pub fn kind(kind: Kind) -> String {
    format!("k{}", kind.as_str())
}

pub fn external(external_id: &str) -> String {
    format!("x{}", external_id.replace('\n', " "))
}

pub fn venue(id: Uuid) -> String {
    short('v', id)
}

pub fn city(id: Uuid) -> String {
    short('y', id)
}

pub fn performer(id: Uuid) -> String {
    short('p', id)
}

pub fn series(id: Uuid) -> String {
    short('s', id)
}

pub fn category(category: &str) -> String {
    format!("c{}", category.replace('\n', " "))
}

pub fn genre(genre: &str) -> String {
    format!("g{}", genre.replace('\n', " "))
}

pub fn language(tag: &str) -> String {
    format!("l{}", tag.to_ascii_lowercase())
}

/// Takes     `name`: of a tier, in any spelling.
pub fn tier(name: &str) -> String {
    format!("t{}", domain::text::fold(name))
}

/// Of 23 characters instead of 37.
fn short(letter: char, id: Uuid) -> String {
    let mut text = String::with_capacity(23);
    text.push(letter);
    URL_SAFE_NO_PAD.encode_string(id.as_bytes(), &mut text);
    text
}
