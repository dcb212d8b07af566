//! Making programmes: rows of series and events out of a world, a die and a calendar.

use std::collections::HashSet;

use domain::text::slug;
use domain::{EventStatus, PerformerId, SeriesId};
use jiff::SignedDuration;

use crate::demo::calendar::Calendar;
use crate::demo::cities::CityFacts;
use crate::demo::dice::Dice;
use crate::demo::house::DemoHouse;
use crate::demo::ids::Ids;
use crate::demo::prices;
use crate::demo::sale::Sale;
use crate::demo::world::World;
use crate::model::{Cast, EventRow, Precision, SeriesRow, Work};

/// The last day of the calendar.
pub const LAST_DAY: i64 = 364;

/// A series with its dates, or a single night without one.
#[derive(Debug, Clone, Default)]
pub struct Programme {
    pub series: Option<SeriesRow>,
    pub events: Vec<EventRow>,
}

/// Makes programmes one after the other, and remembers which house is taken when.
pub struct Maker<'a> {
    pub world: &'a World,
    pub ids: &'a mut Ids,
    pub dice: Dice,
    /// Houses that have something on, by day. Cinemas have several screenings a day and do not stand here.
    pub taken: &'a mut HashSet<(u32, u16)>,
    /// Grows with the catalogue: 1 at 20,000 events.
    pub scale: f64,
}

impl<'a> Maker<'a> {
    pub fn calendar(&self) -> Calendar {
        self.world.calendar
    }

    /// A first day: soon more often than late, now and then some weeks ago.
    pub fn first_day(&mut self, latest: i64) -> i64 {
        if self.dice.chance(0.07) {
            return self.dice.range(-60, -2);
        }
        (latest as f64 * self.dice.unit().powf(1.35)) as i64
    }

    /// The first free day of the house from `day` on, within a week; booked from then on.
    pub fn book(&mut self, house: usize, day: i64) -> i64 {
        let key = |day: i64| (house as u32, (day + 100).clamp(0, 1_000) as u16);
        let free = (day..day + 7).find(|day| !self.taken.contains(&key(*day))).unwrap_or(day);
        self.taken.insert(key(free));
        free
    }

    /// An on-sale for a programme whose first date is on that day.
    pub fn sale(&mut self, first_day: i64) -> Sale {
        Sale::draw(&mut self.dice, &self.world.calendar, first_day)
    }

    /// An on-sale without a limit for each buyer, for a programme whose first date is on that day.
    pub fn plain_sale(&mut self, first_day: i64) -> Sale {
        Sale { buyer_limit: None, ..self.sale(first_day) }
    }

    pub fn series(&mut self, kind: &str, title: &str, category: &str, description: String) -> SeriesRow {
        SeriesRow {
            id: self.ids.next(),
            external_id: None,
            source: String::new(),
            slug: slug(title),
            title: title.to_owned(),
            kind: kind.to_owned(),
            category: category.to_owned(),
            description,
        }
    }

    /// A city that has one of these, the lively ones more often.
    pub fn city_of(&mut self, cities: &[usize]) -> usize {
        if cities.is_empty() { 0 } else { cities[self.dice.rank(cities.len())] }
    }

    pub fn house(&self, house: usize) -> &'a DemoHouse {
        &self.world.houses[house]
    }

    pub fn city(&self, house: usize) -> &'a CityFacts {
        &self.world.cities[self.house(house).city]
    }

    /// A start on the quarter hour out of some usual ones.
    pub fn curtain(&mut self, usual: &[(i8, i8)]) -> (i8, i8) {
        *self.dice.pick(usual)
    }

    /// Makes the event's row.
    pub fn event(&mut self, show: Show<'_>) -> EventRow {
        let house = &self.world.houses[show.house];
        let city = &self.world.cities[house.city];
        let starts_at = self.calendar().at(show.day, show.at.0, show.at.1, &city.zone);
        let status = if show.always { EventStatus::Scheduled } else { self.status(show.day) };
        let announced = show.always || self.dice.chance(0.992);
        let tiers = if announced { prices::tiers(house.design, show.price, city.currency) } else { Vec::new() };
        let liveliness = 0.6 + 0.8 * (1.0 - house.city as f64 / self.world.cities.len() as f64);
        let popularity = f64::from(show.popularity) * liveliness * self.dice.between(0.8, 1.2);
        EventRow {
            id: self.ids.next(),
            external_id: None,
            slug: slug(&format!("{} {} {}", show.title, city.name, self.calendar().date(show.day))),
            title: show.title,
            description: show.description,
            category: show.category.to_owned(),
            genre: show.genre.to_owned(),
            event_type: show.event_type.to_owned(),
            season: show.season,
            topics: Vec::new(),
            works: show.works,
            series_id: show.series,
            venue_id: Some(house.row.id),
            performers: show.cast,
            starts_at,
            ends_at: starts_at.checked_add(SignedDuration::from_mins(show.minutes)).ok(),
            // concerts let people in an hour before
            doors_at: starts_at.checked_sub(SignedDuration::from_hours(1)).ok().filter(|_| show.category == "concerts"),
            start_precision: Precision::Minute,
            timezone: city.timezone.clone(),
            status,
            url: String::new(),
            online: false,
            source: String::new(),
            popularity: popularity as u32,
            seat_map_id: Some(house.seat_map_id),
            tiers,
            tier_of: Default::default(),
            more: Default::default(),
            sale_opens_at: announced.then(|| show.sale.opens_for(starts_at)),
            sale_closes_at: None,
            buyer_limit: show.sale.buyer_limit,
            queue_required: false,
            orphan_rule: domain::OrphanRule::default(),
        }
    }

    fn status(&mut self, day: i64) -> EventStatus {
        match self.dice.unit() {
            roll if roll < 0.007 => EventStatus::Cancelled,
            roll if roll < 0.014 && day > 1 => EventStatus::Postponed,
            _ => EventStatus::Scheduled,
        }
    }
}

/// One date before it is a row.
pub struct Show<'a> {
    pub title: String,
    pub description: String,
    pub category: &'a str,
    pub genre: &'a str,
    pub event_type: &'a str,
    pub season: String,
    pub works: Vec<Work>,
    pub series: Option<SeriesId>,
    pub house: usize,
    pub cast: Vec<Cast>,
    pub day: i64,
    pub at: (i8, i8),
    pub minutes: i64,
    /// The dearest tier in dollars.
    pub price: f64,
    pub popularity: u32,
    pub sale: Sale,
    /// Neither cancelled nor unannounced by chance.
    pub always: bool,
}

pub fn cast(performer_id: PerformerId, role: &str) -> Cast {
    Cast { performer_id, role: role.to_owned(), instrument: String::new() }
}

pub fn work(composer: &str, title: &str) -> Work {
    Work { composer: composer.to_owned(), title: title.to_owned(), ..Work::default() }
}
