//! Lists: `{ items, next_cursor }`, a signed cursor bound to its query, and the same as a `Link` header.

use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::api::base::is_configured;
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::Params;

/// Some items of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing<T> {
    pub items: Vec<T>,
    /// Where the next items begin; null when nothing follows.
    pub next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub struct PageParams {
    /// 1 to 100, default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `next_cursor` of the page before, with the same query.
    cursor: Option<String>,
}

/// One page of one list as it was asked for.
#[derive(Debug)]
pub struct PageAsked<P> {
    pub limit: u16,
    /// The position after which it begins.
    pub after: Option<P>,
    /// The list and its filters, without cursor and limit: what a cursor is bound to.
    query: String,
    path: String,
    params: Params,
}

impl<P: Serialize + DeserializeOwned> PageAsked<P> {
    /// Reads `limit` and `cursor`; every parameter must be one of them or of `filters`.
    ///
    /// Takes     `scope`: whose list it is, where the path does not say it.
    /// Refuses   invalid, cursor_invalid, cursor_mismatch.
    pub fn read(app: &App, path: &str, scope: &str, params: Params, filters: &[&str]) -> ApiResult<Self> {
        params.only(&[filters, &["limit", "cursor"]].concat())?;
        let limit = params.limit()?;
        let query = bound_query(path, scope, &params);
        let cursor = params.one("cursor")?.filter(|token| !token.is_empty());
        let after = cursor.map(|token| app.keys.cursor.open(&query, token)).transpose()?;
        Ok(Self { limit, after, query, path: path.to_owned(), params })
    }

    /// The page's body and its headers.
    pub fn answer<T>(&self, app: &App, items: Vec<T>, next: Option<P>) -> (HeaderMap, Listing<T>) {
        let next_cursor = next.map(|position| app.keys.cursor.seal(&self.query, &position));
        let headers = next_cursor.as_deref().map(|cursor| link_next(app, &self.path, &self.params, cursor)).unwrap_or_default();
        (headers, Listing { items, next_cursor })
    }

    /// Makes a page of one item more than was asked for: that there is one says that something follows.
    pub fn cut<T>(&self, app: &App, mut items: Vec<T>, position: impl Fn(&T) -> P) -> (HeaderMap, Listing<T>) {
        let more = items.len() > usize::from(self.limit);
        items.truncate(self.limit.into());
        let next = items.last().filter(|_| more).map(position);
        self.answer(app, items, next)
    }
}

/// One spelling of a query whatever the order of its parameters.
fn bound_query(path: &str, scope: &str, params: &Params) -> String {
    let mut pairs: Vec<_> = params.0.iter().filter(|(name, _)| name != "cursor" && name != "limit").collect();
    pairs.sort();
    format!("{path} {scope} {pairs:?}")
}

/// `Link: <the same query with the next cursor>; rel="next"`.
pub fn link_next(app: &App, path: &str, params: &Params, cursor: &str) -> HeaderMap {
    // Behind an address that nobody can dial the link is relative, which RFC 8288 allows.
    let nowhere = app.config.listen.ip().is_unspecified() && !is_configured(&app.config);
    let base = if nowhere { "" } else { &app.config.public_url };
    let mut link = String::with_capacity(USUAL_LINK_BYTES);
    link.extend(["<", base, path, "?"]);
    let kept = params.0.iter().filter(|(name, _)| name != "cursor");
    for (name, value) in kept {
        encode(&mut link, name);
        link.push('=');
        encode(&mut link, value);
        link.push('&');
    }
    link.push_str("cursor=");
    encode(&mut link, cursor);
    link.push_str(">; rel=\"next\"");
    HeaderValue::try_from(link).map(|value| HeaderMap::from_iter([(LINK, value)])).unwrap_or_default()
}

/// All but the unreserved characters (RFC 3986, section 2.3).
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encode(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// Longer links grow.
const USUAL_LINK_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_parameters_does_not_change_the_query() {
        let params = |text: &[(&str, &str)]| Params(text.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect());
        let one = bound_query("/v1/events", "", &params(&[("city", "x"), ("limit", "5"), ("category", "y")]));
        let two = bound_query("/v1/events", "", &params(&[("category", "y"), ("city", "x"), ("cursor", "z")]));
        assert_eq!(one, two);
        assert_ne!(one, bound_query("/v1/events", "", &params(&[("category", "y")])));
        assert_ne!(one, bound_query("/v1/venues", "", &params(&[("city", "x"), ("category", "y")])));
    }

    #[test]
    fn a_link_survives_any_text() {
        for (text, written) in [("a b&c=ü>", "a%20b%26c%3D%C3%BC%3E"), ("A-z_0.9~", "A-z_0.9~"), ("", "")] {
            let mut out = String::new();
            encode(&mut out, text);
            assert_eq!(out, written);
        }
    }
}
