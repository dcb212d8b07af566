//! The values of the dictionary columns under one number each, for as long as a generation lives.
//!
//! A segment numbers its values for itself; here they get a common number, so that filters are a look-up and counts of several
//! segments add up. Numbers are only ever added: what a deleted document alone named stays until there is so much of it that all is
//! numbered anew, or until the next generation.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use domain::place::Place;
use domain::text::fold;
use domain::time::zone;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::cells::{Cell, Cells};
use super::kinds::{KindOf, Kinds};
use crate::index::card::{ImageRef, PerformerRef, SeriesRef, VenueRef};
use crate::index::row::{self, VenueRow};

/// Number 0 of every table: no value.
pub const NONE: u32 = 0;

/// What a text takes beside itself, about.
const ENTRY_BYTES: usize = 100;

/// Texts and their numbers, and what hits show of those that are rows.
#[derive(Debug)]
pub struct Table<T = ()> {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    of_id: HashMap<Uuid, Vec<u32>>,
    /// By number: the first one of the same id.
    first: Vec<u32>,
    /// Whether some id has several numbers.
    renamed: bool,
    /// Of all texts.
    bytes: usize,
    /// By number: each is read when it is first shown, and kept.
    shown: Vec<OnceLock<Option<Arc<T>>>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let none: Arc<str> = Arc::from("");
        Self {
            numbers: HashMap::from([(Arc::clone(&none), NONE)]),
            texts: vec![none],
            of_id: HashMap::new(),
            first: vec![NONE],
            renamed: false,
            bytes: 0,
            shown: vec![OnceLock::new()],
        }
    }
}

impl<T> Table<T> {
    /// The number of a text; a new one if it was never seen.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = Arc::from(text);
        self.texts.push(Arc::clone(&text));
        let mut first = number;
        if let Some((id, _)) = row::read_named(&text) {
            let numbers = self.of_id.entry(id).or_default();
            first = *numbers.first().unwrap_or(&number);
            self.renamed |= first != number;
            numbers.push(number);
        }
        self.first.push(first);
        self.shown.push(OnceLock::new());
        self.bytes += text.len() + ENTRY_BYTES;
        self.numbers.insert(text, number);
        number
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }

    /// The numbers whose text begins with this id: more than one after a rename.
    pub fn of_id(&self, id: Uuid) -> &[u32] {
        self.of_id.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The first number with the same id: another one after a rename.
    pub fn first(&self, number: u32) -> u32 {
        self.first.get(number as usize).copied().unwrap_or(number)
    }

    /// Whether some row has several numbers.
    pub fn renamed(&self) -> bool {
        self.renamed
    }

    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(AsRef::as_ref)
    }

    pub fn of_text(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// What hits show of a row.
    ///
    /// Takes     `read`: what reads this table's rows.
    pub fn shown(&self, number: u32, read: fn(&str) -> Option<T>) -> Option<&Arc<T>> {
        self.shown.get(number as usize)?.get_or_init(|| read(self.text(number)).map(Arc::new)).as_ref()
    }
}

/// A venue with its city and country as numbers.
#[derive(Debug, Default)]
pub struct VenueEntry {
    pub row: Option<VenueRow>,
    /// As hits show it.
    pub shown: Option<Arc<VenueRef>>,
    pub city: u32,
    pub country: u32,
}

/// A city and every spelling it is found by, folded.
#[derive(Debug, Default)]
pub struct CityEntry {
    pub id: Option<Uuid>,
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
    pub country: u32,
    /// Where one of its venues is.
    pub place: Option<Place>,
    pub spellings: Vec<String>,
    /// The numbers of its venues.
    pub venues: Vec<u32>,
}

/// All tables of a generation.
#[derive(Debug, Default)]
pub struct Names {
    pub category: Table,
    pub genre: Table,
    /// Both, by what people call them.
    pub kinds: Kinds,
    pub currency: Table,
    /// By [`row::tiers`]: whole lists of them, which few events have for themselves.
    pub tiers: Table,
    pub zone: Table,
    /// By number.
    pub zones: Vec<TimeZone>,
    pub performer: Table<PerformerRef>,
    pub image: Table<ImageRef>,
    /// By the state of its row: hits show the one that their document was made with.
    pub series: Table<SeriesRef>,
    pub venue_numbers: Table,
    pub cells: Cells,
    pub venues: Vec<VenueEntry>,
    /// Where the venues are: by millionths of a degree of latitude, and number.
    latitudes: BTreeMap<(i64, u32), Place>,
    city_numbers: HashMap<Uuid, u32>,
    pub cities: Vec<CityEntry>,
    /// City numbers by folded spelling.
    called: HashMap<String, Vec<u32>>,
    pub countries: Vec<(String, String)>,
}

impl Names {
    pub fn new() -> Self {
        let mut cells = Cells::default();
        cells.number(Cell::default());
        Self {
            cells,
            venues: vec![VenueEntry::default()],
            cities: vec![CityEntry::default()],
            countries: vec![(String::new(), String::new())],
            zones: vec![TimeZone::UTC],
            ..Self::default()
        }
    }

    /// How many bytes all texts take, about: what hits show of them is in proportion to it.
    pub fn bytes(&self) -> usize {
        let plain = [&self.category, &self.genre, &self.currency, &self.tiers, &self.zone, &self.venue_numbers];
        let rows = self.performer.bytes + self.image.bytes + self.series.bytes;
        rows + plain.into_iter().map(|table| table.bytes).sum::<usize>()
    }

    /// How many categories and genres have a number.
    pub fn kinds(&self) -> usize {
        self.category.len() + self.genre.len()
    }

    pub fn category(&mut self, text: &str) -> u32 {
        let number = self.category.number(text);
        self.kinds.note(text, KindOf::Category(number));
        number
    }

    pub fn genre(&mut self, text: &str) -> u32 {
        let number = self.genre.number(text);
        self.kinds.note(text, KindOf::Genre(number));
        number
    }

    pub fn zone(&mut self, text: &str) -> u32 {
        let number = self.zone.number(text);
        if number as usize == self.zones.len() {
            self.zones.push(zone(text).unwrap_or(TimeZone::UTC));
        }
        number
    }

    pub fn venue(&mut self, text: &str) -> u32 {
        let number = self.venue_numbers.number(text);
        if number as usize == self.venues.len() {
            let entry = self.venue_entry(text);
            if let Some(place) = entry.row.as_ref().and_then(|row| row.place) {
                self.latitudes.insert((millionths(place.lat), number), place);
            }
            self.cities[entry.city as usize].venues.push(number);
            self.venues.push(entry);
        }
        number
    }

    /// The venues between two latitudes, or a hair beyond.
    pub fn between_latitudes(&self, south: f64, north: f64) -> impl Iterator<Item = (u32, Place)> + '_ {
        let between = (millionths(south) - 1, 0)..=(millionths(north) + 1, u32::MAX);
        self.latitudes.range(between).map(|((_, number), place)| (*number, *place))
    }

    fn venue_entry(&mut self, text: &str) -> VenueEntry {
        let Some(row) = row::read_venue(text) else { return VenueEntry::default() };
        let country = self.country(&row.country, &row.country_name);
        let city = self.city(&row, country);
        VenueEntry { shown: Some(Arc::new(row.shown())), row: Some(row), city, country }
    }

    fn city(&mut self, row: &VenueRow, country: u32) -> u32 {
        let Some(id) = row.city_id else { return NONE };
        let number = *self.city_numbers.entry(id).or_insert(self.cities.len() as u32);
        if number as usize == self.cities.len() {
            self.cities.push(CityEntry { id: Some(id), ..CityEntry::default() });
        }
        let entry = &mut self.cities[number as usize];
        entry.name.clone_from(&row.city);
        entry.slug.clone_from(&row.city_slug);
        entry.external_id.clone_from(&row.city_external_id);
        entry.country = country;
        entry.place = entry.place.or(row.place);
        for spelling in std::iter::once(&row.city).chain(&row.city_aliases).map(|name| fold(name)) {
            if !entry.spellings.contains(&spelling) {
                entry.spellings.push(spelling.clone());
                self.called.entry(spelling).or_default().push(number);
            }
        }
        number
    }

    pub fn city_of_id(&self, id: Uuid) -> Option<u32> {
        self.city_numbers.get(&id).copied()
    }

    /// The cities that a folded spelling names.
    pub fn cities_called(&self, spelling: &str) -> &[u32] {
        self.called.get(spelling).map_or(&[], Vec::as_slice)
    }

    fn country(&mut self, code: &str, name: &str) -> u32 {
        if code.is_empty() {
            return NONE;
        }
        if let Some(number) = self.countries.iter().position(|(known, _)| known == code) {
            return number as u32;
        }
        self.countries.push((code.to_owned(), name.to_owned()));
        (self.countries.len() - 1) as u32
    }
}

fn millionths(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}
