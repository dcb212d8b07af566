//! What the interface reads of a request, and nothing else: objects of exactly their members, ids as UUIDs are written.

use axum::extract::{FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use uuid::Uuid;

use super::refused::{FacadeResult, Refused};
use crate::web::error::Code;
use crate::web::extract::body;

/// Reads an object out of a body, whatever media type it says.
pub async fn object<T: DeserializeOwned>(request: Request) -> FacadeResult<T> {
    let bytes = body(request, &()).await.map_err(|error| match error.code() {
        Code::BadRequest => Refused::malformed("the body broke off"),
        _ => Refused::Other(error),
    })?;
    // an array would pass for an object whose members come in order
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Refused::malformed("the body must be a JSON object"));
    }
    serde_json::from_slice(&bytes).map_err(|wrong| Refused::malformed(wrong.to_string()))
}

/// What a path names, whatever it is: what cannot be read is as unknown as what is not there.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> FacadeResult<Self> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refused::Unknown)?;
        Ok(Self(text))
    }
}

/// The canonical form of 36 characters.
pub fn id(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// A member that may be missing, but not null.
pub fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The value of a query's parameter, the first of its name.
pub fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = query.unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Two {
        a: String,
        #[serde(default, deserialize_with = "said")]
        b: Option<u32>,
    }

    async fn read(text: &'static str) -> Option<Two> {
        match object(Request::new(Body::from(text))).await {
            Ok(two) => Some(two),
            Err(Refused::Malformed(_)) => None,
            Err(other) => panic!("{text}: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_body_is_an_object_of_exactly_its_members() {
        let two = |b| Some(Two { a: "x".into(), b });
        for (text, wanted) in [
            (r#"{"a":"x","b":1}"#, two(Some(1))),
            (" \n{\"a\":\"x\"}\n", two(None)),
            (r#"{"a":"x","b":null}"#, None),
            (r#"{"a":"x","b":1.0}"#, None),
            (r#"{"a":"x","b":-1}"#, None),
            (r#"{"a":"x","b":"1"}"#, None),
            (r#"{"a":"x","b":true}"#, None),
            (r#"{"a":"x","b":4294967296}"#, None),
            (r#"{"a":"x","a":"x"}"#, None),
            (r#"{"a":"x","c":1}"#, None),
            (r#"{"b":1}"#, None),
            (r#"{"a":1}"#, None),
            (r#"{"a":"x",}"#, None),
            (r#"{"a":"x"} x"#, None),
            (r#"["x",1]"#, None),
            ("\"x\"", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(read(text).await, wanted, "{text}");
        }
    }

    #[test]
    fn an_id_has_one_form() {
        let text = "00000000-0000-0000-0000-00000000000a";
        assert_eq!(id(text), id(&text.to_uppercase()));
        assert_eq!(id(text), Some(Uuid::from_u128(10)));
        for wrong in
            ["", "1", "{00000000-0000-0000-0000-00000000000a}", "0000000000000000000000000000000a", &text.replace('a', "g")]
        {
            assert_eq!(id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_parameter_is_found_by_its_name() {
        let query = Some("user_id=a%2Fb&concert_id=&x");
        for (name, value) in [("user_id", Some("a/b")), ("concert_id", Some("")), ("x", Some("")), ("id", None)] {
            assert_eq!(parameter(query, name).as_deref(), value, "{name}");
        }
        assert_eq!(parameter(None, "user_id"), None);
    }
}
