//! Theatre: a play, musical, opera or ballet that runs in one house for some weeks.

use jiff::civil::Weekday;

use super::{LAST_DAY, Maker, Programme, Show, cast, work};
use crate::demo::dice::Dice;
use crate::demo::hall::Design;
use crate::demo::names;
use crate::demo::words::{music, shows};
use crate::model::Work;

/// What is played.
struct Piece {
    title: String,
    genre: &'static str,
    works: Vec<Work>,
    about: String,
    top_price: f64,
}

const ABOUT: &[&str] = &[
    "A comedy of doors, letters and one very long dinner",
    "A new play about what neighbours owe each other",
    "A chamber piece for four actors",
    "A story of three generations under one roof",
    "A thriller told backwards",
    "Songs, rain and a stolen bicycle",
    "A play about the last day of a small newspaper",
    "An evening between farce and confession",
];

fn piece(dice: &mut Dice) -> Piece {
    match dice.below(10) {
        0 | 1 => {
            let (composer, title, genre) = *dice.pick(music::STAGE_WORKS);
            let about = format!("{genre} by {composer}, sung and danced with full orchestra");
            Piece {
                title: title.to_owned(),
                genre,
                works: vec![work(composer, title)],
                about,
                top_price: dice.between(60.0, 140.0),
            }
        }
        2 | 3 => {
            let (author, title) = *dice.pick(shows::OLD_PLAYS);
            let about = format!("{title} by {author} in a new staging");
            Piece {
                title: title.to_owned(),
                genre: "Drama",
                works: vec![work("", title)],
                about,
                top_price: dice.between(34.0, 70.0),
            }
        }
        _ => {
            let pattern = *dice.pick(shows::PLAY_PATTERNS);
            let title = names::title(dice, pattern, "");
            let genre = *dice.pick(shows::PLAY_GENRES);
            let top_price = if genre == "Musical" { dice.between(55.0, 120.0) } else { dice.between(28.0, 65.0) };
            Piece { title, genre, works: Vec::new(), about: (*dice.pick(ABOUT)).to_owned(), top_price }
        }
    }
}

pub fn run(maker: &mut Maker<'_>) -> Programme {
    let piece = piece(&mut maker.dice);
    let companies = &maker.world.roster.companies;
    let company = &companies[maker.dice.below(companies.len())];
    let city = maker.city_of(maker.world.cities_with(Design::Theatre));
    let Some(house) = maker.world.house_in(&mut maker.dice, city, &[Design::Theatre, Design::ConcertHall]) else {
        return Programme::default();
    };
    let country = &maker.city(house).country;
    let director = names::person(&mut maker.dice, country);
    let description =
        format!("{}. {} plays it at {}, directed by {director}.", piece.about, company.row.name, maker.house(house).row.name);
    let series = maker.series("play", &piece.title, "theatre", description.clone());
    let first_day = maker.first_day(330);
    let sale = maker.plain_sale(first_day);
    let weeks = maker.dice.range(1, 5);
    let evening = maker.curtain(&[(19, 0), (19, 30), (20, 0)]);
    let popularity = (company.popularity + piece.title.len() as u32 * 50) / 8 + 1;
    let mut events = Vec::new();
    for day in first_day..(first_day + weeks * 7).min(LAST_DAY) {
        let weekday = maker.calendar().weekday(day);
        if weekday == Weekday::Monday || maker.dice.chance(0.12) {
            continue;
        }
        maker.book(house, day);
        let matinee = matches!(weekday, Weekday::Saturday | Weekday::Sunday) && maker.dice.chance(0.6);
        let times = if matinee { vec![(14, 30), evening] } else { vec![evening] };
        for at in times {
            let show = Show {
                title: piece.title.clone(),
                description: description.clone(),
                category: "theatre",
                genre: piece.genre,
                event_type: "performance",
                season: String::new(),
                works: piece.works.clone(),
                series: Some(series.id),
                house,
                cast: vec![cast(company.id(), "company")],
                day,
                at,
                minutes: 135,
                price: piece.top_price,
                popularity,
                sale,
                always: false,
            };
            events.push(maker.event(show));
        }
    }
    Programme { series: Some(series), events }
}
