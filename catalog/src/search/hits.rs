//! From a place in the order to what the caller reads: columns and the stored card, the live badge, the distance, the marks.

use std::sync::Arc;

use domain::event::Availability;
use domain::id::EventId;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::DateTime;
use tantivy::DocId;
use uuid::Uuid;

use super::answer::{CastHit, CityDates, EventHit, Hit, NextDate, PerformerHit, PerformerRef, SeriesDates, SeriesHit, VenueHit};
use super::marks::Marks;
use super::names::{NONE, Names};
use super::overlay::AvailabilityOverlay;
use super::query::Kind;
use super::run::{Dates, Place};
use super::segment::{Columns, Numbered};
use super::snapshot::Snapshot;
use super::words::Word;
use crate::index::Fault;
use crate::index::card::{EventCard, PerformerCard, SeriesCard, VenueCard};
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
        let card = columns.card(place.doc)?;
        let hit = match kind.unwrap_or(Kind::Event) {
            Kind::Event => match EventCard::unpack(&card) {
                Some(card) => Some(Hit::Event(Box::new(self.event(place, card)?))),
                None => None,
            },
            Kind::Series => SeriesCard::unpack(&card).and_then(|card| self.series(place, card)).map(Hit::Series),
            Kind::Performer => PerformerCard::unpack(&card).and_then(|card| self.performer(place, card)).map(Hit::Performer),
            Kind::Venue => VenueCard::unpack(&card).and_then(|card| self.venue(place, card)).map(Hit::Venue),
        };
        hit.ok_or_else(|| unreadable(place.doc))
    }

    fn event(&self, place: &Place, card: EventCard) -> Result<EventHit, Fault> {
        let dates = place.dates.as_ref().map(|dates| self.series_dates(place, dates, &card)).transpose()?;
        Ok(EventHit { dates, ..self.dated(place, card) })
    }

    fn dated(&self, place: &Place, card: EventCard) -> EventHit {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let id = Uuid::from_u128(columns.id(doc));
        let closed = columns.sale(doc).closed_badge(self.now);
        let badge = if closed.is_none() { self.overlay.get(EventId::from(id)) } else { None };
        let When { starts_at, local_date, local_time, timezone } = self.when(columns, doc, &card);
        let (price_from, price_to) = self.prices(columns, doc).unzip();
        let performers = self.cast(columns, doc, &card);
        let venue = self.names.venues.get(columns.venue.first(doc) as usize).and_then(|venue| venue.shown.clone());
        let series = self.names.series_shown(columns.series_row.first(doc));
        let highlights = self.marks.highlights(|mark| {
            mark.field("title", [card.title.as_str()]);
            mark.field("performers", performers.iter().map(|cast| cast.performer.name.as_str()));
            mark.field("series", series.iter().map(|series| series.title.as_str()));
            mark.field("venue", venue.iter().map(|venue| venue.name.as_str()));
            mark.field("city", venue.iter().map(|venue| venue.city.as_str()));
        });
        EventHit {
            kind: Kind::Event,
            id,
            external_id: card.external_id,
            slug: card.slug,
            highlights,
            title: card.title,
            series,
            category: self.names.category.shared(columns.category.first(doc)),
            genre: self.names.genre.shared(columns.genre.first(doc)),
            status: card.status,
            starts_at: instant(starts_at),
            ends_at: card.lasts.map(|seconds| instant(starts_at.saturating_add(seconds))),
            start_precision: card.precision,
            local_date,
            local_time,
            timezone,
            venue,
            performers,
            price_from,
            price_to,
            availability: place.availability.or(closed).unwrap_or(Availability::Available),
            availability_as_of: badge.map_or(self.now, |badge| badge.as_of),
            distance_km: place.metres.map(kilometres),
            dates: None,
        }
    }

    fn when(&self, columns: &Columns, doc: DocId, card: &EventCard) -> When {
        let starts_at = card.starts_at.or_else(|| columns.start.first(doc)).unwrap_or(NO_START);
        let zone = columns.zone.first(doc);
        let local = self.names.zones.get(zone as usize).map(|zone| zone.to_datetime(instant(starts_at))).unwrap_or_default();
        When { starts_at, local_date: date(local), local_time: time(local), timezone: self.names.zone.shared(zone) }
    }

    fn prices(&self, columns: &Columns, doc: DocId) -> Option<(Money, Money)> {
        let (from, to) = columns.price_from.first(doc).zip(columns.price_to.first(doc))?;
        let currency: Currency = self.names.currency.text(columns.currency.first(doc)).parse().ok()?;
        Some((Money::new(from, currency), Money::new(to, currency)))
    }

    fn cast(&self, columns: &Columns, doc: DocId, card: &EventCard) -> Vec<CastHit> {
        if card.cast.is_empty() {
            return Vec::new();
        }
        let column: Vec<u32> = columns.performer.all(doc).collect();
        let shown = |at: usize| self.names.performer_shown(*column.get(at)?);
        card.cast.iter().filter_map(|cast| Some(CastHit { performer: shown(cast.at)?, role: cast.role.clone() })).collect()
    }

    /// The next date, whose card is read unless it is the one shown, and the cities by name.
    fn series_dates(&self, place: &Place, dates: &Dates, shown: &EventCard) -> Result<SeriesDates, Fault> {
        let (segment, doc) = dates.next;
        let next_date = if dates.next == (place.segment, place.doc) {
            self.next_date(dates.next, shown)
        } else {
            let card = EventCard::unpack(&self.columns(segment).card(doc)?).ok_or_else(|| unreadable(doc))?;
            self.next_date(dates.next, &card)
        };
        let city = |(number, dates): &(u32, u64)| {
            let city = self.names.cities.get(*number as usize)?;
            let country = self.names.countries.get(city.country as usize).map(|(code, _)| code.clone()).unwrap_or_default();
            Some(CityDates { id: city.id?, name: city.name.clone(), country, dates: *dates })
        };
        Ok(SeriesDates { dates: dates.count, next_date, cities: dates.cities.iter().filter_map(city).collect() })
    }

    fn next_date(&self, (segment, doc): (usize, DocId), card: &EventCard) -> NextDate {
        let columns = self.columns(segment);
        let When { starts_at, local_date, local_time, timezone } = self.when(columns, doc, card);
        let (id, slug) = (Uuid::from_u128(columns.id(doc)), card.slug.clone());
        NextDate { id, slug, starts_at: instant(starts_at), local_date, local_time, timezone }
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
            category: self.names.category.shared(columns.category.first(doc)),
            events: columns.popularity.first(doc).unwrap_or(0),
        })
    }

    fn performer(&self, place: &Place, card: PerformerCard) -> Option<PerformerHit> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let shown = self.names.performer_shown(own_number(&columns.performer, doc))?;
        let PerformerRef { id, external_id, slug, name } = PerformerRef::clone(&shown);
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
        let venue = self.names.venues.get(columns.venue.first(doc) as usize)?.row.clone()?;
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

/// An event's start in seconds, and as the venue's wall shows it.
struct When {
    starts_at: i64,
    local_date: String,
    local_time: String,
    timezone: Arc<str>,
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
