//! The exact terms of the field `key`: one letter says what kind of term it is.

use uuid::Uuid;

use crate::search::Kind;

pub fn id(id: Uuid) -> String {
    format!("i{id}")
}

pub fn kind(kind: Kind) -> String {
    format!("k{}", kind.as_str())
}

pub fn external(external_id: &str) -> String {
    format!("x{}", external_id.replace('\n', " "))
}

pub fn venue(id: Uuid) -> String {
    format!("v{id}")
}

pub fn city(id: Uuid) -> String {
    format!("y{id}")
}

pub fn performer(id: Uuid) -> String {
    format!("p{id}")
}

pub fn series(id: Uuid) -> String {
    format!("s{id}")
}

pub fn category(category: &str) -> String {
    format!("c{}", category.replace('\n', " "))
}
