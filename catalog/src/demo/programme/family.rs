//! Family shows: a weekend or a week of afternoons in one house.

use jiff::civil::Weekday;

use super::{LAST_DAY, Maker, Programme, Show, cast};
use crate::demo::hall::Design;
use crate::demo::names;
use crate::demo::words::shows;

const ABOUT: &[&str] = &[
    "For children from four years on and the grown-ups they bring.",
    "Puppets, live music and a bit of smoke.",
    "An hour without words, for everyone.",
    "Acrobats, jugglers and a very small piano.",
    "Sit on the floor cushions in front or on a chair behind.",
    "With a meet-and-greet after the show.",
];

pub fn run(maker: &mut Maker<'_>) -> Programme {
    let pattern = *maker.dice.pick(shows::FAMILY_PATTERNS);
    let title = names::title(&mut maker.dice, pattern, "");
    let companies = &maker.world.roster.companies;
    let company = &companies[maker.dice.below(companies.len())];
    let cities = (0..maker.world.cities.len()).collect::<Vec<_>>();
    let city = maker.city_of(&cities);
    let designs = [[Design::Theatre, Design::ConcertHall, Design::Club], [Design::Stadium, Design::Theatre, Design::Club]];
    let designs = *maker.dice.pick(&designs);
    let Some(house) = maker.world.house_in(&mut maker.dice, city, &designs) else { return Programme::default() };
    let description = format!("{} {} in {}.", maker.dice.pick(ABOUT), company.row.name, maker.city(house).name);
    let series = maker.series("play", &title, "family", description.clone());
    let first_day = maker.first_day(340);
    let sale = maker.plain_sale(first_day);
    let (days, price) = (maker.dice.range(3, 16), maker.dice.between(14.0, 36.0));
    let mut events = Vec::new();
    for day in first_day..(first_day + days).min(LAST_DAY) {
        let weekend = matches!(maker.calendar().weekday(day), Weekday::Saturday | Weekday::Sunday);
        let times: &[(i8, i8)] = if weekend { &[(11, 0), (14, 0), (16, 30)] } else { &[(16, 0)] };
        for at in times {
            let show = Show {
                title: title.clone(),
                description: description.clone(),
                category: "family",
                genre: "Family",
                event_type: "show",
                season: String::new(),
                works: Vec::new(),
                series: Some(series.id),
                house,
                cast: vec![cast(company.id(), "company")],
                day,
                at: *at,
                minutes: 70,
                price,
                popularity: company.popularity / 10 + 1,
                sale,
                always: false,
            };
            events.push(maker.event(show));
        }
    }
    Programme { series: Some(series), events }
}
