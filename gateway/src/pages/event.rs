//! The event page: what, when, where; a countdown before the sale, the picker during it, and the forms that hold seats.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use booking::{Best, SeatsView, Wanted};
use catalog::model::{Event, EventFilter, EventSort, Precision, Work};
use catalog::store;
use domain::{Availability, EventId, EventStatus, TierId};

use super::asked::Asked;
use super::cards::{availability, capital, closes_at, event_path, paragraphs, place, price, sells, thousands, when};
use super::form::{Form, new_key};
use super::show::{PageError, PageResult, go, show, show_as, words};
use super::shopper::{Shopper, wants_json};
use super::view::event::{AreaLine, Chosen, EventPage, Opening, OtherDate, Performer, Picker, Sale, TierLine, VenueLine};
use super::view::layout::{Link, json_ld};
use super::view::{Notice, Page, Poster, When, when as wording};
use crate::app::App;
use crate::error::{ApiError, Code};
use crate::policy::CachePolicy;

/// Dates of the same series beside this one.
const OTHER_DATES: u16 = 6;
const LIMIT: u32 = 10;

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

/// Holds what a form or the map asks for.  `POST /events/{id}/hold`
///
/// Gives     303 to the checkout; to a script, its address as JSON. A refusal comes back as the event's page with the words.
pub async fn hold(app: App, Path(id): Path<String>, headers: HeaderMap, shopper: Shopper, form: Form) -> PageResult {
    let event = load(&app, &id).await?;
    let outcome = match wanted(&form.fields) {
        Ok(wanted) => app.booking.hold(event.row.id, shopper.id, wanted, form.idempotency()).await.map_err(ApiError::from),
        Err(invalid) => Err(invalid),
    };
    let response = match outcome {
        Ok(held) => held_at(&headers, &format!("/holds/{}", held.value.id)),
        Err(error) if error.code() == Code::Internal => return Err(error.into()),
        Err(error) if wants_json(&headers) => told_as_json(error),
        Err(error) => refused(&app, &event, &form.fields, &error).await?,
    };
    Ok(shopper.remember(response))
}

fn held_at(headers: &HeaderMap, location: &str) -> Response {
    if !wants_json(headers) {
        return go(location);
    }
    (CachePolicy::Private, axum::Json(serde_json::json!({ "location": location }))).into_response()
}

/// The API's problem, with words for people.
fn told_as_json(error: ApiError) -> Response {
    let (title, detail) = words(&error);
    error.detail(format!("{title}. {detail}")).into_response()
}

/// The same page again, with what went wrong and a fresh key.
async fn refused(app: &App, event: &Event, fields: &Asked, error: &ApiError) -> PageResult {
    let (title, detail) = words(error);
    let notice = Notice::new(if error.code() == Code::SeatsHeld { "warn" } else { "bad" }, format!("{title}."), detail);
    let chosen = Chosen {
        quantity: fields.one("quantity").parse().unwrap_or(2),
        tier: fields.one("tier").to_owned(),
        area: fields.one("area").to_owned(),
        accessible: fields.has("accessible", "yes"),
    };
    show_as(error.status(), &lay_out(app, event, Some(notice), chosen).await?, CachePolicy::Private)
}

fn wanted(fields: &Asked) -> Result<Wanted, ApiError> {
    let quantity = || fields.one("quantity").parse().map_err(|_| ApiError::invalid("quantity", "must be a number"));
    match fields.one("kind") {
        "seats" => Ok(Wanted::Seats(fields.pairs().iter().filter(|(name, _)| name == "seat").map(|(_, seat)| seat.clone()).collect())),
        "best" => Ok(Wanted::Best(Best { quantity: quantity()?, tier: tier(fields.one("tier"))?, section: None, accessible: fields.has("accessible", "yes") })),
        "area" => Ok(Wanted::Area { area: fields.one("area").to_owned(), quantity: quantity()? }),
        _ => Err(ApiError::invalid("kind", "must be seats, best or area")),
    }
}

fn tier(text: &str) -> Result<Option<TierId>, ApiError> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (None, _) => Ok(None),
        (Some(letter), None) => TierId::try_from(letter).map(Some).map_err(|wrong| ApiError::invalid("tier", wrong.to_string())),
        _ => Err(ApiError::invalid("tier", "must be one of the tiers")),
    }
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

async fn lay_out(app: &App, event: &Event, notice: Option<Notice>, chosen: Chosen) -> PageResult<EventPage> {
    let others = other_dates(app, event).await?;
    let (sale, badge) = sale(app, event, chosen).await?;
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
        performers: event.cast.iter().map(|member| Performer {
            link: Link::new(format!("/performers/{}", member.performer_id), &*member.name),
            role: if member.instrument.is_empty() { member.role.clone() } else { member.instrument.clone() },
        }).collect(),
        works: row.works.iter().map(work).collect(),
        series: event.series.as_ref().map(|series| Link::new(format!("/series/{}", series.id), &*series.title)),
        venue: venue.map(|venue| VenueLine {
            link: Link::new(format!("/venues/{}", venue.id), &*venue.name),
            address: [&*venue.address, &*venue.postal_code, &*venue.city].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
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
    Ok(others.map(|other| OtherDate { href: path(other), when: when(other), place: place(other.venue.as_ref()), badge: availability(app, other).into() }).collect())
}

/// Where the sale stands now, and the badge that goes with it.
async fn sale(app: &App, event: &Event, chosen: Chosen) -> PageResult<(Sale, Availability)> {
    let now = app.clock.now();
    let Some(opens) = event.row.sale_opens_at.filter(|_| sells(event)) else {
        let cancelled = event.row.status == EventStatus::Cancelled;
        return Ok(if cancelled { (Sale::Cancelled, Availability::Cancelled) } else { (Sale::None, Availability::NotOnSale) });
    };
    if event.row.status == EventStatus::Cancelled {
        return Ok((Sale::Cancelled, Availability::Cancelled));
    }
    if now < opens {
        let wait = wording::wait(opens.as_second() - now.as_second());
        let when = When::of(opens, &event.row.timezone, true);
        let opening = Opening { when, wait, opens_ms: opens.as_millisecond(), now_ms: now.as_millisecond(), tiers: tiers(event) };
        return Ok((Sale::Opens(opening), Availability::NotOnSale));
    }
    if now >= closes_at(event) {
        return Ok((Sale::Closed, Availability::NotOnSale));
    }
    let seats = app.booking.seats(event.row.id).await?;
    let badge = Availability::of(seats.counts.available, seats.counts.held, seats.counts.capacity());
    Ok((Sale::Open(Box::new(picker(event, &seats, chosen))), badge))
}

fn picker(event: &Event, seats: &SeatsView, chosen: Chosen) -> Picker {
    let price_of = |tier: TierId| event.row.tiers.iter().find(|known| known.id == tier).map(|known| known.price.to_string()).unwrap_or_default();
    let areas = seats.areas.iter().map(|area| AreaLine {
        id: area.id.clone(),
        label: area.label.clone(),
        price: price_of(area.tier),
        available: area.available,
        left: thousands(area.available.into()),
        colour: colour(area.tier),
    });
    let map = event.row.seat_map_id.map(|map| map.to_string()).unwrap_or_default();
    Picker {
        event_id: event.row.id.to_string(),
        key: new_key(),
        map_url: format!("/assets/maps/{map}.json"),
        seated: !seats.sections.is_empty(),
        tiers: tiers(event),
        areas: areas.collect(),
        available: thousands(seats.counts.available.into()),
        gone: seats.counts.available == 0,
        limit: event.row.buyer_limit.unwrap_or(LIMIT).min(LIMIT),
        chosen,
    }
}

fn tiers(event: &Event) -> Vec<TierLine> {
    let line = |tier: &domain::Tier| TierLine { id: tier.id.to_string(), name: tier.name.clone(), price: tier.price.to_string(), colour: colour(tier.id) };
    event.row.tiers.iter().map(line).collect()
}

/// The colour's place in the style sheet's palette of eight.
fn colour(tier: TierId) -> usize {
    tier.index() % 8 + 1
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
    let performers: Vec<_> = event.cast.iter().map(|member| serde_json::json!({ "@type": "PerformingGroup", "name": member.name })).collect();
    serde_json::json!({
        "@context": "https://schema.org", "@type": "Event", "name": row.title, "url": url, "startDate": start(event),
        "eventStatus": format!("https://schema.org/{status}"), "location": location, "performer": performers, "offers": offers,
    })
}

fn start(event: &Event) -> String {
    When::of(event.row.starts_at, &event.row.timezone, event.row.start_precision == Precision::Minute).iso
}

/// The map's geometry, for ever the same under its id.  `GET /assets/maps/{file}`
pub async fn map_geometry(app: App, Path(file): Path<String>) -> PageResult {
    let id = file.strip_suffix(".json").and_then(|id| id.parse().ok()).ok_or_else(|| PageError::from(ApiError::not_found()))?;
    let map = app.studio.seat_map(&app.pool, id).await?;
    let json = serde_json::to_vec(&super::geometry::Geometry::from(&*map)).map_err(ApiError::fault)?;
    let kind = (axum::http::header::CONTENT_TYPE, "application/json");
    Ok((StatusCode::OK, CachePolicy::Immutable, [kind], json).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Asked {
        Asked::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_says_what_is_wanted() {
        let seats = wanted(&fields(&[("kind", "seats"), ("seat", "a-1-1"), ("seat", "a-1-2")]));
        assert!(matches!(seats, Ok(Wanted::Seats(ids)) if ids == ["a-1-1", "a-1-2"]));
        let best = wanted(&fields(&[("kind", "best"), ("quantity", "3"), ("tier", ""), ("accessible", "yes")]));
        assert!(matches!(best, Ok(Wanted::Best(Best { quantity: 3, tier: None, accessible: true, .. }))));
        let area = wanted(&fields(&[("kind", "area"), ("area", "floor"), ("quantity", "1")]));
        assert!(matches!(area, Ok(Wanted::Area { area, quantity: 1 }) if area == "floor"));
        for wrong in [&[("kind", "x")][..], &[("kind", "best"), ("quantity", "two")], &[("kind", "best"), ("quantity", "1"), ("tier", "12")]] {
            assert_eq!(wanted(&fields(wrong)).map_err(|error| error.code()).err(), Some(Code::Invalid), "{wrong:?}");
        }
    }
}
