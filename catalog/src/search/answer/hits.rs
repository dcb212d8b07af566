//! From a place in the order to what the caller reads: columns and the stored card, the live badge, the distance, the marks.

use std::borrow::Cow;

use domain::event::Availability;
use domain::id::EventId;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};
use uuid::Uuid;

use super::answer::{
    CastHit, CityDates, EventHit, EventShown, Hit, ImageRef, NextDate, PerformerHit, PerformerRef, SeriesDates, SeriesHit,
    TierHit, VenueHit,
};
use super::marks::Marks;
use crate::index::card::{CastCard, EventCard, PerformerCard, Sale, SeriesCard, VenueCard};
use crate::index::{Fault, key, row};
use crate::model::Kind;
use crate::search::overlay::{Badge, Badges};
use crate::search::segment::columns::{Columns, Numbered};
use crate::search::segment::kept::KeptEvents;
use crate::search::segment::labels::What;
use crate::search::segment::names::{NONE, Names};
use crate::search::segment::snapshot::Snapshot;
use crate::search::walk::place::{Dates, Place};
use crate::search::words::word::Word;

/// What the hits of a page are gathered into.
pub trait Hits: Default {
    fn add(&mut self, reading: &Reading<'_>, place: &Place) -> Result<(), Fault>;
}

impl Hits for Vec<Hit<'static>> {
    fn add(&mut self, reading: &Reading<'_>, place: &Place) -> Result<(), Fault> {
        self.push(reading.hit(place, &mut Vec::new())?.into_owned());
        Ok(())
    }
}

/// Reads the hits of a page.
///
/// Cost      two microseconds a hit: a card of some 40 bytes, a handful of columns, no look into a dictionary.
pub fn hits<H: Hits>(snapshot: &Snapshot, page: &[Place], words: &[Word], badges: &Badges, now: Timestamp) -> Result<H, Fault> {
    let names = snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let reading = Reading { snapshot, names: &names, marks: Marks::new(words), badges, now };
    let mut hits = H::default();
    page.iter().try_for_each(|place| hits.add(&reading, place))?;
    Ok(hits)
}

/// What all hits of a page are read with.
pub struct Reading<'a> {
    snapshot: &'a Snapshot,
    names: &'a Names,
    marks: Marks<'a>,
    badges: &'a Badges,
    now: Timestamp,
}

impl<'a> Reading<'a> {
    pub fn columns(&self, segment: usize) -> &'a Columns {
        &self.snapshot.segments[segment].columns
    }

    /// The events of a segment that were shown lately.
    pub fn kept(&self, segment: usize) -> &'a KeptEvents {
        &self.snapshot.segments[segment].derived.kept
    }

    /// Whether it is an event of which nothing is marked: equal for all who are shown it, but for its badge.
    pub fn shows_plainly(&self, place: &Place) -> bool {
        self.marks.is_empty() && place.doc >= self.columns(place.segment).undated
    }

    /// Takes     `card`: where its card is read to.
    pub fn hit<'b>(&self, place: &Place, card: &'b mut Vec<u8>) -> Result<Hit<'b>, Fault>
    where
        'a: 'b,
    {
        let columns = self.columns(place.segment);
        if place.doc >= columns.undated {
            return self.event(place, card).map(Hit::Event);
        }
        let kind = columns.kind.first(place.doc).and_then(|kind| Kind::INDEXED.get(kind as usize)).copied();
        let card = columns.card(place.doc, card)?;
        let hit = match kind {
            Some(Kind::Series) => SeriesCard::unpack(card).and_then(|card| self.series(place, card)).map(Hit::Series),
            Some(Kind::Performer) => PerformerCard::unpack(card).and_then(|card| self.performer(place, card)).map(Hit::Performer),
            Some(Kind::Venue) => VenueCard::unpack(card).and_then(|card| self.venue(place, card)).map(Hit::Venue),
            Some(Kind::Event | Kind::City | Kind::Image) | None => None,
        };
        hit.ok_or_else(|| unreadable(place.doc))
    }

    fn event<'b>(&self, place: &Place, card: &'b mut Vec<u8>) -> Result<EventHit<'b>, Fault>
    where
        'a: 'b,
    {
        let event = self.shown(place.segment, place.doc, card)?;
        let highlights = self.marks.highlights(|mark| {
            mark.field("title", [&*event.title]);
            mark.field("performers", event.performers.iter().map(|cast| cast.performer.name.as_str()));
            mark.field("series", event.series.iter().map(|series| series.title.as_str()));
            mark.field("venue", event.venue.iter().map(|venue| venue.name.as_str()));
            mark.field("city", event.venue.iter().map(|venue| venue.city.as_str()));
        });
        let badge = self.badge(place, event.id, event.sale);
        let distance_km = place.metres.map(kilometres);
        let dates = self.dates(place)?;
        Ok(EventHit { event, highlights, badge, distance_km, dates })
    }

    /// The badge of an event and of its tiers, and when it was true.
    pub fn badge(&self, place: &Place, id: Uuid, sale: Sale) -> Badge {
        let closed = sale.closed_badge(self.now);
        let said = if closed.is_none() { self.badges.get(EventId::from(id)) } else { None };
        let plain = Badge::of_all(closed.unwrap_or(Availability::Available), self.now);
        let badge = said.unwrap_or(plain);
        Badge { availability: place.availability.unwrap_or(badge.availability), ..badge }
    }

    /// The dates for which the place stands, if it stands for a series.
    pub fn dates(&self, place: &Place) -> Result<Option<Box<SeriesDates>>, Fault> {
        place.dates.as_ref().map(|dates| self.series_dates(dates).map(Box::new)).transpose()
    }

    /// Reads what every answer shows of an event.
    pub fn shown<'b>(&self, segment: usize, doc: DocId, card: &'b mut Vec<u8>) -> Result<EventShown<'b>, Fault>
    where
        'a: 'b,
    {
        let (columns, names) = (self.columns(segment), self.names);
        let card = EventCard::unpack(columns.card(doc, card)?).ok_or_else(|| unreadable(doc))?;
        let starts_at = columns.begins(doc);
        let zone = columns.number_of(What::Zone, doc);
        let (price_from, price_to) = self.prices(columns, doc).unzip();
        Ok(EventShown {
            id: Uuid::from_u128(columns.id(doc)),
            series: names.series_shown(columns.number_of(What::SeriesRow, doc)).map(Cow::Borrowed),
            category: names.category.text(columns.category_of(doc)).into(),
            genre: names.genre.text(columns.number_of(What::Genre, doc)).into(),
            status: card.status,
            starts_at: instant(starts_at),
            ends_at: card.lasts.map(|seconds| instant(starts_at.saturating_add(seconds))),
            start_precision: card.precision,
            local: names.zones.get(zone as usize).map(|zone| zone.to_datetime(instant(starts_at))).unwrap_or_default(),
            timezone: names.zone.text(zone).into(),
            venue: names.venues.get(columns.venue_of(doc) as usize).and_then(|venue| venue.shown.as_ref()).map(Cow::Borrowed),
            performers: self.cast(columns, doc, card.cast),
            price_from,
            price_to,
            external_id: card.external_id.map(Cow::Borrowed),
            slug: card.slug,
            title: card.title.into(),
            image: names.image_shown(columns.image.first(doc)).map(Cow::Borrowed),
            tiers: self.tiers(columns, doc, &card.above_lowest),
            language: card.language.into(),
            released: card.released,
            extras: card.extras,
            sale: columns.sale(doc),
        })
    }

    /// The picture of what is no event.
    fn image(&self, columns: &Columns, doc: DocId) -> Option<ImageRef> {
        self.names.image_shown(columns.image.first(doc)).map(|image| ImageRef::clone(image))
    }

    fn prices(&self, columns: &Columns, doc: DocId) -> Option<(Money, Money)> {
        let (from, to) = columns.prices(doc)?;
        let currency: Currency = self.names.currency.text(columns.number_of(What::Currency, doc)).parse().ok()?;
        Some((Money::new(from, currency), Money::new(to, currency)))
    }

    fn tiers<'b>(&self, columns: &Columns, doc: DocId, above_lowest: &[i64]) -> Vec<TierHit<'b>>
    where
        'a: 'b,
    {
        let Some((lowest, _)) = self.prices(columns, doc) else { return Vec::new() };
        let price = |above: &i64| Money::new(lowest.amount.wrapping_add(*above), lowest.currency);
        let named = row::read_tiers(self.names.tiers.text(columns.tiers.first(doc)));
        named.zip(above_lowest).map(|((id, name), above)| TierHit { id, name: name.into(), price: price(above) }).collect()
    }

    fn cast<'b>(&self, columns: &Columns, doc: DocId, cast: Vec<CastCard<'b>>) -> Vec<CastHit<'b>>
    where
        'a: 'b,
    {
        if cast.is_empty() {
            return Vec::new();
        }
        let column: Vec<u32> = columns.performer.all(doc).collect();
        let shown = |at: usize| self.names.performer_shown(*column.get(at)?).map(Cow::Borrowed);
        cast.into_iter().filter_map(|cast| Some(CastHit { performer: shown(cast.at)?, role: cast.role.into() })).collect()
    }

    /// The next date and the cities by name.
    fn series_dates(&self, dates: &Dates) -> Result<SeriesDates, Fault> {
        let ((segment, doc), mut card) = (dates.next, Vec::new());
        let next = self.shown(segment, doc, &mut card)?;
        let city = |(number, dates): &(u32, u64)| {
            let city = self.names.cities.get(*number as usize)?;
            let country = self.names.countries.get(city.country as usize).map(|(code, _)| code.clone()).unwrap_or_default();
            Some(CityDates { id: city.id?, name: city.name.clone(), country, dates: *dates })
        };
        let next_date = NextDate {
            id: next.id,
            slug: next.slug.into_owned(),
            starts_at: next.starts_at,
            local: next.local,
            timezone: next.timezone.into_owned(),
        };
        Ok(SeriesDates { dates: dates.count, next_date, cities: dates.cities.iter().filter_map(city).collect() })
    }

    fn series(&self, place: &Place, card: SeriesCard) -> Option<SeriesHit> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let series = self.names.series_shown(columns.number_of(What::SeriesRow, doc))?;
        Some(SeriesHit {
            kind: Kind::Series,
            highlights: self.marks.highlights(|mark| mark.field("title", [series.title.as_str()])),
            id: series.id,
            external_id: card.external_id,
            slug: series.slug.clone(),
            title: series.title.clone(),
            series_kind: card.kind,
            category: self.names.category.text(columns.category_of(doc)).to_owned(),
            events: columns.popularity.first(doc).unwrap_or(0),
            upcoming: self.upcoming(&key::series(series.id))?,
            image: self.image(columns, doc),
        })
    }

    fn performer(&self, place: &Place, card: PerformerCard) -> Option<PerformerHit> {
        let (columns, doc) = (self.columns(place.segment), place.doc);
        let shown = self.names.performer_shown(own_number(&columns.performer, doc))?;
        let PerformerRef { id, external_id, slug, name } = PerformerRef::clone(shown);
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
            upcoming: self.upcoming(&key::performer(id))?,
            image: self.image(columns, doc),
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
            upcoming: self.upcoming(&key::venue(venue.id))?,
            image: self.image(columns, doc),
        })
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

/// The number of a document's own row.
fn own_number(column: &Numbered, doc: DocId) -> u32 {
    column.all(doc).next().unwrap_or(NONE)
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub fn kilometres(metres: u32) -> f64 {
    f64::from(metres) / 1_000.0
}
