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
    /// Tonight, this weekend, what is on sale: one click each.
    pub occasions: Vec<Choice>,
    pub months: Vec<Bar>,
    pub prices: Option<Prices>,
    /// Every date, or one line a series.
    pub grouping: Vec<Choice>,
    pub map: Option<MapBox>,
    /// The address of this question with the map open.
    pub map_href: Option<String>,
    /// Performers, venues and series whose names match: the link, and what it is.
    pub others: Vec<(Link, String)>,
    /// The parameters that no control of the form shows, kept as hidden fields.
    pub kept: Vec<(String, String)>,
    pub near: bool,
    pub radius_km: String,
    pub next: Option<String>,
    /// The next page as a fragment.
    pub more: String,
    /// Another spelling.
    pub said: Option<Correction>,
    /// `“opera”`: words that the results need not hold.
    pub relaxed: String,
    /// Whether the question says “near me” and nobody knows where that is.
    pub asks_where: bool,
    /// What holds some of the words, beneath the few results that hold all.
    pub close: Vec<Card>,
    /// What those lack: `“opera” or “tonight”`.
    pub lacking: String,
    /// Whose prices stand first, where there are several currencies.
    pub first_currency: String,
    /// The page's own title, for who types on.
    pub title: String,
    pub on_later_page: bool,
    pub first: String,
    pub clear: String,
}

/// A spelling that finds more than the typed one, or that was searched for instead.
#[derive(Debug, Clone)]
pub struct Correction {
    pub corrected: bool,
    pub typed: String,
    pub q: String,
    pub href: String,
    /// `12 events`.
    pub total: String,
}

/// One of several values, as a link.
#[derive(Debug, Clone)]
pub struct Choice {
    pub label: String,
    pub href: String,
    pub chosen: bool,
}

/// One bar of a histogram, as a link.
#[derive(Debug, Clone)]
pub struct Bar {
    pub label: String,
    pub count: String,
    pub href: String,
    pub chosen: bool,
    /// Of the longest, 0 to 100.
    pub share: u64,
}

/// What tickets cost, in the currency that most of them have.
#[derive(Debug, Clone)]
pub struct Prices {
    pub currency: String,
    pub bars: Vec<Bar>,
    pub from: Vec<PriceChoice>,
    pub to: Vec<PriceChoice>,
}

impl Prices {
    /// The drawing's width; a bar has ten.
    pub fn width(&self) -> usize {
        self.bars.len() * 10
    }
}

#[derive(Debug, Clone)]
pub struct PriceChoice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// The map beside the results: what stands where.
#[derive(Debug, Clone)]
pub struct MapBox {
    /// JSON: `[[lon, lat, count, name], …]`.
    pub points: String,
    /// `west,south,east,north`, or nothing for the whole world.
    pub bbox: String,
    /// The places on the map as links, for who cannot see it.
    pub places: Vec<(Link, String)>,
    /// The address without the map.
    pub close: String,
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
