//! Concerts: a tour through many cities, or a single night.

use super::{Maker, Programme, Show, cast};
use crate::demo::dice::Dice;
use crate::demo::hall::Design;
use crate::demo::names;
use crate::demo::sale::Sale;
use crate::model::Cast;

/// Which houses an act fills, and what its dearest ticket costs; `fame` 0..1, 0 is the most loved.
fn league(dice: &mut Dice, fame: f64) -> (&'static [Design], f64) {
    match fame {
        ..0.04 => (&[Design::Arena, Design::ConcertHall, Design::OpenAir, Design::Theatre], dice.between(85.0, 170.0)),
        ..0.3 => (&[Design::ConcertHall, Design::Theatre, Design::Club], dice.between(45.0, 95.0)),
        ..0.5 => (&[Design::Theatre, Design::Club], dice.between(30.0, 60.0)),
        _ => (&[Design::Club, Design::Theatre], dice.between(18.0, 40.0)),
    }
}

const CURTAINS: &[(i8, i8)] = &[(19, 0), (19, 30), (20, 0), (20, 0), (20, 30), (21, 0)];

const SHOWS: &[&str] = &[
    "Two sets, one interval, and the new record from start to end.",
    "Expect the old songs, the new songs and a long encore.",
    "The band plays in the round with strings and brass.",
    "A quiet first half, a loud second one.",
    "Recorded live for an album out next spring.",
    "The first concerts here in six years.",
    "With a light show made for these rooms.",
    "Every night the audience picks the last song.",
    "An evening of songs and the stories behind them.",
    "Doors open an hour before; the support begins on time.",
];

pub fn tour(maker: &mut Maker<'_>) -> Programme {
    let music = &maker.world.roster.music;
    let rank = maker.dice.rank(music.len());
    let (act, fame) = (&music[rank], rank as f64 / music.len() as f64);
    let (designs, price) = league(&mut maker.dice, fame);
    let name = names::tour(&mut maker.dice);
    let title = tour_title(&act.row.name, &name);
    let support = maker.dice.chance(0.45).then(|| &music[maker.dice.below(music.len())]).filter(|other| other.id() != act.id());
    let opening = capitalised_tour(&act.row.name, &name, &act.row.description);
    let about = format!(
        "{} {}",
        opening.replace(" to {city}", " to the stage").replace(" in {city}", " on tour"),
        maker.dice.pick(SHOWS)
    );
    let series = maker.series("tour", &title, "concert", about);
    let stops = 4 + maker.dice.range(0, if fame < 0.3 { 22 } else { 10 }) as usize;
    let first_day = maker.first_day(330);
    let sale = maker.sale(first_day);
    let start = if maker.dice.chance(0.6) { act.city } else { maker.dice.rank(maker.world.cities.len()) };
    let everywhere: Vec<_> = (0..maker.world.cities.len()).collect();
    let route = maker.world.near(&mut maker.dice, maker.world.cities[start].place, &everywhere, stops);
    let mut day = first_day;
    let mut events = Vec::with_capacity(route.len());
    for city in route {
        let Some(house) = maker.world.house_in(&mut maker.dice, city, designs) else { continue };
        let gap = maker.dice.range(1, 3);
        day = maker.book(house, day + gap);
        let mut bill = vec![cast(act.id(), "headliner")];
        bill.extend(support.map(|support| cast(support.id(), "support")));
        let end = *maker.dice.pick(SHOWS);
        events.push(concert(
            maker,
            Night {
                title: title.clone(),
                opening: &opening,
                end,
                genre: act.genre,
                bill,
                house,
                day,
                price,
                sale,
                popularity: act.popularity,
                series: Some(series.id),
            },
        ));
    }
    Programme { series: Some(series), events }
}

fn tour_title(act: &str, tour: &str) -> String {
    match tour {
        "Live" | "Acoustic" => format!("{act} — {tour}"),
        "An Evening with" => format!("An Evening with {act}"),
        tour => format!("{act} — {tour}"),
    }
}

fn capitalised_tour(act: &str, tour: &str, about: &str) -> String {
    if tour.contains("Tour") {
        format!("{act} bring the {} to {{city}}. {about}", tour.trim_start_matches("The "))
    } else {
        format!("{act} in {{city}}. {about}")
    }
}

/// One night of one act, without a series.
pub fn night(maker: &mut Maker<'_>) -> Programme {
    let music = &maker.world.roster.music;
    let count = 1 + usize::from(maker.dice.chance(0.3)) + usize::from(maker.dice.chance(0.15));
    let acts: Vec<_> = (0..count).map(|_| &music[maker.dice.below(music.len())]).collect();
    let city = if maker.dice.chance(0.7) { acts[0].city } else { maker.dice.rank(maker.world.cities.len()) };
    let Some(house) = maker.world.house_in(&mut maker.dice, city, &[Design::Club, Design::Theatre, Design::ConcertHall]) else {
        return Programme::default();
    };
    let first = maker.first_day(340);
    let day = maker.book(house, first);
    let sale = maker.sale(day);
    let mut bill: Vec<Cast> =
        acts.iter().enumerate().map(|(n, act)| cast(act.id(), if n == 0 { "headliner" } else { "support" })).collect();
    bill.dedup_by_key(|cast| cast.performer_id);
    let others: Vec<_> = acts[1..].iter().map(|act| act.row.name.as_str()).collect();
    let title =
        if others.is_empty() { acts[0].row.name.clone() } else { format!("{} + {}", acts[0].row.name, others.join(" + ")) };
    let opening = format!("{} in {{city}}. {}", acts[0].row.name, acts[0].row.description);
    let (price, end) = (maker.dice.between(14.0, 38.0), *maker.dice.pick(SHOWS));
    let popularity = acts[0].popularity / 2 + 1;
    let event = concert(
        maker,
        Night { title, opening: &opening, end, genre: acts[0].genre, bill, house, day, price, sale, popularity, series: None },
    );
    Programme { series: None, events: vec![event] }
}

struct Night<'a> {
    title: String,
    opening: &'a str,
    end: &'a str,
    genre: &'a str,
    bill: Vec<Cast>,
    house: usize,
    day: i64,
    price: f64,
    sale: Sale,
    popularity: u32,
    series: Option<domain::SeriesId>,
}

fn concert(maker: &mut Maker<'_>, night: Night<'_>) -> crate::model::EventRow {
    let at = maker.curtain(CURTAINS);
    let description = format!("{} {}", night.opening.replace("{city}", &maker.city(night.house).name), night.end);
    maker.event(Show {
        title: night.title,
        description,
        category: "concert",
        genre: night.genre,
        event_type: "concert",
        season: String::new(),
        works: Vec::new(),
        series: night.series,
        house: night.house,
        cast: night.bill,
        day: night.day,
        at,
        minutes: 150,
        price: night.price,
        popularity: night.popularity,
        sale: night.sale,
        always: false,
    })
}
