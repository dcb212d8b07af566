//! What a page was asked: the parameters of its address, and addresses that differ from it by one of them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::list;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::api::listing::RESERVED;
use crate::pages::show::PageError;
use crate::web::error::ApiError;
use crate::web::extract::Params;

/// The most bytes of parameters: a page links many addresses that differ from its own by one of them.
const MOST_BYTES: usize = 2_048;

/// Parameters in their order, decoded; empty ones are left out, since forms send those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledParams(Vec<(String, String)>);

/// What cannot be read is told on a page, like everything else.
impl<S: Send + Sync> FromRequestParts<S> for FilledParams {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let asked = Self::new(Params::from_request_parts(parts, state).await?.0);
        match asked.too_long() {
            Some(name) => {
                Err(ApiError::invalid(name, format!("and the others must be at most {MOST_BYTES} bytes together")).into())
            }
            None => Ok(asked),
        }
    }
}

impl FilledParams {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        let full = |(name, value): (String, String)| (!value.trim().is_empty()).then(|| (name, value.trim().to_owned()));
        Self(pairs.into_iter().filter_map(full).collect())
    }

    /// The longest parameter of an address with too many bytes.
    fn too_long(&self) -> Option<&str> {
        let bytes = |(name, value): &(String, String)| name.len() + value.len();
        let all: usize = self.0.iter().map(bytes).sum();
        let longest = || self.0.iter().max_by_key(|pair| bytes(pair)).map(|(name, _)| name.as_str());
        if all > MOST_BYTES { longest() } else { None }
    }

    /// All values of a parameter; [lists](list) are taken apart.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.0.iter().filter(move |(known, _)| known == name).flat_map(|(_, value)| list::values(value))
    }

    /// The first value of a parameter, or nothing.
    pub fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|known| known == value)
    }

    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }

    /// Without one value of one list.
    pub fn without_value(&self, name: &str, value: &str) -> Self {
        let mut left = self.without(&[name]);
        left.0.extend(self.all(name).filter(|known| known != value).map(|known| (name.to_owned(), list::value(&known))));
        left
    }

    /// With the values of one list spelt otherwise.
    pub fn respelt(&self, list: &str, spell: impl Fn(&str) -> String) -> Self {
        let all =
            |value: &String| list::values(value).iter().map(|value| list::value(&spell(value))).collect::<Vec<_>>().join(",");
        let pair = |(name, value): &(String, String)| (name.clone(), if name == list { all(value) } else { value.clone() });
        Self(self.0.iter().map(pair).collect())
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With one value of a list.
    #[must_use]
    pub fn with_value(self, list: &str, value: &str) -> Self {
        self.with(list, &list::value(value))
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The address with these parameters.
    pub fn href(&self, path: &str) -> String {
        let mut text = path.to_owned();
        for (n, (name, value)) in self.0.iter().enumerate() {
            text.push(if n == 0 { '?' } else { '&' });
            encode(&mut text, name);
            text.push('=');
            encode(&mut text, value);
        }
        text
    }
}

/// A part of a path, percent-encoded: slugs keep letters of every script, headers do not.
pub fn path_part(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// All but what a form's values keep. Source: WHATWG URL, application/x-www-form-urlencoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');

fn encode(to: &mut String, text: &str) {
    let parts = utf8_percent_encode(text, ENCODED);
    parts.for_each(|part| to.extend(part.chars().map(|c| if c == ' ' { '+' } else { c })));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> FilledParams {
        FilledParams::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn an_address_is_what_was_asked_encoded() {
        let asked = asked(&[("q", "night owls & ü"), ("city", ""), ("sort", "-date")]);
        assert_eq!(asked.href("/search"), "/search?q=night+owls+%26+%C3%BC&sort=-date");
        assert_eq!(FilledParams::default().href("/search"), "/search");
        assert_eq!(path_part("owls-שלום"), "owls-%D7%A9%D7%9C%D7%95%D7%9D");
    }

    #[test]
    fn an_address_has_a_length_and_the_longest_of_its_parameters_is_named() {
        let name = |cities: usize| asked(&[("q", "owls"), ("city", &"x".repeat(cities))]).too_long().map(str::to_owned);
        assert_eq!(name(MOST_BYTES - 9), None);
        assert_eq!(name(MOST_BYTES - 8), Some("city".to_owned()));
    }

    #[test]
    fn one_value_of_a_list_can_go() {
        let asked = asked(&[("city", "a,b"), ("city", "c"), ("q", "x")]);
        assert_eq!(asked.all("city").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(asked.without_value("city", "b").href("/"), "/?q=x&city=a&city=c");
        assert!(asked.has("city", "c") && !asked.has("city", "d"));
        assert_eq!(asked.one("city"), "a,b");
        let (name, category) = ("category", "Rock, Pop");
        assert!(FilledParams::default().with_value(name, category).has(name, category));
        assert!(!FilledParams::default().with(name, category).has(name, category), "the control");
        assert_eq!(asked.respelt("city", str::to_uppercase), self::asked(&[("city", "A,B"), ("city", "C"), ("q", "x")]));
    }
}
