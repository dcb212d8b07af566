//! The event page: what, when, where; `sale.rs` says what can be bought, `wish.rs` holds it.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};
use catalog::model::{Event, EventFilter, EventSort, Precision, Work};
use catalog::store;
use domain::{Availability, EventId, EventStatus};

use super::cards::{availability, capital, event_path, paragraphs, place, price, when};
use super::sale;
use super::show::{PageResult, show};
use super::view::event::{Chosen, EventPage, OtherDate, Performer, VenueLine};
use super::view::layout::{Link, json_ld};
use super::view::{Notice, Page, Poster, When};
use crate::app::App;
use crate::error::ApiError;
use crate::policy::CachePolicy;

/// Dates of the same series beside this one.
const OTHER_DATES: u16 = 6;

/// The event's page.  `GET /events/{id}/{slug}`
pub async fn event_page(app: App, Path((id, slug)): Path<(String, String)>) -> PageResult {
    let event = load(&app, &id).await?;
    if slug != event.row.slug {
        return Ok(Redirect::temporary(&path(&event)).into_response());
    }
    let page = lay_out(&app, &event, None, Chosen { quantity: 2, ..Chosen::default() }).await?;
    show(&page, CachePolicy::Private)
}

/// The short address.  `GET /events/{id}`
pub async fn event_short(app: App, Path(id): Path<String>) -> PageResult {
    Ok(Redirect::temporary(&path(&load(&app, &id).await?)).into_response())
}

/// Reads an event for its page.
pub async fn load(app: &App, id: &str) -> PageResult<Event> {
    let id: EventId = id.parse().map_err(|_| ApiError::not_found())?;
    let mut conn = app.pool.acquire().await.map_err(ApiError::fault)?;
    let event = store::events::get(&mut conn, id).await.map_err(ApiError::fault)?;
    Ok(event.ok_or_else(ApiError::not_found)?)
}

pub fn path(event: &Event) -> String {
    event_path(event.row.id, &event.row.slug)
}

pub async fn lay_out(app: &App, event: &Event, notice: Option<Notice>, chosen: Chosen) -> PageResult<EventPage> {
    let others = other_dates(app, event).await?;
    let (sale, badge) = sale::sale(app, event, chosen).await?;
    let row = &event.row;
    let venue = event.venue.as_ref();
    let mut page = Page::public(title(event), description(event), path(event));
    page.json_ld = Some(json_ld(&structured(app, event, badge)));
    Ok(EventPage {
        page,
        title: row.title.clone(),
        description: paragraphs(&row.description),
        kicker: capital(&row.category),
        when: when(event),
        timezone: row.timezone.clone(),
        performers: event
            .cast
            .iter()
            .map(|member| Performer {
                link: Link::new(format!("/performers/{}", member.performer_id), &*member.name),
                role: if member.instrument.is_empty() { member.role.clone() } else { member.instrument.clone() },
            })
            .collect(),
        works: row.works.iter().map(work).collect(),
        series: event.series.as_ref().map(|series| Link::new(format!("/series/{}", series.id), &*series.title)),
        venue: venue.map(|venue| VenueLine {
            link: Link::new(format!("/venues/{}", venue.id), &*venue.name),
            address: [&*venue.address, &*venue.postal_code, &*venue.city]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", "),
            city: venue.city_id.map(|city| Link::new(format!("/cities/{city}"), &*venue.city)),
        }),
        badge: badge.into(),
        price: row.price_range().and_then(|(from, to)| price(Some(from), Some(to))),
        poster: Poster::of(row.id.0, &row.category),
        notice,
        sale,
        outside: Some(row.url.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        others,
    })
}

fn work(work: &Work) -> String {
    if work.composer.is_empty() { work.title.clone() } else { format!("{}: {}", work.composer, work.title) }
}

fn title(event: &Event) -> String {
    let place = event.venue.as_ref().map(|venue| venue.city.as_str()).filter(|city| !city.is_empty());
    place.map_or_else(|| event.row.title.clone(), |city| format!("{} in {city}", event.row.title))
}

fn description(event: &Event) -> String {
    format!("{}, {}. {}", event.row.title, when(event).with_time(), place(event.venue.as_ref()))
}

async fn other_dates(app: &App, event: &Event) -> PageResult<Vec<OtherDate>> {
    let Some(series) = event.row.series_id else { return Ok(Vec::new()) };
    let wanted = EventFilter { series_id: vec![series], from: Some(app.clock.now()), ..EventFilter::default() };
    let mut conn = app.pool.acquire().await.map_err(ApiError::fault)?;
    let dates = store::events::list(&mut conn, &wanted, EventSort::Date, OTHER_DATES + 1, None).await.map_err(ApiError::fault)?;
    let others = dates.items.iter().filter(|other| other.row.id != event.row.id).take(OTHER_DATES.into());
    Ok(others
        .map(|other| OtherDate {
            href: path(other),
            when: when(other),
            place: place(other.venue.as_ref()),
            badge: availability(app, other).into(),
        })
        .collect())
}

/// schema.org Event, for search engines.
fn structured(app: &App, event: &Event, badge: Availability) -> serde_json::Value {
    let row = &event.row;
    let url = format!("{}{}", app.config.public_url, path(event));
    let status = match row.status {
        EventStatus::Cancelled | EventStatus::Abandoned => "EventCancelled",
        EventStatus::Postponed => "EventPostponed",
        EventStatus::Scheduled | EventStatus::Awarded => "EventScheduled",
    };
    let stock = if matches!(badge, Availability::Available | Availability::Few) { "InStock" } else { "SoldOut" };
    let offers = row.price_range().map(|(from, to)| {
        let major = |amount: i64| amount as f64 / 10_f64.powi(i32::try_from(from.currency.minor_digits()).unwrap_or(2));
        serde_json::json!({
            "@type": "AggregateOffer", "url": url, "priceCurrency": from.currency.code(), "lowPrice": major(from.amount), "highPrice": major(to.amount),
            "availability": format!("https://schema.org/{stock}"), "validFrom": row.sale_opens_at.map(|at| at.to_string()),
        })
    });
    let location = event.venue.as_ref().map(|venue| {
        let address = serde_json::json!({ "@type": "PostalAddress", "streetAddress": venue.address, "addressLocality": venue.city, "addressCountry": venue.country });
        serde_json::json!({ "@type": "Place", "name": venue.name, "address": address })
    });
    let performers: Vec<_> =
        event.cast.iter().map(|member| serde_json::json!({ "@type": "PerformingGroup", "name": member.name })).collect();
    serde_json::json!({
        "@context": "https://schema.org", "@type": "Event", "name": row.title, "url": url, "startDate": start(event),
        "eventStatus": format!("https://schema.org/{status}"), "location": location, "performer": performers, "offers": offers,
    })
}

fn start(event: &Event) -> String {
    When::of(event.row.starts_at, &event.row.timezone, event.row.start_precision == Precision::Minute).iso
}
