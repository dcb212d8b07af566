//! Performers, venues, cities and series: what each is, and what is on.

use axum::extract::Path;
use axum::response::Response;
use catalog::model::{CityDates, Event, VenueDates};
use catalog::search::{Answer, Catalog, FacetName, Query};
use domain::{CityId, PerformerId, SeriesId, VenueId};

use crate::pages::buy::event::path;
use crate::pages::find::cards::{availability, capital, card, paragraphs, plural, price, thousands, when};
use crate::pages::find::search::this_year;
use crate::pages::find::structured;
use crate::pages::params::FilledParams;
use crate::pages::show::{PageResult, show};
use crate::pages::view::layout::{Link, OgPicture};
use crate::pages::view::listing::{Fact, ListingPage, SeriesCity, SeriesDay, SeriesPage, SeriesTime, SeriesVenue};
use crate::pages::view::{Page, Poster};
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::finder::{Finder, OneList};
use crate::web::policy::CachePolicy;

/// Links beside a list: cities of a performer, categories of a city.
const ASIDE: usize = 24;

/// Dates of a series that search engines are told.
const STRUCTURED_DATES: usize = 100;

/// What is on, from the index: the events of one performer, venue or city.
struct Programme {
    answer: std::sync::Arc<Answer>,
    next: Option<String>,
    all: Link,
}

/// What a page tells of its performer, venue or city.
struct About {
    page: Page,
    kicker: String,
    title: String,
    facts: [Option<Fact>; 3],
    description: String,
    poster: Poster,
    /// The facet of the links beside the list, its parameter, and what stands above them.
    aside: (FacetName, &'static str, &'static str),
}

impl Programme {
    async fn of(finder: &Catalog, here: &str, name: &str, id: &str, asked: &FilledParams, facet: FacetName) -> PageResult<Self> {
        let only = FilledParams::default().with(name, id);
        let mut query = Query::parse(only.pairs()).map_err(|invalid| ApiError::invalid(invalid.field, invalid.detail))?;
        query.facets = vec![facet];
        query.cursor = Some(asked.one("cursor").to_owned()).filter(|cursor| !cursor.is_empty());
        let answer = finder.search(&query).await?;
        let next = answer.next_cursor.as_ref().map(|cursor| FilledParams::default().with("cursor", cursor).href(here));
        Ok(Self { answer, next, all: Link::new(only.href("/search"), "Search in these") })
    }

    /// The head of the page, with the events as search engines read them.
    fn page(&self, app: &App, title: String, description: String, here: String) -> Page {
        Page { json_ld: structured::list(app, &self.answer.items), ..Page::public(title, description, here) }
    }

    /// The page: what it is about, and what is on there.
    fn listed(self, app: &App, about: About) -> ListingPage {
        let About { page, kicker, title, facts, description, poster, aside: (facet, name, heads) } = about;
        ListingPage {
            page,
            kicker,
            title,
            facts: facts.into_iter().flatten().collect(),
            description: paragraphs(&description),
            poster,
            heading: format!("{} coming up", plural(self.answer.total, "event")),
            cards: self.answer.items.iter().map(card).collect(),
            aside: self.aside(facet, name, heads),
            next: self.next,
            all: self.all,
            this_year: this_year(app),
        }
    }

    fn aside(&self, facet: FacetName, name: &str, title: &str) -> Option<(String, Vec<(Link, String)>)> {
        let counted = self.answer.facets.get(facet);
        let link = |value: &catalog::search::FacetValue| {
            let label = if facet == FacetName::Category { capital(&value.label) } else { value.label.clone() };
            let href = match (facet, self.all.href.split_once('?')) {
                (FacetName::City, _) => format!("/cities/{}", value.value),
                (_, Some((_, only))) => {
                    format!("{}&{only}", FilledParams::default().with_value(name, &value.value).href("/search"))
                }
                _ => FilledParams::default().with_value(name, &value.value).href("/search"),
            };
            (Link::new(href, label), thousands(value.count))
        };
        (counted.len() > 1).then(|| (title.to_owned(), counted.iter().take(ASIDE).map(link).collect()))
    }
}

fn fact(label: &'static str, value: impl Into<String>, href: Option<String>) -> Option<Fact> {
    let value = value.into();
    (!value.is_empty()).then_some(Fact { label, value, href })
}

/// A performer.  `GET /performers/{id}`
pub async fn performer_page(app: App, finder: Finder, Path(id): Path<String>, asked: FilledParams) -> PageResult<Response> {
    let id: PerformerId = id.parse().map_err(|_| ApiError::not_found())?;
    let performer = app.reads.performer(id).await.map_err(ApiError::from)?;
    let (row, image) = (performer.row, performer.image.shown);
    let here = format!("/performers/{id}");
    let programme = Programme::of(&finder, &here, "performer_id", &id.to_string(), &asked, FacetName::City).await?;
    let facts =
        [fact("From", row.city, None), fact("Plays", row.instruments.join(", "), None), fact("Sport", capital(&row.sport), None)];
    let page = programme.page(&app, format!("{} tickets", row.name), format!("{}: dates and tickets.", row.name), here);
    let about = About {
        page: Page { picture: OgPicture::of(&app, image.as_ref()), ..page },
        kicker: capital(&row.kind),
        poster: Poster::large(image.as_ref(), id.0, ""),
        title: row.name,
        facts,
        description: row.description,
        aside: (FacetName::City, "city", "In these cities"),
    };
    show(&programme.listed(&app, about), CachePolicy::Search.tagged([format!("performer-{id}"), "events".to_owned()]))
}

/// A venue.  `GET /venues/{id}`
pub async fn venue_page(app: App, finder: Finder, Path(id): Path<String>, asked: FilledParams) -> PageResult<Response> {
    let id: VenueId = id.parse().map_err(|_| ApiError::not_found())?;
    let venue = app.reads.venue(id).await.map_err(ApiError::from)?;
    let (row, image, city) = (venue.row, venue.image.shown, venue.city.filter(|city| !city.name.is_empty()));
    let here = format!("/venues/{id}");
    let programme = Programme::of(&finder, &here, "venue_id", &id.to_string(), &asked, FacetName::Category).await?;
    let address = [row.address, row.postal_code].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let facts = [
        fact("Address", address, None),
        city.as_ref().and_then(|city| fact("City", &*city.name, Some(format!("/cities/{}", city.id)))),
        row.capacity.and_then(|places| fact("Places", thousands(places.into()), None)),
    ];
    let page = programme.page(&app, format!("{} tickets", row.name), format!("What is on at {}.", row.name), here);
    let about = About {
        page: Page { picture: OgPicture::of(&app, image.as_ref()), ..page },
        kicker: capital(&row.kind),
        poster: Poster::large(image.as_ref(), id.0, ""),
        title: row.name,
        facts,
        description: row.description,
        aside: (FacetName::Category, "category", "By category"),
    };
    show(&programme.listed(&app, about), CachePolicy::Search.tagged([format!("venue-{id}"), "events".to_owned()]))
}

/// A city.  `GET /cities/{id}`
pub async fn city_page(app: App, finder: Finder, Path(id): Path<String>, asked: FilledParams) -> PageResult<Response> {
    let id: CityId = id.parse().map_err(|_| ApiError::not_found())?;
    let city = app.reads.city(id).await.map_err(ApiError::from)?;
    let here = format!("/cities/{id}");
    let programme = Programme::of(&finder, &here, "city", &id.to_string(), &asked, FacetName::Category).await?;
    let country = if city.country_name.is_empty() { city.country } else { city.country_name };
    let (title, told) = (format!("Events in {}", city.name), format!("Concerts, shows and matches in {}.", city.name));
    let about = About {
        page: programme.page(&app, title, told, here),
        kicker: "City".to_owned(),
        facts: [fact("Region", city.region, None), fact("Country", country, None), None],
        description: String::new(),
        poster: Poster::of(id.0, ""),
        title: city.name,
        aside: (FacetName::Category, "category", "By category"),
    };
    show(&programme.listed(&app, about), CachePolicy::Search.tagged([format!("city-{id}"), "events".to_owned()]))
}

/// A series: city by city, venue by venue, day by day.  `GET /series/{id}`
pub async fn series_page(app: App, _one: OneList, Path(id): Path<String>) -> PageResult<Response> {
    let id: SeriesId = id.parse().map_err(|_| ApiError::not_found())?;
    let (series, dates) = app.reads.series_dates(id, Some(app.clock.now())).await.map_err(ApiError::from)?;
    let (row, image) = (series.row, series.image.shown);
    let count: usize = dates.iter().flat_map(|city| &city.venues).map(|venue| venue.events.len()).sum();
    let cities = plural(dates.len() as u64, "city");
    let events = dates.iter().flat_map(|city| &city.venues).flat_map(|venue| &venue.events);
    let told = structured::dates(&app, events.map(|event| (event, availability(&app, event))).take(STRUCTURED_DATES));
    let head = Page::public(format!("{} tickets", row.title), format!("{}: all dates.", row.title), format!("/series/{id}"));
    let page = SeriesPage {
        page: Page { json_ld: told, picture: OgPicture::of(&app, image.as_ref()), ..head },
        kicker: capital(&row.kind),
        description: paragraphs(&row.description),
        poster: Poster::large(image.as_ref(), id.0, &row.category),
        title: row.title,
        summary: if count == 0 { String::new() } else { format!("{} in {cities}", plural(count as u64, "date")) },
        cities: dates.iter().enumerate().map(|(n, city)| series_city(&app, n, city)).collect(),
    };
    show(&page, CachePolicy::Search.tagged([format!("series-{id}"), "events".to_owned()]))
}

fn series_city(app: &App, n: usize, city: &CityDates) -> SeriesCity {
    let name = if city.city.is_empty() { "Elsewhere".to_owned() } else { city.city.clone() };
    let country = city
        .venues
        .iter()
        .find_map(|dates| dates.venue.as_ref())
        .map(|venue| venue.country_name.clone())
        .filter(|name| !name.is_empty());
    let country = country.unwrap_or_else(|| city.country.clone());
    SeriesCity {
        anchor: format!("city-{}", n + 1),
        name,
        country,
        venues: city.venues.iter().map(|dates| series_venue(app, dates)).collect(),
    }
}

fn series_venue(app: &App, dates: &VenueDates) -> SeriesVenue {
    let link = match &dates.venue {
        Some(venue) => Link::new(format!("/venues/{}", venue.id), &*venue.name),
        None => Link::new("/search", "Venue to be announced"),
    };
    let mut days: Vec<SeriesDay> = Vec::new();
    for event in &dates.events {
        let when = when(event);
        let time = series_time(app, event);
        match days.last_mut() {
            Some(day) if day.when.long == when.long => day.times.push(time),
            _ => days.push(SeriesDay { when, times: vec![time] }),
        }
    }
    SeriesVenue { link, days }
}

fn series_time(app: &App, event: &Event) -> SeriesTime {
    let time = Some(when(event).time).filter(|time| !time.is_empty()).unwrap_or_else(|| "All day".to_owned());
    let price = event.row.price_range().and_then(|(from, to)| price(Some(from), Some(to)));
    SeriesTime { href: path(event), time, price, badge: availability(app, event).into() }
}
