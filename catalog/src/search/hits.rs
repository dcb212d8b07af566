//! From a place in the order to what the caller reads: the stored card, the live badge, the distance, the marks.

use domain::id::EventId;
use jiff::Timestamp;
use tantivy::schema::Value;
use tantivy::{DocId, TantivyDocument};

use super::answer::{CityDates, EventHit, Hit, NextDate, PerformerHit, SeriesDates, SeriesHit, VenueHit};
use super::marks::Marks;
use super::overlay::AvailabilityOverlay;
use super::query::Kind;
use super::run::{Dates, Place};
use super::snapshot::Snapshot;
use super::words::Word;
use crate::index::Fault;
use crate::index::card::{Card, EventCard, PerformerCard, SeriesCard, VenueCard};

/// Reads the cards of a page.
pub fn hits(
    snapshot: &Snapshot,
    page: &[Place],
    words: &[Word],
    overlay: &AvailabilityOverlay,
    now: Timestamp,
) -> Result<Vec<Hit>, Fault> {
    let marks = Marks::new(words);
    page.iter()
        .map(|place| {
            let hit = match card(snapshot, (place.segment, place.doc))? {
                Card::Event(card) => {
                    let dates = place.dates.as_ref().map(|dates| series_dates(snapshot, place, dates, &card)).transpose()?;
                    Hit::Event(Box::new(EventHit { dates, ..event(*card, place, &marks, overlay, now) }))
                }
                Card::Series(card) => Hit::Series(series(card, &marks)),
                Card::Performer(card) => Hit::Performer(performer(card, &marks)),
                Card::Venue(card) => Hit::Venue(venue(card, place, &marks)),
            };
            Ok(hit)
        })
        .collect()
}

fn card(snapshot: &Snapshot, (segment, doc): (usize, DocId)) -> Result<Card, Fault> {
    let document: TantivyDocument = snapshot.segments[segment].columns.cards.get(doc)?;
    let bytes = document.get_first(snapshot.fields.card).and_then(|value| value.as_bytes());
    let bytes = bytes.ok_or_else(|| Fault::Internal(format!("document {doc} has no card")))?;
    serde_json::from_slice(bytes).map_err(|fault| Fault::Internal(format!("the card of document {doc}: {fault}")))
}

/// The next date, whose card is read unless it is the one shown, and the cities by name.
fn series_dates(snapshot: &Snapshot, place: &Place, dates: &Dates, shown: &EventCard) -> Result<SeriesDates, Fault> {
    let next_date = if dates.next == (place.segment, place.doc) {
        next_date(shown)
    } else {
        match card(snapshot, dates.next)? {
            Card::Event(card) => next_date(&card),
            _ => next_date(shown),
        }
    };
    let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let city = |(number, dates): &(u32, u64)| {
        let city = names.cities.get(*number as usize)?;
        let country = names.countries.get(city.country as usize).map(|(code, _)| code.clone()).unwrap_or_default();
        Some(CityDates { id: city.id?, name: city.name.clone(), country, dates: *dates })
    };
    Ok(SeriesDates { dates: dates.count, next_date, cities: dates.cities.iter().filter_map(city).collect() })
}

fn next_date(card: &EventCard) -> NextDate {
    NextDate {
        id: card.id,
        slug: card.slug.clone(),
        starts_at: instant(card.starts_at),
        local_date: card.local_date.clone(),
        local_time: card.local_time.clone(),
        timezone: card.timezone.clone(),
    }
}

fn event(card: EventCard, place: &Place, marks: &Marks<'_>, overlay: &AvailabilityOverlay, now: Timestamp) -> EventHit {
    let badge = overlay.get(EventId::from(card.id)).filter(|_| card.sale.closed_badge(now).is_none());
    let availability = place.availability.or_else(|| card.sale.closed_badge(now)).unwrap_or(domain::Availability::Available);
    let performers: Vec<&str> = card.performers.iter().map(|performer| performer.name.as_str()).collect();
    let venue = card.venue.iter();
    let highlights = marks.highlights([
        ("title", vec![card.title.as_str()]),
        ("performers", performers),
        ("series", card.series.iter().map(|series| series.title.as_str()).collect()),
        ("venue", venue.clone().map(|venue| venue.name.as_str()).collect()),
        ("city", venue.map(|venue| venue.city.as_str()).collect()),
    ]);
    EventHit {
        kind: Kind::Event,
        id: card.id,
        external_id: card.external_id,
        slug: card.slug,
        highlights,
        title: card.title,
        series: card.series,
        category: card.category,
        genre: card.genre,
        status: card.status,
        starts_at: instant(card.starts_at),
        ends_at: card.ends_at.map(instant),
        start_precision: card.precision,
        local_date: card.local_date,
        local_time: card.local_time,
        timezone: card.timezone,
        venue: card.venue,
        performers: card.performers,
        price_from: card.price_from,
        price_to: card.price_to,
        availability,
        availability_as_of: badge.map_or(now, |badge| badge.as_of),
        distance_km: place.metres.map(kilometres),
        dates: None,
    }
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn kilometres(metres: u32) -> f64 {
    f64::from(metres) / 1_000.0
}

fn series(card: SeriesCard, marks: &Marks<'_>) -> SeriesHit {
    SeriesHit {
        kind: Kind::Series,
        highlights: marks.highlights([("title", vec![card.title.as_str()])]),
        id: card.id,
        external_id: card.external_id,
        slug: card.slug,
        title: card.title,
        series_kind: card.kind,
        category: card.category,
        events: card.events,
    }
}

fn performer(card: PerformerCard, marks: &Marks<'_>) -> PerformerHit {
    PerformerHit {
        kind: Kind::Performer,
        highlights: marks.highlights([("title", vec![card.name.as_str()])]),
        id: card.id,
        external_id: card.external_id,
        slug: card.slug,
        title: card.name.clone(),
        name: card.name,
        performer_kind: card.kind,
        city: card.city,
        country: card.country,
        events: card.events,
    }
}

fn venue(card: VenueCard, place: &Place, marks: &Marks<'_>) -> VenueHit {
    let venue = card.venue;
    VenueHit {
        kind: Kind::Venue,
        highlights: marks.highlights([("title", vec![venue.name.as_str()]), ("city", vec![venue.city.as_str()])]),
        id: venue.id,
        external_id: venue.external_id,
        slug: venue.slug,
        title: venue.name.clone(),
        name: venue.name,
        venue_kind: card.kind,
        city_id: venue.city_id,
        city: venue.city,
        country: venue.country,
        lat: venue.lat,
        lon: venue.lon,
        timezone: card.timezone,
        capacity: card.capacity,
        distance_km: place.metres.map(kilometres),
        events: card.events,
    }
}
