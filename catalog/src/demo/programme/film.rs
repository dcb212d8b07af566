//! Films: one title in several cinemas of several cities, with many showtimes a day.

use super::{LAST_DAY, Maker, Programme, Show};
use crate::demo::hall::Design;
use crate::demo::names;
use crate::demo::roster::zipf;
use crate::demo::words::shows;

const TIMES: &[(i8, i8)] = &[(11, 0), (13, 15), (14, 30), (16, 0), (17, 45), (18, 30), (20, 0), (20, 45), (21, 30), (22, 15)];

/// A plot is one of these …
const WHO: &[&str] = &[
    "A courier",
    "A retired pilot",
    "An archivist",
    "The keeper of a closed museum",
    "A cook from the night train",
    "A young cartographer",
    "A piano tuner",
    "A swimmer",
    "The last projectionist of the town",
    "A beekeeper",
    "A translator without an assignment",
    "A widowed clockmaker",
    "A student of volcanoes",
    "A reluctant detective",
    "A seamstress",
    "The mayor of a drowned village",
    "A radio host",
    "A twelve-year-old inventor",
    "A lighthouse keeper",
    "A dog",
];

/// … and one of those.
const WHAT: &[&str] = &[
    "finds a letter that should have been delivered thirty years ago.",
    "inherits a hotel and the guest who will not leave it.",
    "hears a familiar voice on a tape from 1962.",
    "draws an island that turns out to exist.",
    "has one night to cross the city without being seen.",
    "agrees to one last job and regrets it by noon.",
    "shares a compartment with three strangers and a secret.",
    "is mistaken for somebody important.",
    "wakes up in the wrong season.",
    "keeps a promise that nobody else remembers.",
    "must choose between the house and the sea.",
    "learns why every clock in town stopped.",
    "falls in love by telephone.",
    "returns to the valley that everyone else has left.",
    "teaches an orchestra to play in the dark.",
    "wins a boat and loses the harbour.",
    "follows a map printed on a ticket.",
    "takes the blame for a perfect theft.",
    "waits for the first snow.",
    "counts birds and finds one too many.",
];

pub fn run(maker: &mut Maker<'_>) -> Programme {
    let pattern = *maker.dice.pick(shows::FILM_PATTERNS);
    let title = names::title(&mut maker.dice, pattern, "");
    let genre = *maker.dice.pick(shows::FILM_GENRES);
    let minutes = maker.dice.range(84, 164);
    let country = *maker.dice.pick(&["US", "FR", "JP", "IT", "ES", "BR", "IN", "SE"]);
    let director = names::person(&mut maker.dice, country);
    let plot = format!("{} {}", maker.dice.pick(WHO), maker.dice.pick(WHAT));
    let description = format!("{plot} {genre} by {director}, {minutes} minutes.");
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
                        always: false,
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
