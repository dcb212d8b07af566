//! What stands before anything is on: cities, their houses, and who may appear in them.

use std::collections::{HashMap, HashSet};

use domain::text::{fold, slug};
use domain::{CityId, Place};

use super::calendar::Calendar;
use super::cities::{CityFacts, cities};
use super::dice::Dice;
use super::hall::Design;
use super::house::DemoHouse;
use super::ids::Ids;
use super::names;
use super::roster::Roster;
use crate::model::{City, VenueRow};

/// However many events, no more houses than this: their maps are the heavy part.
pub const MOST_VENUES: usize = 4_000;

#[derive(Debug, Clone)]
pub struct World {
    pub seed: u64,
    pub calendar: Calendar,
    /// The liveliest first.
    pub cities: Vec<CityFacts>,
    pub city_ids: Vec<CityId>,
    pub houses: Vec<DemoHouse>,
    pub roster: Roster,
    by_design: HashMap<(usize, Design), Vec<usize>>,
    cities_with: HashMap<Design, Vec<usize>>,
}

impl World {
    /// Builds the world for a number of events; the same arguments build the same world.
    pub fn new(events: u32, seed: u64, calendar: Calendar, ids: &mut Ids) -> Self {
        let count = (events as usize / 14).clamp(28, MOST_VENUES);
        let mut cities = cities();
        cities.truncate((count / 4).max(7));
        let city_ids: Vec<CityId> = cities.iter().map(|_| ids.next()).collect();
        let houses = build_houses(seed, &cities, &city_ids, count, ids);
        let (mut by_design, mut cities_with) = (HashMap::<_, Vec<usize>>::new(), HashMap::<_, Vec<usize>>::new());
        for (n, house) in houses.iter().enumerate() {
            by_design.entry((house.city, house.design)).or_default().push(n);
            let with = cities_with.entry(house.design).or_default();
            if with.last() != Some(&house.city) {
                with.push(house.city);
            }
        }
        let roster = Roster::new(events, seed, &cities, &houses, ids);
        Self { seed, calendar, cities, city_ids, houses, roster, by_design, cities_with }
    }

    /// The houses of one design in a city.
    pub fn houses_in(&self, city: usize, design: Design) -> &[usize] {
        self.by_design.get(&(city, design)).map_or(&[], Vec::as_slice)
    }

    /// Some house in the city, of the first design that it has.
    pub fn house_in(&self, dice: &mut Dice, city: usize, designs: &[Design]) -> Option<usize> {
        let houses = designs.iter().map(|design| self.houses_in(city, *design)).find(|houses| !houses.is_empty())?;
        Some(*dice.pick(houses))
    }

    /// The cities that have a house of that design, the liveliest first.
    pub fn cities_with(&self, design: Design) -> &[usize] {
        self.cities_with.get(&design).map_or(&[], Vec::as_slice)
    }

    /// Some of `among`, from near a place outwards, with a little chance in the order.
    pub fn near(&self, dice: &mut Dice, place: Place, among: &[usize], count: usize) -> Vec<usize> {
        let mut by_distance: Vec<_> =
            among.iter().map(|city| (self.cities[*city].place.distance_km(place) * dice.between(0.4, 1.6), *city)).collect();
        by_distance.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        by_distance.into_iter().take(count).map(|(_, city)| city).collect()
    }

    /// The city's row.
    pub fn city_row(&self, city: usize) -> City {
        let facts = &self.cities[city];
        City {
            id: self.city_ids[city],
            external_id: Some(facts.geonames_id.to_string()),
            slug: slug(&facts.name),
            name: facts.name.clone(),
            region: facts.region.clone(),
            country: facts.country.clone(),
            country_name: facts.country_name.clone(),
            place: Some(facts.place),
            timezone: facts.timezone.clone(),
            population: facts.population,
            aliases: facts.aliases.clone(),
        }
    }
}

/// What a city builds, in this order; from the fifteenth house on it starts again with the small ones.
const HOUSES: [Design; 14] = [
    Design::Theatre,
    Design::Cinema,
    Design::Club,
    Design::ConcertHall,
    Design::Theatre,
    Design::Cinema,
    Design::Stadium,
    Design::OpenAir,
    Design::Club,
    Design::Arena,
    Design::Cinema,
    Design::Theatre,
    Design::Club,
    Design::Cinema,
];

fn build_houses(seed: u64, cities: &[CityFacts], city_ids: &[CityId], count: usize, ids: &mut Ids) -> Vec<DemoHouse> {
    let total: f64 = cities.iter().map(|city| city.weight).sum();
    let spare = count.saturating_sub(3 * cities.len()) as f64;
    let mut houses = Vec::with_capacity(count);
    for (n, city) in cities.iter().enumerate() {
        let own = 3 + (spare * city.weight / total).round() as usize;
        let mut dice = Dice::stream(seed, "houses", n as u64);
        let mut taken = HashSet::new();
        // Small cities differ in what their three houses are.
        let turn = if own < 8 { dice.below(4) } else { 0 };
        for k in 0..own {
            let design = HOUSES.get((k + turn) % HOUSES.len()).copied().unwrap_or(Design::Cinema);
            let design = if k >= HOUSES.len() && is_big(design) { Design::Cinema } else { design };
            let places = places(&mut dice, design, n as f64 / cities.len() as f64);
            let number = houses.len() + 1;
            let mut row = house_row(&mut dice, design, city, &mut taken, number);
            (row.id, row.city_id, row.capacity) = (ids.next(), Some(city_ids[n]), Some(places));
            houses.push(DemoHouse { row, seat_map_id: ids.next(), city: n, design, places });
        }
    }
    houses.truncate(count.max(3 * cities.len()));
    houses
}

fn is_big(design: Design) -> bool {
    matches!(design, Design::Arena | Design::Stadium | Design::OpenAir | Design::ConcertHall)
}

/// How big a house is; `rank` 0..1 is its city's place in the list.
fn places(dice: &mut Dice, design: Design, rank: f64) -> u32 {
    let (low, high, step) = match design {
        Design::Theatre => (280, 900, 10),
        Design::ConcertHall => (900, 2_200, 50),
        Design::Cinema => (90, 300, 10),
        Design::Club => (200, 1_200, 50),
        Design::OpenAir => (4_000, 40_000, 500),
        Design::Arena => (8_000, 12_000, 250),
        // A stadium in the liveliest cities, a sports hall elsewhere.
        Design::Stadium if rank < 0.07 => (12_000, 20_000, 500),
        Design::Stadium => (1_200, 3_200, 100),
    };
    dice.range(low / step, high / step) as u32 * step as u32
}

fn house_row(dice: &mut Dice, design: Design, city: &CityFacts, taken: &mut HashSet<String>, number: usize) -> VenueRow {
    let mut name = names::venue(dice, design, &city.country, &city.name);
    for _ in 0..40 {
        if taken.insert(fold(&name)) {
            break;
        }
        name = names::venue(dice, design, &city.country, &city.name);
    }
    let spread = 0.045;
    let place = Place::new(
        round5((city.place.lat + dice.between(-spread, spread)).clamp(-89.0, 89.0)),
        round5((city.place.lon + dice.between(-spread, spread)).clamp(-179.9, 179.9)),
    );
    VenueRow {
        id: uuid::Uuid::nil().into(),
        external_id: Some(format!("demo-venue-{number}")),
        source: String::new(),
        slug: slug(&format!("{name} {}", city.name)),
        description: house_description(dice, design, &name, &city.name),
        name,
        kind: kind(design).to_owned(),
        city_id: None,
        address: names::address(dice, &city.country),
        postal_code: names::postal_code(dice, &city.country),
        district: String::new(),
        place,
        timezone: city.timezone.clone(),
        capacity: None,
        aliases: Vec::new(),
    }
}

fn round5(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

fn kind(design: Design) -> &'static str {
    match design {
        Design::Theatre => "theatre",
        Design::ConcertHall => "concert hall",
        Design::Cinema => "cinema",
        Design::Arena => "arena",
        Design::Stadium => "stadium",
        Design::Club => "club",
        Design::OpenAir => "open air",
    }
}

fn house_description(dice: &mut Dice, design: Design, name: &str, city: &str) -> String {
    let what = match design {
        Design::Theatre => [
            "a playhouse with stalls and one circle",
            "a proscenium theatre restored over a decade",
            "a theatre in a former exchange",
        ],
        Design::ConcertHall => [
            "a concert hall in four tiers around the stage",
            "a hall known for its clear, warm sound",
            "a fan-shaped hall clad in timber",
        ],
        Design::Cinema => [
            "a neighbourhood cinema with one curved room",
            "an independent picture house",
            "a cinema with wide rows and a small bar",
        ],
        Design::Arena => [
            "an arena with a standing floor and two rings of seats",
            "the biggest indoor room in town",
            "an arena beside the railway",
        ],
        Design::Stadium => {
            ["home of the city’s clubs", "a ground with stands on all four sides", "a sports venue a short walk from the centre"]
        }
        Design::Club => [
            "a club with a low stage and a small balcony",
            "a standing room under brick vaults",
            "a music room behind an old workshop",
        ],
        Design::OpenAir => {
            ["an open-air site with a field and a lawn", "meadows beside the water", "a showground used all summer"]
        }
    };
    let way = [
        "Trams stop at the door.",
        "The nearest station is five minutes away on foot.",
        "Bicycles can be left in the yard.",
        "Step-free access from the main entrance.",
        "Doors open an hour before the start.",
        "The bar opens early and closes late.",
    ];
    format!("{name} is {} in {city}. {}", dice.pick(&what), dice.pick(&way))
}
