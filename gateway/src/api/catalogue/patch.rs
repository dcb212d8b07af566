//! JSON merge patch (RFC 7396) as fields: absent stays, `null` clears, a value replaces.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// For what may be absent: `null` is `Some(None)`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// For what is empty rather than absent: `null` is `Some(empty)`.
pub fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<Option<T>, D::Error> {
    Option::<T>::deserialize(from).map(|value| Some(value.unwrap_or_default()))
}

/// An instant of RFC 3339, and of nothing beyond it.
struct Instant(Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        domain::time::instant(&text).map(Self).map_err(D::Error::custom)
    }
}

pub fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    Instant::deserialize(from).map(|at| at.0)
}

/// For an instant that may be left out or null.
pub fn maybe_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Option::<Instant>::deserialize(from).map(|at| at.map(|at| at.0))
}

/// For an instant that may be absent: `null` is `Some(None)`.
pub fn given_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    maybe_instant(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(default)]
    struct Patch {
        #[serde(deserialize_with = "given")]
        capacity: Option<Option<u32>>,
        #[serde(deserialize_with = "or_empty")]
        name: Option<String>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        let table = [
            ("{}", Patch { capacity: None, name: None }),
            (r#"{"capacity":null,"name":null}"#, Patch { capacity: Some(None), name: Some(String::new()) }),
            (r#"{"capacity":5,"name":"Hall"}"#, Patch { capacity: Some(Some(5)), name: Some("Hall".into()) }),
        ];
        for (text, patch) in table {
            assert_eq!(serde_json::from_str::<Patch>(text).expect("a patch"), patch);
        }
    }
}
