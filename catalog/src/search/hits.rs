//! From a place in the order to what the caller reads: columns and the stored card, the live badge, the distance, the marks.

use std::sync::{Arc, OnceLock};

use domain::event::Availability;
use domain::id::EventId;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::DateTime;
use tantivy::DocId;
use uuid::Uuid;

use super::answer::{
    CastHit, CityDates, EventHit, EventShown, Hit, NextDate, PerformerHit, PerformerRef, SeriesDates, SeriesHit, VenueHit,
};
use super::marks::Marks;
use super::names::{NONE, Names};
use super::overlay::AvailabilityOverlay;
use super::query::Kind;
use super::run::{Dates, Place};
use super::segment::{Columns, Numbered};
use super::snapshot::Snapshot;
use super::words::Word;
use crate::index::Fault;
use crate::index::card::{CastCard, EventCard, PerformerCard, SeriesCard, VenueCard};
use crate::index::schema::NO_START;

/// Reads the hits of a page.
///
/// Cost      some microseconds a hit: a card of some 40 bytes, a dozen columns, no look into a dictionary.
pub fn hits(
    snapshot: &Snapshot,
    page: &[Place],
    words: &[Word],
    overlay: &AvailabilityOverlay,
    now: Timestamp,
) -> Result<Vec<Hit>, Fault> {
    let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let reading = Reading { snapshot, names: &names, marks: Marks::new(words), overlay, now };
    page.iter().map(|place| reading.hit(place)).collect()
}

/// What all hits of a page are read with.
struct Reading<'a> {
    snapshot: &'a Snapshot,
    names: &'a Names,
    marks: Marks<'a>,
    overlay: &'a AvailabilityOverlay,
    now: Timestamp,
}

impl Reading<'_> {
    fn columns(&self, segment: usize) -> &Columns {
        &self.snapshot.segments[segment].columns
    }

    fn hit(&self, place: &Place) -> Result<Hit, Fault> {
        let columns = self.columns(place.segment);
        let kind = columns.kind.first(place.doc).and_then(|kind| Kind::ALL.get(kind as usize)).copied();
        let kind = kind.unwrap_or(Kind::Event);
        if kind == Kind::Event {
            return Ok(Hit::Event(Box::new(self.event(place)?)));
        }
        let card = columns.card(place.doc)?;
        let hit = match kind {
            Kind::Event => None,
            Kind::Series => SeriesCard::unpack(&card).and_then(|card| self.series(place, card)).map(Hit::Series),
            Kind::Performer => PerformerCard::unpack(&card).and_then(|card| self.performer(place, card)).map(Hit::Performer),
            Kind::Venue => VenueCard::unpack(&card).and_then(|card| self.venue(place, card)).map(Hit::Venue),
        };
        hit.ok_or_else(|| unreadable(place.doc))
    }

    fn event(&self, place: &Place) -> Result<EventHit, Fault> {
        let event = self.shown(place.segment, place.doc)?;
        let closed = event.sale.closed_badge(self.now);
        let badge = if closed.is_none() { self.overlay.get(EventId::from(event.id)) } else { None };
        let highlights = self.marks.highlights(|mark| {
            mark.field("title", [event.title.as_str()]);
            mark.field("performers", event.performers.iter().map(|cast| cast.performer.name.as_str()));
            mark.field("series", event.series.iter().map(|series| series.title.as_str()));
            mark.field("venue", event.venue.iter().map(|venue| venue.name.as_str()));
            mark.field("city", event.venue.iter().map(|venue| venue.city.as_str()));
        });
        Ok(EventHit {
            highlights,
            availability: place
                .availability
                .or(closed)
                .or(badge.map(|badge| badge.availability))
                .unwrap_or(Availability::Available),
            availability_as_of: badge.map_or(self.now, |badge| badge.as_of),
            distance_km: place.metres.map(kilometres),
            dates: place.dates.as_ref().map(|dates| self.series_dates(dates)).transpose()?,
            event,
        })
    }

    fn shown(&self, segment: usize, doc: DocId) -> Result<Arc<EventShown>, Fault> {
        let segment = &self.snapshot.segments[segment];
        segment.columns.kept.get(doc, |keep| {
            let card = EventCard::unpack(&segment.columns.card(doc)?).ok_or_else(|| unreadable(doc))?;
            let written = keep.then(OnceLock::new);
            Ok(EventShown { written, ..self.read(&segment.columns, doc, card) })
        })
    }

    fn read(&self, columns: &Columns, doc: DocId, card: EventCard) -> EventShown {
        let starts_at = card.starts_at.or_else(|| columns.start.first(doc)).unwrap_or(NO_START);
        let zone = columns.zone.first(doc);
        let local = self.names.zones.get(zone as usize).map(|zone| zone.to_datetime(instant(starts_at))).unwrap_or_default();
        let (price_from, price_to) = self.prices(columns, doc).unzip();
        EventShown {
            id: Uuid::from_u128(columns.id(doc)),
            series: self.names.series_shown(columns.series_row.first(doc)),
            category: self.names.category.shared(columns.category_of(doc)),
            genre: self.names.genre.shared(columns.genre.first(doc)),
            status: card.status,
            starts_at: instant(starts_at),
            ends_at: card.lasts.map(|seconds| instant(starts_at.saturating_add(seconds))),
            start_precision: card.precision,
            local_date: date(local),
            local_time: time(local),
            timezone: self.names.zone.shared(zone),
            venue: self.names.venues.get(columns.venue_of(doc) as usize).and_then(|venue| venue.shown.clone()),
            performers: self.cast(columns, doc, card.cast),
            price_from,
            price_to,
            external_id: card.external_id,
            slug: card.slug,
            title: card.title,
            sale: columns.sale(doc),
            written: None,
        }
    }

    fn prices(&self, columns: &Columns, doc: DocId) -> Option<(Money, Money)> {
        let (from, to) = columns.price_from.first(doc).zip(columns.price_to.first(doc))?;
        let currency: Currency = self.names.currency.text(columns.currency.first(doc)).parse().ok()?;
        Some((Money::new(from, currency), Money::new(to, currency)))
    }

    fn cast(&self, columns: &Columns, doc: DocId, cast: Vec<CastCard>) -> Vec<CastHit> {
        if cast.is_empty() {
            return Vec::new();
        }
        let column: Vec<u32> = columns.performer.all(doc).collect();
        let shown = |at: usize| self.names.performer_shown(*column.get(at)?);
        cast.into_iter().filter_map(|cast| Some(CastHit { performer: shown(cast.at)?, role: cast.role })).collect()
    }

    /// The next date and the cities by name.
    fn series_dates(&self, dates: &Dates) -> Result<SeriesDates, Fault> {
        let (segment, doc) = dates.next;
        let next = self.shown(segment, doc)?;
        let city = |(number, dates): &(u32, u64)| {
            let city = self.names.cities.get(*number as usize)?;
            let country = self.names.countries.get(city.country as usize).map(|(code, _)| code.clone()).unwrap_or_default();
            Some(CityDates { id: city.id?, name: city.name.clone(), country, dates: *dates })
        };
        let next_date = NextDate {
            id: next.id,
            slug: next.slug.clone(),
            starts_at: next.starts_at,
            local_date: next.local_date.clone(),
            local_time: next.local_time.clone(),
            timezone: Arc::clone(&next.timezone),
        };
        Ok(SeriesDates { dates: dates.count, next_date, cities: dates.cities.iter().filter_map(city).collect() })
    }

    fn series(&self, place: &Place, card: SeriesCard) -> Option<SeriesHit> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let series = self.names.series_shown(columns.series_row.first(doc))?;
        Some(SeriesHit {
            kind: Kind::Series,
            highlights: self.marks.highlights(|mark| mark.field("title", [series.title.as_str()])),
            id: series.id,
            external_id: card.external_id,
            slug: series.slug.clone(),
            title: series.title.clone(),
            series_kind: card.kind,
            category: self.names.category.shared(columns.category_of(doc)),
            events: columns.popularity.first(doc).unwrap_or(0),
        })
    }

    fn performer(&self, place: &Place, card: PerformerCard) -> Option<PerformerHit> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let shown = self.names.performer_shown(own_number(&columns.performer, doc))?;
        let PerformerRef { id, external_id, slug, name } = PerformerRef::clone(&**shown);
        Some(PerformerHit {
            kind: Kind::Performer,
            highlights: self.marks.highlights(|mark| mark.field("title", [name.as_str()])),
            id,
            external_id,
            slug,
            title: name.clone(),
            name,
            performer_kind: card.kind,
            city: card.city,
            country: card.country,
            events: columns.popularity.first(doc).unwrap_or(0),
        })
    }

    fn venue(&self, place: &Place, card: VenueCard) -> Option<VenueHit> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let venue = self.names.venues.get(columns.venue_of(doc) as usize)?.row.clone()?;
        Some(VenueHit {
            kind: Kind::Venue,
            highlights: self.marks.highlights(|mark| {
                mark.field("title", [venue.name.as_str()]);
                mark.field("city", [venue.city.as_str()]);
            }),
            id: venue.id,
            external_id: venue.external_id,
            slug: venue.slug,
            title: venue.name.clone(),
            name: venue.name,
            venue_kind: card.kind,
            city_id: venue.city_id,
            city: venue.city,
            country: venue.country,
            lat: venue.place.map(|place| place.lat),
            lon: venue.place.map(|place| place.lon),
            timezone: card.timezone,
            capacity: card.capacity,
            distance_km: place.metres.map(kilometres),
            events: columns.popularity.first(doc).unwrap_or(0),
        })
    }
}

fn unreadable(doc: DocId) -> Fault {
    Fault::Internal(format!("the card of document {doc} cannot be read"))
}

/// The number of a document's own row.
fn own_number(column: &Numbered, doc: DocId) -> u32 {
    column.all(doc).next().unwrap_or(NONE)
}

/// `2027-03-12`
fn date(local: DateTime) -> String {
    match u16::try_from(local.year()) {
        Ok(year) => {
            let (month, day) = (local.month().unsigned_abs().into(), local.day().unsigned_abs().into());
            digits([year / 100, year % 100, month, day], ["", "-", "-", ""])
        }
        Err(_) => local.strftime("%Y-%m-%d").to_string(),
    }
}

/// `20:00`
fn time(local: DateTime) -> String {
    digits([local.hour().unsigned_abs().into(), local.minute().unsigned_abs().into()], [":", ""])
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn kilometres(metres: u32) -> f64 {
    f64::from(metres) / 1_000.0
}

/// Two digits each, with what stands behind each.
fn digits<const N: usize>(parts: [u16; N], behind: [&str; N]) -> String {
    let mut text = String::with_capacity(10);
    for (part, behind) in parts.into_iter().zip(behind) {
        text.push(char::from(b'0' + (part / 10 % 10) as u8));
        text.push(char::from(b'0' + (part % 10) as u8));
        text.push_str(behind);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_written_as_jiff_writes_it() {
        for text in ["2027-03-02T20:05", "0001-01-01T00:00", "9999-12-31T23:59", "-000044-03-15T12:00"] {
            let local: DateTime = text.parse().expect("a time");
            assert_eq!(date(local), local.strftime("%Y-%m-%d").to_string());
            assert_eq!(time(local), local.strftime("%H:%M").to_string());
        }
    }
}
