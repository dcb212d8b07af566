//! Films: one title in several cinemas of several cities, with many showtimes a day.

use super::{Maker, Programme, Show, LAST_DAY};
use crate::demo::hall::Design;
use crate::demo::names;
use crate::demo::roster::zipf;
use crate::demo::words::shows;

const TIMES: &[(i8, i8)] = &[(11, 0), (13, 15), (14, 30), (16, 0), (17, 45), (18, 30), (20, 0), (20, 45), (21, 30), (22, 15)];

const PLOTS: &[&str] = &[
    "A courier finds a letter that should have been delivered thirty years ago.", "Two sisters inherit a hotel and the man who will not leave it.",
    "The lighthouse goes dark, and only a child knows why.", "A retired pilot agrees to one last night flight.",
    "Three strangers share a train compartment and a secret.", "An archivist hears her own voice on a tape from 1962.",
    "A village votes on whether to move to the other side of the valley.", "A cook, a thief and a broken elevator on the hottest day of the year.",
    "The last cinema of the town shows one film until somebody comes.", "A cartographer draws an island that turns out to exist.",
    "On the night of the storm every clock in the city stops.", "A swimmer crosses the strait to keep a promise.",
    "Nobody believes the gardener until the first snow.", "A family film about a dog, a tramway and patience.",
];

pub fn run(maker: &mut Maker<'_>) -> Programme {
    let pattern = *maker.dice.pick(shows::FILM_PATTERNS);
    let title = names::title(&mut maker.dice, pattern, "");
    let genre = *maker.dice.pick(shows::FILM_GENRES);
    let minutes = maker.dice.range(84, 164);
    let country = *maker.dice.pick(&["US", "FR", "JP", "IT", "ES", "BR", "IN", "SE"]);
    let director = names::person(&mut maker.dice, country);
    let plot = *maker.dice.pick(PLOTS);
    let description = format!("{plot} {} by {director}, {minutes} minutes.", genre);
    let series = maker.series("film", &title, "film", description.clone());
    let cities = maker.world.cities_with(Design::Cinema);
    let first_day = maker.first_day(335);
    let rank = maker.dice.rank(400);
    let popularity = zipf(rank * 4, &mut maker.dice) / 3;
    let sale = maker.plain_sale(first_day);
    let count = (maker.dice.range(3, 9) as f64 * maker.scale.sqrt()).round().max(2.0) as usize;
    let start = maker.city_of(cities);
    let places = maker.world.near(&mut maker.dice, maker.world.cities[start].place, cities, count);
    let mut events = Vec::new();
    for city in places {
        let mut cinemas = maker.world.houses_in(city, Design::Cinema).to_vec();
        maker.dice.shuffle(&mut cinemas);
        cinemas.truncate(1 + maker.dice.below(3));
        for cinema in cinemas {
            let version = *maker.dice.pick(shows::FILM_VERSIONS);
            let title = if version.is_empty() { title.clone() } else { format!("{title} ({version})") };
            let (days, opens) = (maker.dice.range(5, 16), first_day + maker.dice.range(0, 6));
            let times = showtimes(maker);
            let price = maker.dice.between(10.0, 17.0);
            for day in opens..(opens + days).min(LAST_DAY) {
                for at in &times {
                    let show = Show {
                        title: title.clone(),
                        description: description.clone(),
                        category: "film",
                        genre,
                        event_type: "screening",
                        season: String::new(),
                        works: Vec::new(),
                        series: Some(series.id),
                        house: cinema,
                        cast: Vec::new(),
                        day,
                        at: *at,
                        minutes,
                        price,
                        popularity: popularity / 4 + 1,
                        sale,
                    };
                    events.push(maker.event(show));
                }
            }
        }
    }
    Programme { series: Some(series), events }
}

/// One to three showtimes a day, the same all week as on a printed bill.
fn showtimes(maker: &mut Maker<'_>) -> Vec<(i8, i8)> {
    let mut times = TIMES.to_vec();
    maker.dice.shuffle(&mut times);
    times.truncate(1 + maker.dice.below(3));
    times.sort_unstable();
    times
}
