//! What an event says beside what every event has.

use std::fmt;

use jiff::civil::Date;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

/// Language, release and whatever else its source knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct More {
    /// Of the performance, as a tag of BCP 47: `en`, `pt-BR`; empty: unknown, or none.
    pub language: String,
    /// When what is shown or played came out.
    pub released: Option<Date>,
    /// Names and values are kept and given back; their order and spelling are not.
    pub extras: Map<String, Value>,
}

impl More {
    /// The day of the release as it is stored; nothing where it is not known.
    pub fn released_text(&self) -> String {
        self.released.map(|day| day.to_string()).unwrap_or_default()
    }
}

/// An object of which nothing was lost while it was read.
///
/// Refuses   what [`Whole`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras(pub Map<String, Value>);

/// A JSON value of which nothing was lost while it was read.
///
/// Refuses   a name that is written twice in one object; a whole number beyond 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole(pub Value);

impl<'de> Deserialize<'de> for Extras {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Reading).and_then(|value| match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(D::Error::custom("must be an object")),
        })
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reading).map(Self)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // what fits into 64 bits comes as a whole number: of what is larger this is the nearest there is
        let number = Number::from_f64(value).filter(|_| (i64::MIN as f64) < value && value < u64::MAX as f64);
        number.map(Value::Number).ok_or_else(|| E::custom("holds a number beyond 64 bits: write it as a text"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Whole(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let Whole(value) = fields.next_value()?;
            if read.contains_key(&name) {
                return Err(A::Error::custom(format!("says {name:?} twice")));
            }
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_all_that_was_written_or_it_is_refused() {
        let table = [
            (r#"{"a":[1,-1,1.5,null,true,"x",{}],"b":{"a":1}}"#, None),
            (r#"{"a":18446744073709551615,"b":-9223372036854775808}"#, None),
            (r#"{"a":18446744073709551616}"#, Some("beyond 64 bits")),
            (r#"{"a":[-9223372036854775809]}"#, Some("beyond 64 bits")),
            (r#"{"a":1e300}"#, Some("beyond 64 bits")),
            (r#"{"a":1,"a":1}"#, Some("says \"a\" twice")),
            (r#"{"a":{"b":1,"c":2,"b":3}}"#, Some("says \"b\" twice")),
            ("[]", Some("invalid type")),
        ];
        for (text, refused) in table {
            match (serde_json::from_str::<Extras>(text), refused) {
                (Ok(Extras(read)), None) => assert_eq!(Value::Object(read), serde_json::from_str::<Value>(text).expect("JSON")),
                (Err(fault), Some(said)) => assert!(fault.to_string().contains(said), "{text}: {fault}"),
                (read, refused) => panic!("{text}: {read:?} instead of {refused:?}"),
            }
        }
    }
}
