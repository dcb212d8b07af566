//! The secret that nodes of one installation share: who shows it is one of them.

use axum::http::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// In which header it is shown: not `Authorization`, which is a buyer's or a key's.
pub const NODE_SECRET: HeaderName = HeaderName::from_static("x-node-secret");

/// At least so many bytes: what is guessed in a lifetime is no secret.
const SHORTEST: usize = 16;

/// 16 to 200 visible ASCII characters.
#[derive(Clone)]
pub struct NodeSecret(Box<str>);

impl NodeSecret {
    /// Reads it as it is typed, without the line's end that a file has.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches(['\r', '\n']);
        let good = (SHORTEST..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(text.into())) } else { Err(format!("must be {SHORTEST} to 200 visible ASCII characters")) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request shows it, found out in the same time whatever it shows.
    pub fn is_shown(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(NODE_SECRET).map(|value| value.as_bytes()).unwrap_or_default();
        Sha256::digest(shown).as_slice().ct_eq(Sha256::digest(self.0.as_bytes()).as_slice()).into()
    }
}

impl std::fmt::Debug for NodeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        let secret = NodeSecret::parse("0123456789abcdef\n").expect("long enough");
        let shows = |text: &str| {
            let value = HeaderValue::try_from(text).expect("a value");
            secret.is_shown(&HeaderMap::from_iter([(NODE_SECRET, value)]))
        };
        assert!(shows("0123456789abcdef"));
        for wrong in ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF"] {
            assert!(!shows(wrong), "{wrong}");
        }
        assert!(!secret.is_shown(&HeaderMap::new()));
        assert_eq!(format!("{secret:?}"), "***");
        for wrong in ["", "short", "with blanks in between", &"x".repeat(201)] {
            assert!(NodeSecret::parse(wrong).is_err(), "{wrong}");
        }
    }
}
