//! Performers, venues, cities and series: a heading, facts, and what is on.

use askama::Template;

use super::layout::Link;
use super::{Badge, Card, Page, Poster, When};

/// A performer, a venue or a city with its upcoming events.
#[derive(Debug, Template)]
#[template(path = "listing.html")]
pub struct ListingPage {
    pub page: Page,
    pub kicker: String,
    pub title: String,
    pub facts: Vec<Fact>,
    pub description: Vec<String>,
    pub poster: Poster,
    pub heading: String,
    pub cards: Vec<Card>,
    pub next: Option<String>,
    pub all: Link,
    pub aside: Option<(String, Vec<(Link, String)>)>,
    pub this_year: String,
}

/// A line under the title; a link where it leads somewhere.
#[derive(Debug, Clone)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    pub href: Option<String>,
}

/// A series: cities, in them venues, in them times.
#[derive(Debug, Template)]
#[template(path = "series.html")]
pub struct SeriesPage {
    pub page: Page,
    pub kicker: String,
    pub title: String,
    pub description: Vec<String>,
    pub poster: Poster,
    pub summary: String,
    pub cities: Vec<SeriesCity>,
}

#[derive(Debug, Clone)]
pub struct SeriesCity {
    pub anchor: String,
    pub name: String,
    pub country: String,
    pub venues: Vec<SeriesVenue>,
}

#[derive(Debug, Clone)]
pub struct SeriesVenue {
    pub link: Link,
    pub days: Vec<SeriesDay>,
}

/// The times of one day at one venue.
#[derive(Debug, Clone)]
pub struct SeriesDay {
    pub when: When,
    pub times: Vec<SeriesTime>,
}

#[derive(Debug, Clone)]
pub struct SeriesTime {
    pub href: String,
    pub time: String,
    pub price: Option<String>,
    pub badge: Badge,
}
