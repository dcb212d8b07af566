//! Conferences of a few days, and evenings that cost nothing.

use super::{Maker, Programme, Show};
use crate::demo::hall::Design;
use crate::demo::sale::Sale;
use crate::demo::words::shows;

const ABOUT: &[&str] = &[
    "Talks in the morning, workshops in the afternoon.",
    "Three tracks, long breaks and a shared dinner.",
    "Practitioners show what worked and what did not.",
    "Keynotes are recorded; the corridor is not.",
    "Papers, posters and an open space on the last day.",
];

pub fn conference(maker: &mut Maker<'_>) -> Programme {
    let city = maker.dice.rank(maker.world.cities.len());
    let Some(house) = maker.world.house_in(&mut maker.dice, city, &[Design::ConcertHall, Design::Theatre, Design::Club]) else {
        return Programme::default();
    };
    let first = maker.first_day(345);
    let sale = maker.plain_sale(first);
    let (subject, kind) = (*maker.dice.pick(shows::CONFERENCES), *maker.dice.pick(shows::CONFERENCE_KINDS));
    let title = format!("{subject} {kind} {} {}", maker.city(house).name, maker.calendar().date(first).year());
    let description = format!("{subject}: people from the field meet in {}. {}", maker.city(house).name, maker.dice.pick(ABOUT));
    let series = maker.series("series", &title, "conference", description.clone());
    let (price, days) = (maker.dice.between(90.0, 480.0), maker.dice.range(1, 3));
    let mut events = Vec::new();
    for n in 0..days {
        let day = maker.book(house, first + n);
        let title = if days > 1 { format!("{title} — Day {}", n + 1) } else { title.clone() };
        events.push(maker.event(plain(
            title,
            description.clone(),
            "conference",
            subject,
            house,
            day,
            (9, 0),
            480,
            price,
            sale,
            Some(series.id),
        )));
    }
    Programme { series: Some(series), events }
}

const FREE_ABOUT: &[&str] = &[
    "Free of charge; a ticket keeps your place.",
    "Everyone is welcome, nobody has to buy anything.",
    "Entry is free, donations go to the house.",
    "Free, with tea and a long table afterwards.",
];

/// An evening without a price.
pub fn free(maker: &mut Maker<'_>) -> Programme {
    let city = maker.dice.rank(maker.world.cities.len());
    let Some(house) = maker.world.house_in(&mut maker.dice, city, &[Design::Club, Design::Theatre, Design::ConcertHall]) else {
        return Programme::default();
    };
    let first = maker.first_day(300);
    let day = maker.book(house, first);
    let sale = Sale { buyer_limit: Some(4), ..maker.sale(day) };
    let what = *maker.dice.pick(shows::FREE_EVENTS);
    let title = format!("{what} at {}", maker.house(house).row.name);
    let description = format!("{what} in {}. {}", maker.city(house).name, maker.dice.pick(FREE_ABOUT));
    let at = maker.curtain(&[(12, 30), (17, 0), (18, 30), (19, 0), (19, 30)]);
    let event = maker.event(plain(title, description, "community", what, house, day, at, 90, 0.0, sale, None));
    Programme { series: None, events: vec![event] }
}

#[allow(clippy::too_many_arguments, reason = "the two callers above name every one of them")]
fn plain<'a>(
    title: String,
    description: String,
    category: &'a str,
    genre: &'a str,
    house: usize,
    day: i64,
    at: (i8, i8),
    minutes: i64,
    price: f64,
    sale: Sale,
    series: Option<domain::SeriesId>,
) -> Show<'a> {
    Show {
        title,
        description,
        category,
        genre,
        event_type: category,
        season: String::new(),
        works: Vec::new(),
        series,
        house,
        cast: Vec::new(),
        day,
        at,
        minutes,
        price,
        popularity: 300,
        sale,
        always: false,
    }
}
