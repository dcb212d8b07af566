//! What makes two requests the same: host, path, the query in one order, and what the response varies by.

use http::header::{ACCEPT_ENCODING, HOST};
use http::{HeaderMap, HeaderName, Request};

/// Longer URLs are not kept.
const MAX_KEY: usize = 4_096;

/// The key of a GET, before `Vary`; `None` for one too long to keep. Host and path stand in lines of their own, so that no host can end
/// in a part of a path.
pub fn of<B>(request: &Request<B>) -> Option<String> {
    let uri = request.uri();
    let host = uri.authority().map(|authority| authority.as_str());
    let host = host.or_else(|| request.headers().get(HOST).and_then(|host| host.to_str().ok())).unwrap_or("");
    let mut key = format!("{}\n{}", host.to_ascii_lowercase(), uri.path());
    if let Some(query) = uri.query() {
        let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        // stable, so that the order among equal names keeps its meaning
        pairs.sort_by_key(|pair| pair.split('=').next());
        key.push('?');
        key.push_str(&pairs.join("&"));
    }
    (key.len() <= MAX_KEY).then_some(key)
}

/// The key with the values of the headers that the response varies by.
pub fn varied(key: &str, vary: &[HeaderName], request: &HeaderMap) -> String {
    let mut key = key.to_owned();
    for name in vary {
        key.push('\n');
        if *name == ACCEPT_ENCODING {
            key.push_str(encoding(request));
            continue;
        }
        for value in request.get_all(name) {
            key.push_str(&String::from_utf8_lossy(value.as_bytes()));
            key.push(',');
        }
    }
    key
}

/// The encodings that matter, so that each browser's own spelling does not make its own entry.
pub fn encoding(request: &HeaderMap) -> &'static str {
    let accepts = |wanted: &str| {
        let values = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|list| list.split(',')).any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let refused = matches!(weight.replace(' ', "").to_ascii_lowercase().as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim().eq_ignore_ascii_case(wanted) && !refused
        })
    };
    match (accepts("br"), accepts("gzip"), accepts("zstd")) {
        (true, true, true) => "br,gzip,zstd",
        (true, true, false) => "br,gzip",
        (true, false, _) => "br",
        (false, true, true) => "gzip,zstd",
        (false, true, false) => "gzip",
        (false, false, true) => "zstd",
        (false, false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(uri: &str) -> Option<String> {
        of(&Request::get(uri).header(HOST, "Example.org").body(()).expect("a request"))
    }

    #[test]
    fn the_order_of_parameters_makes_no_difference_but_that_of_equal_names_does() {
        assert_eq!(key("/v1/search?q=a&city=b"), key("/v1/search?city=b&&q=a"));
        assert_ne!(key("/x?a=1&a=2"), key("/x?a=2&a=1"));
        assert_ne!(key("/x"), key("/y"));
        assert_eq!(key("/x").as_deref(), Some("example.org\n/x"));
        assert_eq!(key(&format!("/{}", "x".repeat(5_000))), None);
    }

    #[test]
    fn no_host_makes_the_key_of_another_path() {
        let of_host = |host: &str, uri: &str| of(&Request::get(uri).header(HOST, host).body(()).expect("a request"));
        assert_ne!(of_host("example.org/v1", "/performers/1"), of_host("example.org", "/v1/performers/1"));
    }

    #[test]
    fn spellings_of_accept_encoding_share_an_entry() {
        let vary = [ACCEPT_ENCODING];
        let with = |value: &'static str| {
            varied("k", &vary, &HeaderMap::from_iter([(ACCEPT_ENCODING, http::HeaderValue::from_static(value))]))
        };
        assert_eq!(with("gzip, deflate, br"), with("br;q=1.0, gzip"));
        assert_ne!(with("gzip"), with("gzip;q=0"));
    }

    #[test]
    fn an_encoding_is_accepted_by_its_name_unless_it_is_weighed_at_nothing() {
        let table = [
            ("", ""),
            ("identity", ""),
            ("gzip", "gzip"),
            ("GZIP ; Q=0.5", "gzip"),
            ("gzip;q=0", ""),
            ("gzip; q=0.000, br", "br"),
            ("br;q=0, zstd", "zstd"),
            ("gzip, zstd", "gzip,zstd"),
            ("zstd, gzip, deflate, br", "br,gzip,zstd"),
        ];
        for (value, said) in table {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, http::HeaderValue::from_static(value))]);
            assert_eq!(encoding(&headers), said, "{value}");
        }
    }
}
