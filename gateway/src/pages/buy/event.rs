//! The event page: what, when, where; `sale.rs` says what can be bought, `wish.rs` holds it.
//!
//! It is the same for everybody, so that a crowd that presses reload costs one page a second. Its forms are nobody's: a script asks for
//! the visit when one is sent, and without a script they lead to the same page made for one visitor.

use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect};
use catalog::model::{Event, EventFilter, EventSort, Work};
use domain::{Availability, EventId};
use serde_json::json;

use crate::pages::buy::sale;
use crate::pages::find::cards::{availability, capital, event_path, own_part, paragraphs, place, price, when};
use crate::pages::find::structured;
use crate::pages::params::FilledParams;
use crate::pages::shopper::wants_json;
use crate::pages::show::{PageResult, show};
use crate::pages::view::event::{Chosen, EventPage, OtherDate, Performer, Sale, VenueLine};
use crate::pages::view::layout::{Link, OgPicture};
use crate::pages::view::{Notice, Page, Poster};
use crate::pages::visit::new_visit;
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::extract::Json;
use crate::web::policy::CachePolicy;

/// Dates of the same series beside this one.
const OTHER_DATES: u16 = 6;

/// The event's page.  `GET /events/{id}/{slug}`
pub async fn event_page(app: App, Path((id, slug)): Path<(String, String)>) -> PageResult {
    let event = load(&app, &id).await?;
    if slug != own_part(&event.row.slug) {
        return Ok(Redirect::temporary(&path(&event)).into_response());
    }
    let tag = format!("event-{}", event.row.id);
    show(&lay_out(&app, &event, None, None).await?, CachePolicy::Live.tagged([tag]))
}

/// The page for one visitor, with forms of his own; to a script, where it is to send the form.  `GET /events/{id}/hold`, `…/waitlist`
pub async fn own_page(app: App, address: Uri, Path(id): Path<String>, headers: HeaderMap, asked: FilledParams) -> PageResult {
    if wants_json(&headers) {
        let action = format!("{}?visit={}", address.path(), new_visit(&app));
        return Ok((CachePolicy::Private, Json(json!({ "action": action }))).into_response());
    }
    let event = load(&app, &id).await?;
    let sent = !asked.pairs().is_empty();
    let notice = sent.then(|| Notice::new("warn", "One more step.", "Your choice is below: send it once more, and it is yours."));
    show(&lay_out(&app, &event, notice, Some(Chosen::of(&asked))).await?, CachePolicy::Private)
}

/// The short address.  `GET /events/{id}`
pub async fn event_short(app: App, Path(id): Path<String>) -> PageResult {
    Ok(Redirect::temporary(&path(&load(&app, &id).await?)).into_response())
}

/// Reads an event for its page.
pub async fn load(app: &App, id: &str) -> PageResult<Event> {
    let id: EventId = id.parse().map_err(|_| ApiError::not_found())?;
    Ok(app.reads.event(id).await.map_err(ApiError::from)?)
}

pub fn path(event: &Event) -> String {
    event_path(event.row.id, &event.row.slug)
}

/// Takes     `chosen`: what one visitor wants; none: the page is everybody's.
pub async fn lay_out(app: &App, event: &Event, notice: Option<Notice>, chosen: Option<Chosen>) -> PageResult<EventPage> {
    let others = other_dates(app, event).await?;
    let (sale, badge) = sale::sale(app, event, chosen).await?;
    let row = &event.row;
    let venue = event.venue.as_ref();
    let mut page = Page::public(title(event), description(event), path(event));
    page.json_ld = Some(structured::event(app, event, badge));
    page.picture = OgPicture::of(app, event.image.shown.as_ref());
    Ok(EventPage {
        page,
        title: row.title.clone(),
        description: paragraphs(&row.description),
        kicker: capital(&row.category),
        when: when(event),
        doors: row.doors().unwrap_or_default(),
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
        poster: Poster::large(event.image.shown.as_ref(), row.id.0, &row.category),
        picture: format!("{}/v1/events/{}/picture.png", app.config.public_url, row.id),
        notice,
        told: sale::told(app, event, (&sale, badge), &others),
        queue: queue_path(event, &sale),
        sale,
        outside: Some(row.url.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        others,
    })
}

/// The waiting room, while there is a sale to wait for.
fn queue_path(event: &Event, sale: &Sale) -> Option<String> {
    let sells = matches!(sale, Sale::Opens(_) | Sale::Open(_));
    (event.row.queue_required && sells).then(|| format!("/events/{}/queue", event.row.id))
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
    let dates = app.reads.events(&wanted, EventSort::Date, OTHER_DATES + 1, None).await.map_err(ApiError::from)?;
    let others = dates.items.iter().filter(|other| other.row.id != event.row.id).take(OTHER_DATES.into());
    Ok(others
        .map(|other| {
            let left = availability(app, other);
            let open = matches!(left, Availability::Available | Availability::Few);
            OtherDate { href: path(other), when: when(other), place: place(other.venue.as_ref()), badge: left.into(), open }
        })
        .collect())
}
