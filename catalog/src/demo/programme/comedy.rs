//! Comedy: one person, one title, many rooms.

use super::{Maker, Programme, Show, cast};
use crate::demo::hall::Design;
use crate::demo::words::shows;

const ABOUT: &[&str] = &[
    "An hour about moving house, moving on and moving a sofa.",
    "A show about families, passwords and other things one forgets.",
    "New material, old grudges.",
    "Stories from a year of saying yes to everything.",
    "Stand-up with a slide projector.",
    "Seventy minutes without a single useful piece of advice.",
    "A show about being the only one awake.",
    "Jokes, mostly true.",
];

pub fn tour(maker: &mut Maker<'_>) -> Programme {
    let comedians = &maker.world.roster.comedians;
    let rank = maker.dice.rank(comedians.len());
    let comedian = &comedians[rank];
    let show = *maker.dice.pick(shows::COMEDY_TOURS);
    let title = format!("{} — {show}", comedian.row.name);
    let about = *maker.dice.pick(ABOUT);
    let series = maker.series("tour", &title, "comedy", format!("{} {about}", comedian.row.description));
    let mut day = maker.first_day(335);
    let sale = maker.sale(day);
    let designs: &[Design] = if rank * 4 < comedians.len() {
        &[Design::Theatre, Design::ConcertHall, Design::Club]
    } else {
        &[Design::Club, Design::Theatre]
    };
    let price = if rank * 4 < comedians.len() { maker.dice.between(32.0, 62.0) } else { maker.dice.between(15.0, 30.0) };
    let everywhere: Vec<_> = (0..maker.world.cities.len()).collect();
    let stops = 3 + maker.dice.below(12);
    let route = maker.world.near(&mut maker.dice, maker.world.cities[comedian.city].place, &everywhere, stops);
    let mut events = Vec::new();
    for city in route {
        let Some(house) = maker.world.house_in(&mut maker.dice, city, designs) else { continue };
        let gap = maker.dice.range(1, 4);
        day = maker.book(house, day + gap);
        let at = maker.curtain(&[(19, 0), (19, 30), (20, 0), (20, 30), (21, 30)]);
        let description = format!("{about} {} plays {} for one night.", comedian.row.name, maker.city(house).name);
        let show = Show {
            title: title.clone(),
            description,
            category: "comedy",
            genre: "Stand-up",
            event_type: "show",
            season: String::new(),
            works: Vec::new(),
            series: Some(series.id),
            house,
            cast: vec![cast(comedian.id(), "comedian")],
            day,
            at,
            minutes: 90,
            price,
            popularity: comedian.popularity / 2 + 1,
            sale,
            always: false,
        };
        events.push(maker.event(show));
    }
    Programme { series: Some(series), events }
}
