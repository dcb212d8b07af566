//! What a response allows: whether it may be kept, how long, and under which tags.

use std::time::Duration;

use http::header::{AGE, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, StatusCode};

/// Longer freshness is cut: an entry should meet its origin again.
const MAX_FRESH: Duration = Duration::from_secs(365 * 86_400);
/// Older answers are given to nobody.
const MAX_STALE: Duration = Duration::from_secs(86_400);
const MAX_TAGS: usize = 64;
pub const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// How a response may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    pub fresh: Duration,
    /// How long beyond that it may be given while the service fails (RFC 5861, section 4).
    pub stale: Duration,
    /// Says `public`: may also answer requests that carry credentials.
    pub public: bool,
    /// Lower case, in order.
    pub vary: Vec<HeaderName>,
    pub tags: Vec<String>,
}

/// Reads a response's head.
///
/// Gives     `None` unless the response itself says that a shared cache may keep it, and how long.
/// Source    RFC 9111 sections 3, 4.1, 5.2.2; no heuristic freshness.
pub fn keep(status: StatusCode, headers: &HeaderMap) -> Option<Keep> {
    let kept_status = matches!(status.as_u16(), 200 | 203 | 301 | 308);
    if !kept_status || headers.contains_key(SET_COOKIE) || headers.contains_key(CONTENT_RANGE) || is_stream(headers) {
        return None;
    }
    let directives = directives(headers);
    let has = |name: &str| directives.iter().any(|(known, _)| known == name);
    if ["no-store", "private", "no-cache"].into_iter().any(has) {
        return None;
    }
    let seconds = |name: &str| match directives.iter().filter(|(known, _)| known == name).collect::<Vec<_>>()[..] {
        [] => None,
        [(_, value)] => Some(value.parse::<u64>().unwrap_or(0)),
        // said twice: nobody knows which is meant
        _ => Some(0),
    };
    let public = has("public");
    let fresh = seconds("s-maxage").or_else(|| seconds("max-age").filter(|_| public))?;
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
    let fresh = Duration::from_secs(fresh.saturating_sub(age)).min(MAX_FRESH);
    (!fresh.is_zero()).then_some(())?;
    let stale = Duration::from_secs(seconds("stale-if-error").unwrap_or(0)).min(MAX_STALE);
    Some(Keep { fresh, stale, public, vary: vary(headers)?, tags: tags(headers) })
}

/// Server-Sent Events never end: they are not read ahead.
pub fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream")
}

fn directives(headers: &HeaderMap) -> Vec<(String, String)> {
    let values = headers.get_all(CACHE_CONTROL).iter().map(|value| value.to_str().unwrap_or("no-store"));
    let read = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned())
    };
    values.flat_map(|value| value.split(',')).map(read).collect()
}

/// `None` for what cannot be shared: everything, or what tells one user from another.
fn vary(headers: &HeaderMap) -> Option<Vec<HeaderName>> {
    let values = headers.get_all(VARY).iter().map(|value| value.to_str().unwrap_or("*"));
    let mut names = Vec::new();
    for name in values.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
        match name.to_ascii_lowercase().as_str() {
            "*" | "cookie" | "authorization" => return None,
            name => names.push(name.parse::<HeaderName>().ok()?),
        }
    }
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup();
    Some(names)
}

fn tags(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(SURROGATE_KEY).iter().filter_map(|value| value.to_str().ok());
    let mut tags: Vec<String> = values.flat_map(str::split_whitespace).take(MAX_TAGS).map(str::to_owned).collect();
    tags.sort();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), http::HeaderValue::from_static(value))).collect()
    }

    fn fresh(pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        keep(StatusCode::OK, &head(pairs)).map(|keep| keep.fresh.as_secs())
    }

    #[test]
    fn only_what_says_so_is_kept() {
        type Head = &'static [(&'static str, &'static str)];
        let table: [(Head, Option<u64>); 25] = [
            (&[], None),
            (&[("cache-control", "public")], None),
            (&[("cache-control", "max-age=60")], None),
            (&[("cache-control", "public, max-age=60")], Some(60)),
            (&[("cache-control", "s-maxage=30, max-age=60")], Some(30)),
            // a picture: browsers keep it for ever
            (&[("cache-control", "public, max-age=31536000, s-maxage=3600, immutable")], Some(3_600)),
            (&[("cache-control", "PUBLIC, S-MaxAge=\"30\"")], Some(30)),
            (&[("cache-control", "public, max-age=60"), ("age", "50")], Some(10)),
            (&[("cache-control", "public, max-age=0")], None),
            (&[("cache-control", "public, max-age=many")], None),
            (&[("cache-control", "private, max-age=60")], None),
            (&[("cache-control", "public, max-age=60, no-store")], None),
            // each refuses alone, also beside the word that would be enough
            (&[("cache-control", "private, s-maxage=60")], None),
            (&[("cache-control", "public, private, s-maxage=60")], None),
            (&[("cache-control", "s-maxage=60, Private=\"set-cookie\"")], None),
            (&[("cache-control", "public, s-maxage=60, no-cache")], None),
            (&[("cache-control", "s-maxage=60"), ("cache-control", "private")], None),
            (&[("cache-control", "s-maxage=60, s-maxage=60")], None),
            (&[("cache-control", "s-maxage=0, public, max-age=60")], None),
            (&[("cache-control", "s-maxage=99999999999")], Some(365 * 86_400)),
            (&[("cache-control", "s-maxage=60"), ("content-range", "bytes 0-1/2")], None),
            (&[("cache-control", "public, max-age=60"), ("set-cookie", "a=b")], None),
            (&[("cache-control", "public, max-age=60"), ("vary", "*")], None),
            (&[("cache-control", "public, max-age=60"), ("vary", "Cookie")], None),
            (&[("cache-control", "public, max-age=60"), ("content-type", "text/event-stream")], None),
        ];
        for (pairs, seconds) in table {
            assert_eq!(fresh(pairs), seconds, "{pairs:?}");
        }
    }

    #[test]
    fn how_long_an_answer_may_outlive_its_time_is_said_by_itself() {
        let stale = |value| keep(StatusCode::OK, &head(&[("cache-control", value)])).map(|keep| keep.stale.as_secs());
        assert_eq!(stale("s-maxage=1"), Some(0));
        assert_eq!(stale("s-maxage=1, stale-if-error=60"), Some(60));
        assert_eq!(stale("s-maxage=1, stale-if-error=999999"), Some(86_400));
        assert_eq!(stale("s-maxage=1, stale-if-error=60, stale-if-error=60"), Some(0), "said twice");
    }

    #[test]
    fn errors_are_never_kept() {
        let headers = head(&[("cache-control", "public, max-age=60")]);
        for status in [201, 204, 302, 304, 400, 404, 410, 500, 503] {
            assert_eq!(keep(StatusCode::from_u16(status).expect("a status"), &headers), None, "{status}");
        }
    }

    #[test]
    fn tags_and_vary_are_read() {
        let headers = head(&[
            ("cache-control", "public, max-age=60"),
            ("surrogate-key", "event:1 venue:2 event:1"),
            ("vary", "Accept-Language, accept-encoding"),
        ]);
        let keep = keep(StatusCode::OK, &headers).expect("kept");
        assert_eq!(keep.tags, ["event:1", "venue:2"]);
        assert_eq!(keep.vary, ["accept-encoding", "accept-language"]);
    }
}
