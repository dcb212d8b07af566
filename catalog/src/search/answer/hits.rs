//! From a place in the order to what the caller reads: columns and the stored card, the live badge, the distance, the marks.

use std::sync::Arc;

use domain::event::Availability;
use domain::id::EventId;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::value::RawValue;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};
use uuid::Uuid;

use super::answer::{
    CastShown, CityDates, EventShown, Hit, ImageRef, NextDate, PerformerShown, Run, SeriesDates, SeriesShown, Shown, TierShown,
    VenueShown,
};
use super::marks::Marks;
use crate::index::card::{CastCard, EventCard, PerformerCard, SeriesCard, VenueCard};
use crate::index::{Fault, key, row};
use crate::model::Kind;
use crate::search::overlay::{Badge, Badges};
use crate::search::segment::columns::Columns;
use crate::search::segment::names::{NONE, Names};
use crate::search::segment::snapshot::Snapshot;
use crate::search::walk::paged::{Dates, Paged};
use crate::search::words::word::Word;

/// Reads the hits of a page.
///
/// Cost      two microseconds a hit: a card of some 40 bytes, a handful of columns, no look into a dictionary.
pub fn hits(snapshot: &Snapshot, page: &[Paged], words: &[Word], badges: &Badges, now: Timestamp) -> Result<Vec<Hit>, Fault> {
    let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let reading = Reading { snapshot, names: &names, marks: Marks::new(words), badges, now };
    page.iter().map(|place| reading.hit(place)).collect()
}

/// What all hits of a page are read with.
struct Reading<'a> {
    snapshot: &'a Snapshot,
    names: &'a Names,
    marks: Marks<'a>,
    badges: &'a Badges,
    now: Timestamp,
}

impl Reading<'_> {
    fn columns(&self, segment: usize) -> &Columns {
        &self.snapshot.segments[segment].columns
    }

    fn hit(&self, place: &Paged) -> Result<Hit, Fault> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let card = columns.card(doc)?;
        let kind = columns.kind.first(doc).and_then(|kind| Kind::INDEXED.get(kind as usize)).copied();
        let hit = match kind {
            _ if doc >= columns.undated => EventCard::unpack(&card).map(|card| self.event(place, card)).transpose()?,
            Some(Kind::Series) => SeriesCard::unpack(&card).and_then(|card| self.series(place, card)),
            Some(Kind::Performer) => PerformerCard::unpack(&card).and_then(|card| self.performer(place, card)),
            Some(Kind::Venue) => VenueCard::unpack(&card).and_then(|card| self.venue(place, card)),
            Some(Kind::Event | Kind::City | Kind::Image) | None => None,
        };
        hit.ok_or_else(|| unreadable(doc))
    }

    fn event(&self, place: &Paged, card: EventCard<'_>) -> Result<Hit, Fault> {
        let (columns, names, doc) = (self.columns(place.segment), self.names, place.doc);
        let id = Uuid::from_u128(columns.id(doc));
        let (starts_at, local, timezone) = self.start(columns, doc);
        let prices = self.prices(columns, doc);
        let badge = self.badge(place, id);
        let shown = EventShown {
            series: names.series.shown(columns.label(doc).series, row::read_series).cloned(),
            category: names.category.text(columns.row(doc).category).to_owned(),
            genre: names.genre.text(columns.label(doc).genre).to_owned(),
            status: card.status,
            starts_at,
            ends_at: card.lasts.map(|seconds| instant(starts_at.as_second().saturating_add(seconds))),
            start_precision: card.precision,
            local,
            timezone,
            venue: names.venues.get(columns.row(doc).venue as usize).and_then(|venue| venue.shown.clone()),
            performers: self.cast(columns, doc, card.cast),
            price_from: prices.map(|(from, _)| from),
            price_to: prices.map(|(_, to)| to),
            image: self.image(columns, doc),
            language: card.language.to_owned(),
            released: card.released,
            extras: RawValue::from_string(card.extras.into_owned()).ok(),
            tiers: prices.map(|(lowest, _)| self.tiers(columns, doc, lowest, &card.above_lowest, &badge)).unwrap_or_default(),
            availability: badge.availability,
            availability_as_of: badge.as_of,
            distance_km: place.metres.map(kilometres),
            dates: place.dates.as_ref().map(|dates| self.dates(dates).map(Box::new)).transpose()?,
        };
        let highlights = self.marks.highlights(|mark| {
            mark.field("title", [card.title]);
            mark.field("performers", shown.performers.iter().map(|cast| cast.performer.name.as_str()));
            mark.field("series", shown.series.iter().map(|series| series.title.as_str()));
            mark.field("venue", shown.venue.iter().map(|venue| venue.name.as_str()));
            mark.field("city", shown.venue.iter().map(|venue| venue.city.as_str()));
        });
        Ok(Hit {
            kind: Kind::Event,
            id,
            external_id: card.external_id.map(str::to_owned),
            slug: card.slug.into_owned(),
            title: card.title.to_owned(),
            name: None,
            highlights,
            shown: Shown::Event(shown),
        })
    }

    /// When an event starts: the instant, what calendar and clock say there, and their zone.
    fn start(&self, columns: &Columns, doc: DocId) -> (Timestamp, DateTime, String) {
        let (at, zone) = (instant(columns.begins(doc)), u32::from(columns.label(doc).zone));
        let local = self.names.zones.get(zone as usize).map(|zone| zone.to_datetime(at)).unwrap_or_default();
        (at, local, self.names.zone.text(zone).to_owned())
    }

    /// The badge of an event and of its tiers, and when it was true.
    fn badge(&self, place: &Paged, id: Uuid) -> Badge {
        let closed = self.columns(place.segment).label(place.doc).sale().closed_badge(self.now);
        let said = if closed.is_none() { self.badges.get(EventId::from(id)) } else { None };
        let plain = Badge::of_all(closed.unwrap_or(Availability::Available), self.now);
        let badge = said.unwrap_or(plain);
        Badge { availability: place.availability.unwrap_or(badge.availability), ..badge }
    }

    fn image(&self, columns: &Columns, doc: DocId) -> Option<Arc<ImageRef>> {
        self.names.image.shown(columns.image.first(doc), row::read_image).cloned()
    }

    fn prices(&self, columns: &Columns, doc: DocId) -> Option<(Money, Money)> {
        let (from, to) = columns.prices(doc)?;
        let currency: Currency = self.names.currency.text(columns.label(doc).currency.into()).parse().ok()?;
        Some((Money::new(from, currency), Money::new(to, currency)))
    }

    fn tiers(&self, columns: &Columns, doc: DocId, lowest: Money, above_lowest: &[i64], badge: &Badge) -> Vec<TierShown> {
        let price = |above: i64| Money::new(lowest.amount.wrapping_add(above), lowest.currency);
        let named = row::read_tiers(self.names.tiers.text(columns.tiers.first(doc))).zip(above_lowest);
        let tier = |name: &str, above, availability| TierShown { name: name.to_owned(), price: price(above), availability };
        named.map(|((id, name), above)| tier(name, *above, badge.of(id))).collect()
    }

    fn cast(&self, columns: &Columns, doc: DocId, cast: Vec<CastCard<'_>>) -> Vec<CastShown> {
        let column: Vec<u32> = if cast.is_empty() { Vec::new() } else { columns.performer.all(doc).collect() };
        let performer = |at: usize| self.names.performer.shown(*column.get(at)?, row::read_performer).cloned();
        let shown = |cast: CastCard<'_>| Some(CastShown { performer: performer(cast.at)?, role: cast.role.to_owned() });
        cast.into_iter().filter_map(shown).collect()
    }

    /// The next date and the cities by name.
    fn dates(&self, dates: &Dates) -> Result<SeriesDates, Fault> {
        let (segment, doc) = dates.next;
        let columns = self.columns(segment);
        let card = columns.card(doc)?;
        let slug = EventCard::unpack(&card).ok_or_else(|| unreadable(doc))?.slug.into_owned();
        let (starts_at, local, timezone) = self.start(columns, doc);
        let next_date = NextDate { id: Uuid::from_u128(columns.id(doc)), slug, starts_at, local, timezone };
        let city = |(number, dates): &(u32, u64)| {
            let city = self.names.cities.get(*number as usize)?;
            let country = self.names.countries.get(city.country as usize).map(|(code, _)| code.clone()).unwrap_or_default();
            Some(CityDates { id: city.id?, name: city.name.clone(), country, dates: *dates })
        };
        Ok(SeriesDates { dates: dates.count, next_date, cities: dates.cities.iter().filter_map(city).collect() })
    }

    fn series(&self, place: &Paged, card: SeriesCard) -> Option<Hit> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let series = self.names.series.shown(columns.label(doc).series, row::read_series)?;
        Some(Hit {
            kind: Kind::Series,
            id: series.id,
            external_id: card.external_id,
            slug: series.slug.clone(),
            title: series.title.clone(),
            name: None,
            highlights: self.marks.highlights(|mark| mark.field("title", [series.title.as_str()])),
            shown: Shown::Series(SeriesShown {
                series_kind: card.kind,
                category: self.names.category.text(columns.row(doc).category).to_owned(),
                run: self.run(place, &key::series(series.id))?,
            }),
        })
    }

    fn performer(&self, place: &Paged, card: PerformerCard) -> Option<Hit> {
        let own_number = self.columns(place.segment).performer.all(place.doc).next().unwrap_or(NONE);
        let performer = self.names.performer.shown(own_number, row::read_performer)?;
        Some(Hit {
            kind: Kind::Performer,
            id: performer.id,
            external_id: performer.external_id.clone(),
            slug: performer.slug.clone(),
            title: performer.name.clone(),
            name: Some(performer.name.clone()),
            highlights: self.marks.highlights(|mark| mark.field("title", [performer.name.as_str()])),
            shown: Shown::Performer(PerformerShown {
                performer_kind: card.kind,
                city: card.city,
                country: card.country,
                run: self.run(place, &key::performer(performer.id))?,
            }),
        })
    }

    fn venue(&self, place: &Paged, card: VenueCard) -> Option<Hit> {
        let number = self.columns(place.segment).row(place.doc).venue;
        let venue = self.names.venues.get(number as usize)?.shown.as_ref()?;
        Some(Hit {
            kind: Kind::Venue,
            id: venue.id,
            external_id: venue.external_id.clone(),
            slug: venue.slug.clone(),
            title: venue.name.clone(),
            name: Some(venue.name.clone()),
            highlights: self.marks.highlights(|mark| {
                mark.field("title", [venue.name.as_str()]);
                mark.field("city", [venue.city.as_str()]);
            }),
            shown: Shown::Venue(VenueShown {
                venue_kind: card.kind,
                city_id: venue.city_id,
                city: venue.city.clone(),
                country: venue.country.clone(),
                lat: venue.lat,
                lon: venue.lon,
                timezone: card.timezone,
                capacity: card.capacity,
                distance_km: place.metres.map(kilometres),
                run: self.run(place, &key::venue(venue.id))?,
            }),
        })
    }

    /// What is said of the events that have an exact term.
    fn run(&self, place: &Paged, key: &str) -> Option<Run> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let events = columns.popularity.first(doc).unwrap_or(0);
        Some(Run { events, upcoming: self.upcoming(key)?, image: self.image(columns, doc) })
    }

    /// How many events with that exact term are to come: as many as a search for them finds.
    fn upcoming(&self, key: &str) -> Option<u64> {
        let term = Term::from_field_text(self.snapshot.fields.key, key);
        let mut upcoming = 0;
        for segment in &self.snapshot.segments {
            let Some(mut postings) = segment.columns.keys.read_postings(&term, IndexRecordOption::Basic).ok()? else { continue };
            let from = segment.first_from(self.now.as_second()).max(segment.columns.undated);
            if postings.doc() < from {
                postings.seek(from);
            }
            while postings.doc() != TERMINATED {
                upcoming += u64::from(segment.is_alive(postings.doc()));
                postings.advance();
            }
        }
        Some(upcoming)
    }
}

fn unreadable(doc: DocId) -> Fault {
    Fault::Internal(format!("the card of document {doc} cannot be read"))
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn kilometres(metres: u32) -> f64 {
    f64::from(metres) / 1_000.0
}
