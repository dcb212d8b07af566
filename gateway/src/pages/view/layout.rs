//! What every page has: a title, a description, the search box's text, the notice at its top, and the page that says no.

use askama::Template;
use catalog::model::Picture;

use crate::web::app::App;

/// The head of a page and what the frame around it shows.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub title: String,
    pub description: String,
    /// Path and query under which search engines should know the page; none keeps it out of their index.
    pub canonical: Option<String>,
    /// What stands in the header's search box.
    pub q: String,
    /// What others show who link to the page.
    pub picture: Option<OgPicture>,
    /// schema.org data, already made safe by [`json_ld`].
    pub json_ld: Option<String>,
}

impl Page {
    /// A page that search engines may list under this path.
    pub fn public(title: impl Into<String>, description: impl Into<String>, canonical: impl Into<String>) -> Self {
        let (title, description, canonical) = (title.into(), description.into(), Some(canonical.into()));
        Self { title, description, canonical, ..Self::default() }
    }

    /// A page of one buyer: never listed.
    pub fn private(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }
}

/// A picture for who links to a page (Open Graph): as JPEG or PNG, since those who fetch it name no WebP.
#[derive(Debug, Clone)]
pub struct OgPicture {
    /// Absolute.
    pub url: String,
    pub width: u32,
    pub height: u32,
    pub alt: String,
}

impl OgPicture {
    pub fn of(app: &App, picture: Option<&Picture>) -> Option<Self> {
        let picture = picture?;
        let url = format!("{}{}", app.config.public_url, picture.url());
        Some(Self { url, width: picture.width, height: picture.height, alt: picture.alt.clone() })
    }
}

/// JSON for a `<script type="application/ld+json">`: no `<`, `>` or `&` can end the element early.
pub fn json_ld(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// A sentence at the top of a page, with the next step.
#[derive(Debug, Clone)]
pub struct Notice {
    /// `bad`, `warn` or `good`: colour and icon; the words say it too.
    pub tone: &'static str,
    pub title: String,
    pub detail: String,
    pub link: Option<Link>,
}

impl Notice {
    pub fn new(tone: &'static str, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { tone, title: title.into(), detail: detail.into(), link: None }
    }
}

/// A labelled address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub label: String,
}

impl Link {
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into() }
    }
}

/// A refusal or an error as a page: what happened, and where to go from here.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    pub page: Page,
    pub status: u16,
    pub title: String,
    pub detail: String,
    pub next: Vec<Link>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_data_cannot_end_its_script_element() {
        let text = json_ld(&serde_json::json!({ "name": "</script><script>alert(1)</script>&amp;" }));
        assert!(!text.contains('<') && !text.contains('>') && !text.contains('&'));
        let back: serde_json::Value = serde_json::from_str(&text).expect("still JSON");
        assert_eq!(back["name"], "</script><script>alert(1)</script>&amp;");
    }

    #[test]
    fn a_problem_page_escapes_what_it_repeats() {
        let page = ProblemPage {
            page: Page::private("Not found"),
            status: 404,
            title: "<b>Not found</b>".into(),
            detail: "<script>".into(),
            next: vec![Link::new("/", "Search")],
        };
        let html = page.render().expect("renders");
        assert!(html.contains("&#60;b&#62;Not found") && !html.contains("<script>"), "{html}");
    }
}
