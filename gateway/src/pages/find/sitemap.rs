//! What crawlers may find: an index of pieces, each piece a bounded list of addresses in the order of their ids.

use std::fmt::Write as _;

use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use catalog::model::Kind;
use catalog::reads::Address;
use uuid::Uuid;

use crate::pages::find::cards::event_path;
use crate::pages::show::PageResult;
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::finder::OneList;
use crate::web::policy::CachePolicy;

/// Addresses of one piece; the protocol allows 50,000, and a piece is made in memory.
const PIECE: u32 = 10_000;
const XML: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "application/xml; charset=utf-8")];
const SPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The index of all pieces.  `GET /sitemap.xml`
///
/// Cost      five walks of an index in ten minutes, from connections of their own; the edge keeps it for an hour.
pub async fn index(app: App, _one: OneList) -> PageResult {
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"{SPACE}\">\n");
    for kind in Kind::PAGES {
        let plural = kind.plural();
        for first in app.reads.marks(kind, PIECE).await.map_err(ApiError::from)?.iter() {
            let _ =
                writeln!(xml, "<sitemap><loc>{}/sitemaps/{plural}/{first}.xml</loc></sitemap>", escape(&app.config.public_url));
        }
    }
    xml.push_str("</sitemapindex>\n");
    Ok((CachePolicy::Asset.tagged(["sitemap"]), XML, xml).into_response())
}

/// One piece: the pages of a kind from an id on.  `GET /sitemaps/{kind}/{first}.xml`
pub async fn piece(app: App, _one: OneList, Path((plural, file)): Path<(String, String)>) -> PageResult<Response> {
    let kind = Kind::PAGES.into_iter().find(|kind| kind.plural() == plural).ok_or_else(ApiError::not_found)?;
    let first: Uuid = file.strip_suffix(".xml").and_then(|id| id.parse().ok()).ok_or_else(ApiError::not_found)?;
    let found = app.reads.addresses(kind, first, PIECE).await.map_err(ApiError::from)?;
    if found.is_empty() {
        return Err(ApiError::not_found().into());
    }
    Ok((CachePolicy::Asset.tagged(["sitemap"]), XML, urls(&app.config.public_url, &plural, &found)).into_response())
}

fn urls(base: &str, plural: &str, found: &[Address]) -> String {
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"{SPACE}\">\n");
    for address in found {
        let path = match plural {
            "events" => event_path(address.id, &address.slug),
            _ => format!("/{plural}/{}", address.id),
        };
        let _ = write!(xml, "<url><loc>{}{}</loc>", escape(base), escape(&path));
        if let Some(at) = address.changed_at {
            let _ = write!(xml, "<lastmod>{}</lastmod>", at.strftime("%Y-%m-%dT%H:%M:%SZ"));
        }
        xml.push_str("</url>\n");
    }
    xml.push_str("</urlset>\n");
    xml
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_escaped_and_dated() {
        let one =
            Address { id: Uuid::from_u128(7), slug: "owls-שלום".into(), changed_at: "2027-03-12T20:00:00.5Z".parse().ok() };
        let xml = urls("https://tickets.example/?a&b", "events", &[one]);
        let loc = "<loc>https://tickets.example/?a&amp;b/events/00000000-0000-0000-0000-000000000007/owls-%D7%A9%D7%9C%D7%95%D7%9D</loc>";
        assert!(xml.contains(loc) && xml.contains("<lastmod>2027-03-12T20:00:00Z</lastmod>"), "{xml}");
    }
}
