//! From a catalogue row and its neighbours to a document of the index.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use domain::event::EventStatus;
use domain::text::fold;
use domain::time::zone;
use domain::{PerformerId, SeriesId, VenueId};
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::Value;
use tantivy::{TantivyDocument, Term};
use uuid::Uuid;

use super::bag::{Bag, Words};
use super::card::{CastCard, EventCard, PerformerCard, Sale, SeriesCard, VenueCard};
use super::schema::{Fields, NO_DAY, NO_START, class};
use super::stop_words::{MONTHS, is_stop_word};
use super::{key, packed, row, sum, terms};
use crate::model::Kind;
use crate::model::{EventSource, Performer, Pictured, Precision, Series, Venue};

/// The most performers that an event's card names.
const MAX_CARD_PERFORMERS: usize = 50;
/// What the columns of most documents take.
const COLUMN_BYTES: usize = 1_024;
/// The most bytes of a name that its order looks at.
const MAX_NAME_BYTES: usize = 96;

/// The venues, performers and series that documents speak of, and how many events each has.
#[derive(Debug, Default)]
pub struct Neighbours {
    pub venues: HashMap<VenueId, Venue>,
    pub performers: HashMap<PerformerId, Performer>,
    pub series: HashMap<SeriesId, Series>,
    pub events_of: HashMap<Uuid, u64>,
}

impl Neighbours {
    fn events(&self, id: Uuid) -> u64 {
        self.events_of.get(&id).copied().unwrap_or(0)
    }
}

/// What events' documents take from one thing beside them.
#[derive(Debug)]
struct Side {
    /// In the dictionary column.
    row: String,
    words: Words,
    city_key: Option<String>,
    /// Its picture, for events that have none.
    image: Option<String>,
}

/// What events' documents take from their neighbours: made once, however many events stand beside the same.
#[derive(Debug, Default)]
pub struct Sides {
    venues: HashMap<VenueId, Side>,
    performers: HashMap<PerformerId, Side>,
    series: HashMap<SeriesId, Side>,
}

impl From<&Neighbours> for Sides {
    fn from(around: &Neighbours) -> Self {
        let mut sides = Self::default();
        sides.add(around);
        sides
    }
}

impl Sides {
    pub fn add(&mut self, around: &Neighbours) {
        self.venues.extend(around.venues.iter().map(|(id, venue)| (*id, Side::venue(venue))));
        self.performers.extend(around.performers.iter().map(|(id, performer)| (*id, Side::performer(performer))));
        self.series.extend(around.series.iter().map(|(id, series)| (*id, Side::series(series))));
    }
}

impl Side {
    fn venue(venue: &Venue) -> Self {
        let mut words = Words::default();
        words.venue(venue, class::VENUE, class::VENUE);
        Self { row: row::venue(venue), words, city_key: city_key(venue), image: None }
    }

    fn performer(performer: &Performer) -> Self {
        let mut words = Words::default();
        words.name(&performer.row.name, class::PERFORMER);
        words.texts(&performer.row.aliases, class::PERFORMER);
        words.texts(&performer.row.instruments, class::ABOUT);
        Self { row: row::performer(&performer.row), words, city_key: None, image: image_row(&performer.image) }
    }

    fn series(series: &Series) -> Self {
        let mut words = Words::default();
        words.name(&series.row.title, class::WORK);
        Self { row: row::series(&series.row), words, city_key: None, image: image_row(&series.image) }
    }
}

fn image_row(pictured: &Pictured) -> Option<String> {
    pictured.shown.as_ref().map(row::image)
}

/// Names the document of a thing, to delete or replace it.
pub fn id_term(fields: &Fields, id: Uuid) -> Term {
    Term::from_field_bytes(fields.id, id.as_bytes())
}

/// What every document has, whatever its kind.
struct Common<'a> {
    kind: Kind,
    id: Uuid,
    name: &'a str,
    popularity: u64,
    start: i64,
    day: i64,
    zone: &'a str,
}

fn begin(fields: &Fields, common: &Common<'_>, words: &Bag<'_>, card: &[u8]) -> TantivyDocument {
    let (classed, starts, pairs) = (words.classed(), words.starts(), words.pair_lines());
    let mut doc = TantivyDocument::with_capacity(classed.len() + starts.len() + pairs.len() + card.len() + COLUMN_BYTES);
    doc.add_text(fields.words, classed);
    doc.add_text(fields.starts, starts);
    doc.add_text(fields.pairs, pairs);
    doc.add_bytes(fields.id, common.id.as_bytes());
    packed::numbers(card).for_each(|number| doc.add_u64(fields.card, number));
    doc.add_u64(fields.kind, common.kind as u64);
    doc.add_i64(fields.start, common.start);
    doc.add_i64(fields.day, common.day);
    doc.add_text(fields.zone, common.zone);
    let (high, low) = common.id.as_u64_pair();
    doc.add_u64(fields.id_high, high);
    doc.add_u64(fields.id_low, low);
    let folded = fold(common.name);
    let end = (0..=folded.len().min(MAX_NAME_BYTES)).rev().find(|at| folded.is_char_boundary(*at)).unwrap_or(0);
    doc.add_text(fields.name, &folded[..end]);
    let mut distinct = terms::asked(common.name);
    distinct.retain(|word| !is_stop_word(word));
    distinct.sort_unstable();
    distinct.dedup();
    doc.add_u64(fields.name_words, distinct.len() as u64);
    doc.add_u64(fields.popularity, common.popularity);
    doc
}

fn keys(doc: &mut TantivyDocument, fields: &Fields, common: &Common<'_>, external_id: Option<&str>, more: &[String]) {
    let mut lines = key::kind(common.kind);
    lines.push('\n');
    for line in external_id.map(key::external).iter().chain(more) {
        lines.push_str(line);
        lines.push('\n');
    }
    doc.add_text(fields.key, lines);
}

/// The document of an event.
pub fn event(fields: &Fields, event: &EventSource, around: &Sides) -> TantivyDocument {
    let venue = event.venue_id.and_then(|id| around.venues.get(&id));
    let series = event.series_id.and_then(|id| around.series.get(&id));
    let performers = event.performers.iter().filter_map(|cast| around.performers.get(&cast.performer_id));
    let local = event.starts_at.to_zoned(zone(&event.timezone).unwrap_or(TimeZone::UTC));
    let own = own_words(event, &local);
    let beside = performers.chain(series).chain(venue).map(|side| &side.words);
    let words = Bag::of(&Vec::from_iter(std::iter::once(&own).chain(beside)));
    let common = Common {
        kind: Kind::Event,
        id: event.id.0,
        name: &event.title,
        popularity: u64::from(event.popularity),
        start: column_start(event, &local).max(NO_START + 1),
        day: day_number(&local),
        zone: &event.timezone,
    };
    let mut doc = begin(fields, &common, &words, &event_card(event, around).pack());
    if common.start != event.starts_at.as_second() {
        doc.add_i64(fields.begins, event.starts_at.as_second());
    }
    let mut more = vec![key::category(&event.category), key::genre(&event.genre)];
    more.extend(Some(&event.more.language).filter(|tag| !tag.is_empty()).map(|tag| key::language(tag)));
    more.extend(event.tiers.iter().map(|tier| key::tier(&tier.name)));
    more.extend(event.venue_id.map(|id| key::venue(id.0)));
    more.extend(event.series_id.map(|id| key::series(id.0)));
    more.extend(venue.and_then(|venue| venue.city_key.clone()));
    doc.add_text(fields.category, &event.category);
    doc.add_text(fields.genre, &event.genre);
    doc.add_text(fields.venue, venue.map_or("", |venue| &venue.row));
    doc.add_text(fields.series, series.map_or("", |series| &series.row));
    if !event.tiers.is_empty() {
        doc.add_text(fields.tiers, row::tiers(&event.tiers));
    }
    let mut seen = BTreeSet::new();
    for performer in event.performers.iter().filter(|cast| seen.insert(cast.performer_id)) {
        match around.performers.get(&performer.performer_id) {
            Some(known) => doc.add_text(fields.performer, &known.row),
            None => doc.add_text(fields.performer, row::unknown_performer(performer.performer_id.0)),
        }
        more.push(key::performer(performer.performer_id.0));
    }
    if let Some(image) = event_image(event, around) {
        doc.add_text(fields.image, image);
    }
    keys(&mut doc, fields, &common, event.external_id.as_deref(), &more);
    sale_columns(&mut doc, fields, event);
    sum::seal(&mut doc, fields);
    doc
}

/// Where an event stands in the order of starts. What only has a day lasts it: it is on until its day is over at its venue.
fn column_start(event: &EventSource, local: &Zoned) -> i64 {
    match event.start_precision {
        Precision::Minute => event.starts_at.as_second(),
        Precision::Day => local.end_of_day().map_or(event.starts_at.as_second(), |end| end.timestamp().as_second()),
    }
}

/// The picture that an event shows: its own, its series', or the first of its bill's.
fn event_image(event: &EventSource, around: &Sides) -> Option<String> {
    let series = || event.series_id.and_then(|id| around.series.get(&id)?.image.clone());
    let bill = || event.performers.iter().find_map(|cast| around.performers.get(&cast.performer_id)?.image.clone());
    event.image.as_ref().map(row::image).or_else(series).or_else(bill)
}

fn own_image(doc: &mut TantivyDocument, fields: &Fields, pictured: &Pictured) {
    if let Some(image) = image_row(pictured) {
        doc.add_text(fields.image, image);
    }
}

/// The lowest and the highest price in minor units, and in which currency.
fn prices(event: &EventSource) -> Option<(i64, i64, &str)> {
    Some((event.price_from?, event.price_to?, event.currency.as_deref()?))
}

fn sale_columns(doc: &mut TantivyDocument, fields: &Fields, event: &EventSource) {
    if let Some((from, to, currency)) = prices(event) {
        doc.add_i64(fields.price_from, from);
        doc.add_i64(fields.price_to, to);
        doc.add_text(fields.currency, currency);
    }
    let sale = sale_of(event);
    if sale.cancelled {
        doc.add_u64(fields.sale, 0);
    } else if let Some((opens, closes)) = sale.window {
        doc.add_u64(fields.sale, 1);
        doc.add_i64(fields.sale_opens, opens);
        doc.add_i64(fields.sale_closes, closes);
    }
}

fn sale_of(event: &EventSource) -> Sale {
    let closes = event.sale_closes_at.unwrap_or_else(|| event.start_precision.over(event.starts_at, &event.timezone)).as_second();
    let window = event.sale_opens_at.filter(|_| event.on_sale).map(|opens| (opens.as_second(), closes));
    Sale { cancelled: event.status == EventStatus::Cancelled, window }
}

/// What an event says itself.
fn own_words(event: &EventSource, local: &Zoned) -> Words {
    let mut words = Words::with_capacity(3 * event.title.len() + 2 * event.description.len());
    words.name(&event.title, class::NAME);
    words.texts(event.performers.iter().map(|cast| &cast.instrument), class::ABOUT);
    for work in &event.works {
        words.name(&format!("{} {}", work.composer, work.title), class::WORK);
    }
    words.texts([&event.category, &event.genre, &event.event_type], class::ABOUT);
    words.texts(&event.topics, class::ABOUT);
    words.text(&format!("{:04} {}", local.year().unsigned_abs(), MONTHS[local.month() as usize - 1]), class::WHEN);
    words.texts([&event.description, &event.season], class::DESCRIPTION);
    words
}

/// What of an event no column says.
fn event_card<'a>(event: &'a EventSource, around: &Sides) -> EventCard<'a> {
    let lowest = prices(event).map_or(0, |(from, ..)| from);
    EventCard {
        external_id: event.external_id.as_deref(),
        slug: event.slug.as_str().into(),
        title: &event.title,
        status: event.status,
        precision: event.start_precision,
        lasts: event.ends_at.map(|ends| ends.as_second() - event.starts_at.as_second()),
        cast: cast(event, around),
        above_lowest: event.tiers.iter().map(|tier| tier.price.amount.wrapping_sub(lowest)).collect(),
        language: &event.more.language,
        released: event.more.released,
        extras: if event.more.extras.is_empty() {
            Cow::Borrowed("")
        } else {
            Value::Object(event.more.extras.clone()).to_string().into()
        },
    }
}

/// Everyone on stage who is known, by their place in the column.
fn cast<'a>(event: &'a EventSource, around: &Sides) -> Vec<CastCard<'a>> {
    let mut column: Vec<PerformerId> = Vec::with_capacity(event.performers.len());
    let mut all = Vec::with_capacity(event.performers.len().min(MAX_CARD_PERFORMERS));
    for cast in &event.performers {
        let at = column.iter().position(|known| *known == cast.performer_id).unwrap_or_else(|| {
            column.push(cast.performer_id);
            column.len() - 1
        });
        if all.len() < MAX_CARD_PERFORMERS && around.performers.contains_key(&cast.performer_id) {
            all.push(CastCard { at, role: &cast.role });
        }
    }
    all
}

fn city_key(venue: &Venue) -> Option<String> {
    venue.city.as_ref().filter(|city| !city.name.is_empty()).map(|city| key::city(city.id.0))
}

/// The document of a venue.
pub fn venue(fields: &Fields, venue: &Venue, around: &Neighbours) -> TantivyDocument {
    let mut words = Words::default();
    words.venue(venue, class::NAME, class::ALIAS);
    words.text(&venue.row.kind, class::ABOUT);
    words.texts([&venue.row.description, &venue.row.address], class::DESCRIPTION);
    let events = around.events(venue.row.id.0);
    let (kind, timezone) = (venue.row.kind.clone(), venue.row.timezone.clone());
    let card = VenueCard { kind, timezone, capacity: venue.row.capacity }.pack();
    let common = undated(Kind::Venue, venue.row.id.0, &venue.row.name, events);
    let mut doc = begin(fields, &common, &Bag::of(&[&words]), &card);
    doc.add_text(fields.category, "");
    doc.add_text(fields.venue, row::venue(venue));
    doc.add_text(fields.series, "");
    own_image(&mut doc, fields, &venue.image);
    let mut more = vec![key::venue(venue.row.id.0)];
    more.extend(city_key(venue));
    keys(&mut doc, fields, &common, venue.row.external_id.as_deref(), &more);
    sum::seal(&mut doc, fields);
    doc
}

/// The document of a performer.
pub fn performer(fields: &Fields, performer: &Performer, around: &Neighbours) -> TantivyDocument {
    let known = &performer.row;
    let mut words = Words::default();
    words.name(&known.name, class::NAME);
    words.texts(&known.aliases, class::ALIAS);
    words.text(&known.sort_name, class::ALIAS);
    words.texts([&known.kind, &known.sport, &known.city], class::ABOUT);
    words.texts(known.kinds.iter().chain(&known.instruments), class::ABOUT);
    words.text(&known.description, class::DESCRIPTION);
    let events = around.events(known.id.0);
    let card = PerformerCard { kind: known.kind.clone(), city: known.city.clone(), country: known.country.clone() }.pack();
    let common = undated(Kind::Performer, known.id.0, &known.name, events);
    let mut doc = begin(fields, &common, &Bag::of(&[&words]), &card);
    doc.add_text(fields.category, "");
    doc.add_text(fields.venue, "");
    doc.add_text(fields.series, "");
    doc.add_text(fields.performer, row::performer(known));
    own_image(&mut doc, fields, &performer.image);
    keys(&mut doc, fields, &common, known.external_id.as_deref(), &[key::performer(known.id.0)]);
    sum::seal(&mut doc, fields);
    doc
}

/// The document of a series.
pub fn series(fields: &Fields, series: &Series, around: &Neighbours) -> TantivyDocument {
    let known = &series.row;
    let mut words = Words::default();
    words.name(&known.title, class::NAME);
    words.texts([&known.kind, &known.category], class::ABOUT);
    words.text(&known.description, class::DESCRIPTION);
    let events = around.events(known.id.0);
    let card = SeriesCard { external_id: known.external_id.clone(), kind: known.kind.clone() }.pack();
    let common = undated(Kind::Series, known.id.0, &known.title, events);
    let mut doc = begin(fields, &common, &Bag::of(&[&words]), &card);
    doc.add_text(fields.category, &known.category);
    doc.add_text(fields.venue, "");
    doc.add_text(fields.series, row::series(known));
    own_image(&mut doc, fields, &series.image);
    let more = [key::series(known.id.0), key::category(&known.category)];
    keys(&mut doc, fields, &common, known.external_id.as_deref(), &more);
    sum::seal(&mut doc, fields);
    doc
}

fn undated(kind: Kind, id: Uuid, name: &str, popularity: u64) -> Common<'_> {
    Common { kind, id, name, popularity, start: NO_START, day: NO_DAY, zone: "" }
}

/// Days since 1970-01-01 on the venue's own calendar.
fn day_number(local: &Zoned) -> i64 {
    super::day_number(local.date())
}
