//! The cookie in which our pages keep the buyer's token: written, renewed and ended here and nowhere else.
//!
//! On https its name begins with `__Host-`, so that no other host and no plain-text page can set it; there is one name, and a
//! cookie of the other is not read. It is HttpOnly and SameSite=Lax.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use domain::Clock;
use jiff::Timestamp;

use crate::settings::config::Config;
use crate::web::token::MAX_TOKEN_BYTES;

/// How this site spells its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCookie {
    secure: bool,
}

impl SessionCookie {
    pub fn of(config: &Config) -> Self {
        Self { secure: config.is_https() }
    }

    pub fn name(self) -> &'static str {
        if self.secure { "__Host-boxoffice_session" } else { "boxoffice_session" }
    }

    /// The buyer's token, if a cookie of this name holds what looks like one.
    pub fn token(self, headers: &HeaderMap) -> Option<&str> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
        let mut tokens = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == self.name());
        tokens.next().map(|(_, token)| token).filter(|token| (1..=MAX_TOKEN_BYTES).contains(&token.len()))
    }

    /// `Set-Cookie` for a session that ends at `expires_at`.
    pub fn set(self, token: &str, expires_at: Timestamp, clock: &Clock) -> Option<HeaderValue> {
        self.write(token, (expires_at.as_second() - clock.now().as_second()).max(0))
    }

    /// `Set-Cookie` that makes the browser forget its session.
    pub fn clear(self) -> Option<HeaderValue> {
        self.write("", 0)
    }

    fn write(self, token: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", self.name());
        HeaderValue::try_from(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(text).expect("a value"))])
    }

    #[test]
    fn the_cookie_is_found_among_others_and_only_by_its_one_name() {
        let (http, https) = (SessionCookie { secure: false }, SessionCookie { secure: true });
        assert_eq!(http.token(&cookie("a=b; boxoffice_session=tok; c=d")), Some("tok"));
        assert_eq!(http.token(&cookie("boxoffice_session=; xboxoffice_session=t")), None);
        assert_eq!(https.token(&cookie("__Host-boxoffice_session=tok")), Some("tok"));
        assert_eq!(https.token(&cookie("boxoffice_session=planted")), None, "the other name is not read");
        assert_eq!(http.token(&cookie("__Host-boxoffice_session=tok")), None);
        assert_eq!(http.token(&cookie(&format!("boxoffice_session={}", "x".repeat(257)))), None);
    }

    #[test]
    fn it_is_written_as_the_scheme_wants_it_and_forgotten_by_the_same_name() {
        let clock = Clock::manual("2027-03-12T12:00:00Z".parse().expect("an instant"));
        let end = "2027-03-12T12:01:00Z".parse().expect("an instant");
        let text = |value: Option<HeaderValue>| value.expect("a value").to_str().expect("text").to_owned();
        let https = SessionCookie { secure: true };
        assert_eq!(
            text(https.set("tok", end, &clock)),
            "__Host-boxoffice_session=tok; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(text(https.clear()), "__Host-boxoffice_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
        let http = SessionCookie { secure: false };
        assert_eq!(text(http.set("tok", end, &clock)), "boxoffice_session=tok; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }
}
