//! The search page and the home page: a form, facets, cards.

use askama::Template;

use super::layout::Link;
use super::{Card, Page, Poster};

/// What a search gave, laid out; also served alone, as the fragment that search-as-you-type swaps in.
#[derive(Debug, Template)]
#[template(path = "part/results.html")]
pub struct Results {
    pub cards: Vec<Card>,
    pub total: String,
    /// `for “owls” in Brisbane`.
    pub told: String,
    pub this_year: String,
    pub sorts: Vec<Choice>,
    pub chips: Vec<Link>,
    pub facets: Vec<Facet>,
    pub from: String,
    pub to: String,
    pub dates: Vec<Choice>,
    pub months: Vec<Choice>,
    /// Performers, venues and series whose names match: the link, and what it is.
    pub others: Vec<(Link, String)>,
    pub price_max: String,
    /// The parameters that no control of the form shows, kept as hidden fields.
    pub kept: Vec<(String, String)>,
    pub near: bool,
    pub radius_km: String,
    pub next: Option<String>,
    pub on_later_page: bool,
    pub first: String,
    pub clear: String,
}

/// One of several values, as a link.
#[derive(Debug, Clone)]
pub struct Choice {
    pub label: String,
    pub href: String,
    pub chosen: bool,
}

/// A group of checkboxes with counts.
#[derive(Debug, Clone)]
pub struct Facet {
    pub name: &'static str,
    pub title: &'static str,
    pub open: bool,
    pub options: Vec<FacetOption>,
    /// Options behind “more”.
    pub more: Vec<FacetOption>,
}

#[derive(Debug, Clone)]
pub struct FacetOption {
    pub value: String,
    pub label: String,
    pub count: String,
    pub chosen: bool,
}

#[derive(Debug, Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    pub page: Page,
    pub results: Results,
}

/// The front door.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    pub page: Page,
    pub total: String,
    pub shortcuts: Vec<Link>,
    pub categories: Vec<CategoryTile>,
    pub shelves: Vec<Shelf>,
    pub cities: Vec<(Link, String)>,
    pub this_year: String,
}

#[derive(Debug, Clone)]
pub struct CategoryTile {
    pub link: Link,
    pub count: String,
    pub poster: Poster,
}

/// A row of cards with a heading.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub title: String,
    pub more: Link,
    pub cards: Vec<Card>,
}
