//! The pass that a buyer shows: a header of programs, a cookie of browsers.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use domain::{EventId, PresentedPass};

use crate::web::app::App;
use crate::web::error::{ApiError, Code};

const HEADER: &str = "boxoffice-pass";
/// The browser sends it to the addresses of its event alone.
pub const COOKIE_NAME: &str = "boxoffice_pass";

/// What is shown as a pass, if anything is. What it lets in, booking says.
#[derive(Debug, Clone, Copy)]
pub struct ShownPass(pub Option<PresentedPass>);

impl FromRequestParts<App> for ShownPass {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(text(&parts.headers).map(|text| app.keys.passes().open(text))))
    }
}

/// The header goes before the cookie; two headers, or one that is no text, are no pass of ours.
fn text(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(HEADER).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.to_str().unwrap_or("")),
        (Some(_), Some(_)) => Some(""),
        (None, _) => cookie(headers, COOKIE_NAME),
    }
}

/// The value of a cookie that is not empty.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(found, _)| *found == name);
    named.next().map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// Says where the queue is to who has to go there first.
pub fn lead_to_queue(error: ApiError, event: EventId) -> ApiError {
    if error.code() == Code::QueueFirst { error.with("queue_url", format!("/v1/events/{event}/queue")) } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn a_header_goes_before_the_cookie_and_two_are_none_of_ours() {
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let table: [Case<'_>; 7] = [
            (&[], None),
            (&[("cookie", "a=b; boxoffice_pass=c; d=e")], Some("c")),
            (&[("cookie", "boxoffice_pass=")], None),
            (&[("boxoffice-pass", "h"), ("cookie", "boxoffice_pass=c")], Some("h")),
            (&[("boxoffice-pass", "")], Some("")),
            (&[("boxoffice-pass", "h"), ("boxoffice-pass", "h")], Some("")),
            (&[("cookie", "xboxoffice_pass=c")], None),
        ];
        for (pairs, said) in table {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(
                    HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                    HeaderValue::from_str(value).expect("a value"),
                );
            }
            assert_eq!(text(&headers), said, "{pairs:?}");
        }
    }
}
