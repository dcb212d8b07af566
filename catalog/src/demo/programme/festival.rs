//! Festivals: two to four days on a field, many acts a day.

use super::{Maker, Programme, Show, cast};
use crate::demo::hall::Design;
use crate::demo::names;
use crate::demo::words::shows;

/// A first day in the warm half of the year there, if a few draws find one.
fn in_summer(maker: &mut Maker<'_>, lat: f64) -> i64 {
    let warm = |month: i8| match lat {
        15.0.. => (5..=9).contains(&month),
        ..=-15.0 => !(4..=10).contains(&month),
        _ => true,
    };
    let draws: Vec<_> = (0..12).map(|_| maker.dice.range(0, 340)).collect();
    draws.iter().copied().find(|day| warm(maker.calendar().date(*day).month())).unwrap_or(draws[0])
}

pub fn festival(maker: &mut Maker<'_>) -> Programme {
    let cities = maker.world.cities_with(Design::OpenAir);
    let city = maker.city_of(cities);
    let Some(house) = maker.world.house_in(&mut maker.dice, city, &[Design::OpenAir]) else { return Programme::default() };
    let city_name = &maker.city(house).name;
    let pattern = *maker.dice.pick(shows::FESTIVAL_PATTERNS);
    let name = names::title(&mut maker.dice, pattern, city_name);
    let lat = maker.city(house).place.lat;
    let first = in_summer(maker, lat);
    let title = format!("{name} {}", maker.calendar().date(first).year());
    let days = maker.dice.range(2, 4);
    let place = maker.house(house).row.name.clone();
    let series =
        maker.series("festival", &title, "festival", format!("{days} days of music at {place} in {}.", maker.city(house).name));
    let sale = maker.sale(first);
    let price = maker.dice.between(70.0, 160.0);
    let music = &maker.world.roster.music;
    let mut events = Vec::new();
    for n in 0..days {
        let day = maker.book(house, first + n);
        let mut acts: Vec<_> = (0..maker.dice.range(5, 9)).map(|_| &music[maker.dice.rank(music.len())]).collect();
        acts.sort_by(|a, b| b.popularity.cmp(&a.popularity).then(a.row.name.cmp(&b.row.name)));
        acts.dedup_by_key(|act| act.id());
        let bill = acts.iter().enumerate().map(|(n, act)| cast(act.id(), if n == 0 { "headliner" } else { "act" })).collect();
        let names: Vec<_> = acts.iter().take(3).map(|act| act.row.name.as_str()).collect();
        let description =
            format!("Day {} of {name}: {} and {} more at {place}.", n + 1, names.join(", "), acts.len().saturating_sub(3).max(1));
        let show = Show {
            title: format!("{title} — Day {}", n + 1),
            description,
            category: "festival",
            genre: acts[0].genre,
            event_type: "festival day",
            season: String::new(),
            works: Vec::new(),
            series: Some(series.id),
            house,
            cast: bill,
            day,
            at: (14, 0),
            minutes: 540,
            price,
            popularity: acts[0].popularity,
            sale,
            always: false,
        };
        events.push(maker.event(show));
    }
    Programme { series: Some(series), events }
}
