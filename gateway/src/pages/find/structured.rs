//! schema.org data for search engines: an event with its offers, and lists of events.

use catalog::model::{Event, Picture, Precision};
use catalog::search::{EventShown, Hit};
use domain::{Availability, EventStatus, Money, Place};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::pages::find::cards::event_path;
use crate::pages::view::When;
use crate::pages::view::layout::json_ld;
use crate::web::app::App;

/// What both a hit and a row say of an event.
struct EventFacts<'a> {
    path: String,
    name: &'a str,
    description: &'a str,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    doors_at: Option<Timestamp>,
    timezone: &'a str,
    precision: Precision,
    status: EventStatus,
    place: Option<Value>,
    performers: Vec<&'a str>,
    prices: Option<(Money, Money)>,
    sale_opens_at: Option<Timestamp>,
    availability: Availability,
    /// The path of its picture.
    image: Option<String>,
}

/// The event of its own page, safe to stand in a script element.
pub fn event(app: &App, event: &Event, availability: Availability) -> String {
    let row = &event.row;
    let place = event.venue.as_ref().map(|venue| {
        let address = [
            ("streetAddress", &venue.address),
            ("postalCode", &venue.postal_code),
            ("addressLocality", &venue.city),
            ("addressRegion", &venue.region),
            ("addressCountry", &venue.country),
        ];
        place(&venue.name, &address, venue.place)
    });
    let told = EventFacts {
        path: event_path(row.id, &row.slug),
        name: &row.title,
        description: &row.description,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        doors_at: row.doors_at,
        timezone: &row.timezone,
        precision: row.start_precision,
        status: row.status,
        place,
        performers: event.cast.iter().map(|member| member.name.as_str()).collect(),
        prices: row.price_range(),
        sale_opens_at: row.sale_opens_at,
        availability,
        image: event.image.shown.as_ref().map(Picture::url),
    };
    let mut value = thing(&app.config.public_url, &told);
    value["@context"] = json!("https://schema.org");
    json_ld(&value)
}

/// The events of a list, in its order; nothing when there are none.
pub fn list(app: &App, hits: &[Hit]) -> Option<String> {
    let events = hits.iter().filter_map(|hit| Some(thing(&app.config.public_url, &of_hit(hit, hit.event()?))));
    of_items(events.collect())
}

/// The dates of a series.
pub fn dates<'a>(app: &App, events: impl Iterator<Item = (&'a Event, Availability)>) -> Option<String> {
    let of = |(event, availability): (&Event, Availability)| {
        let row = &event.row;
        thing(
            &app.config.public_url,
            &EventFacts {
                path: event_path(row.id, &row.slug),
                name: &row.title,
                description: "",
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                doors_at: row.doors_at,
                timezone: &row.timezone,
                precision: row.start_precision,
                status: row.status,
                place: event.venue.as_ref().map(|venue| {
                    let address = [("addressLocality", &venue.city), ("addressCountry", &venue.country)];
                    place(&venue.name, &address, venue.place)
                }),
                performers: event.cast.iter().map(|member| member.name.as_str()).collect(),
                prices: row.price_range(),
                sale_opens_at: row.sale_opens_at,
                availability,
                image: event.image.shown.as_ref().map(Picture::url),
            },
        )
    };
    of_items(events.map(of).collect())
}

fn of_items(events: Vec<Value>) -> Option<String> {
    let items: Vec<Value> = (1_u32..)
        .zip(events)
        .map(|(position, event)| json!({ "@type": "ListItem", "position": position, "item": event }))
        .collect();
    let list = json!({ "@context": "https://schema.org", "@type": "ItemList", "itemListElement": items });
    (!items.is_empty()).then(|| json_ld(&list))
}

fn of_hit<'a>(hit: &'a Hit, event: &'a EventShown) -> EventFacts<'a> {
    let place = event.venue.as_ref().map(|venue| {
        let at = venue.lat.zip(venue.lon).and_then(|(lat, lon)| Place::new(lat, lon));
        place(&venue.name, &[("addressLocality", &venue.city), ("addressCountry", &venue.country)], at)
    });
    EventFacts {
        path: event_path(hit.id, &hit.slug),
        name: &hit.title,
        description: "",
        starts_at: event.starts_at,
        ends_at: event.ends_at,
        doors_at: None,
        timezone: &event.timezone,
        precision: event.start_precision,
        status: event.status,
        place,
        performers: event.performers.iter().map(|cast| cast.performer.name.as_str()).collect(),
        prices: event.price_from.zip(event.price_to),
        sale_opens_at: None,
        availability: event.availability,
        image: event.image.as_ref().map(|image| image.url.clone()),
    }
}

fn place(name: &str, address: &[(&str, &String)], at: Option<Place>) -> Value {
    let mut postal = json!({ "@type": "PostalAddress" });
    for (field, value) in address.iter().filter(|(_, value)| !value.is_empty()) {
        postal[*field] = json!(value);
    }
    let mut place = json!({ "@type": "Place", "name": name, "address": postal });
    if let Some(at) = at {
        place["geo"] = json!({ "@type": "GeoCoordinates", "latitude": at.lat, "longitude": at.lon });
    }
    place
}

fn thing(base: &str, told: &EventFacts<'_>) -> Value {
    let minute = told.precision == Precision::Minute;
    let url = format!("{base}{}", told.path);
    let mut event = json!({
        "@type": "Event", "name": told.name, "url": url,
        "startDate": When::of(told.starts_at, told.timezone, minute).iso,
        "eventStatus": format!("https://schema.org/{}", status(told.status)),
    });
    if let Some(end) = told.ends_at {
        event["endDate"] = json!(When::of(end, told.timezone, minute).iso);
    }
    if let Some(doors) = told.doors_at {
        event["doorTime"] = json!(When::of(doors, told.timezone, true).iso);
    }
    if !told.description.is_empty() {
        event["description"] = json!(told.description);
    }
    if let Some(image) = &told.image {
        event["image"] = json!([format!("{base}{image}")]);
    }
    if let Some(place) = &told.place {
        event["location"] = place.clone();
    }
    if !told.performers.is_empty() {
        let performers: Vec<Value> =
            told.performers.iter().map(|name| json!({ "@type": "PerformingGroup", "name": name })).collect();
        event["performer"] = json!(performers);
    }
    if let Some((from, to)) = told.prices {
        event["offers"] = offers(&url, told, from, to);
    }
    event
}

fn offers(url: &str, told: &EventFacts<'_>, from: Money, to: Money) -> Value {
    let major = |amount: i64| amount as f64 / 10_f64.powi(i32::try_from(from.currency.minor_digits()).unwrap_or(2));
    let mut offers = json!({
        "@type": "AggregateOffer", "url": url, "priceCurrency": from.currency.code(),
        "lowPrice": major(from.amount), "highPrice": major(to.amount),
    });
    if let Some(stock) = stock(told.availability) {
        offers["availability"] = json!(format!("https://schema.org/{stock}"));
    }
    if let Some(opens) = told.sale_opens_at {
        offers["validFrom"] = json!(opens.to_string());
    }
    offers
}

/// Source    schema.org EventStatusType.
fn status(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Cancelled | EventStatus::Abandoned => "EventCancelled",
        EventStatus::Postponed => "EventPostponed",
        EventStatus::Scheduled | EventStatus::Awarded => "EventScheduled",
    }
}

/// Source    schema.org ItemAvailability; nothing is said of what is not on sale.
fn stock(availability: Availability) -> Option<&'static str> {
    match availability {
        Availability::Available => Some("InStock"),
        Availability::Few => Some("LimitedAvailability"),
        Availability::Held => Some("OutOfStock"),
        Availability::SoldOut => Some("SoldOut"),
        Availability::NotOnSale | Availability::Cancelled => None,
    }
}
