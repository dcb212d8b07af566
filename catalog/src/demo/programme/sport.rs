//! Sport: a season in which clubs meet twice, at home and away.

use jiff::civil::Weekday;

use super::{LAST_DAY, Maker, Programme, Show, cast};
use crate::demo::names;
use crate::demo::roster::Club;
use crate::demo::sale::Sale;
use crate::demo::words::shows;
use crate::model::EventRow;

const WEEKEND: &[Weekday] = &[Weekday::Friday, Weekday::Saturday, Weekday::Sunday];

pub fn season(maker: &mut Maker<'_>) -> Programme {
    let clubs = &maker.world.roster.clubs;
    if clubs.is_empty() {
        return Programme::default();
    }
    let anchor = &clubs[maker.dice.below(clubs.len())];
    let league = league(maker, anchor);
    let (sport, kind) = shows::SPORTS[anchor.sport];
    let word = names::title(&mut maker.dice, "{a} {n}", "");
    let first_day = maker.first_day(250);
    let year = maker.calendar().date(first_day).year();
    let season = format!("{year}/{:02}", (year + 1) % 100);
    let title = format!("{word} {sport} {kind} {season}");
    let series = maker.series(
        "season",
        &title,
        "sports",
        format!("{} clubs meet twice, at home and away, from {} on.", league.len(), maker.calendar().date(first_day)),
    );
    let sale = maker.plain_sale(first_day);
    let rounds = rounds(league.len());
    let mut events = Vec::new();
    for (n, round) in rounds.iter().enumerate() {
        let week = first_day + 7 * n as i64;
        for (home, away) in round {
            let from = week + maker.dice.range(0, 2);
            let day = maker.calendar().next(from, WEEKEND);
            if day < LAST_DAY {
                let event = game(maker, league[*home], league[*away], day, &season, series.id, sale);
                events.push(event);
            }
        }
    }
    Programme { series: Some(series), events }
}

/// Six to ten clubs of one sport around the anchor, one a city.
fn league<'a>(maker: &mut Maker<'a>, anchor: &'a Club) -> Vec<&'a Club> {
    let place = maker.world.cities[anchor.act.city].place;
    let mut rivals: Vec<_> =
        maker.world.roster.clubs.iter().filter(|club| club.sport == anchor.sport && club.act.city != anchor.act.city).collect();
    rivals.sort_by(|a, b| {
        let distance = |club: &Club| maker.world.cities[club.act.city].place.distance_km(place);
        distance(a).total_cmp(&distance(b)).then(a.home.cmp(&b.home)).then(a.act.row.name.cmp(&b.act.row.name))
    });
    rivals.dedup_by_key(|club| club.act.city);
    rivals.truncate(maker.dice.range(2, 4) as usize * 2 + 1);
    if rivals.len() % 2 == 0 {
        rivals.pop();
    }
    std::iter::once(anchor).chain(rivals).collect()
}

/// Every pair twice, once on each ground. Source: the circle method for round-robin tournaments.
fn rounds(clubs: usize) -> Vec<Vec<(usize, usize)>> {
    let mut circle: Vec<_> = (0..clubs).collect();
    let mut first = Vec::new();
    for round in 0..clubs.saturating_sub(1) {
        let pairs = (0..clubs / 2).map(|n| (circle[n], circle[clubs - 1 - n]));
        first.push(pairs.map(|(a, b)| if round % 2 == 0 { (a, b) } else { (b, a) }).collect::<Vec<_>>());
        circle[1..].rotate_right(1);
    }
    let second: Vec<_> = first.iter().map(|round| round.iter().map(|(home, away)| (*away, *home)).collect()).collect();
    first.into_iter().chain(second).collect()
}

fn game(
    maker: &mut Maker<'_>,
    home: &Club,
    away: &Club,
    day: i64,
    season: &str,
    series: domain::SeriesId,
    sale: Sale,
) -> EventRow {
    let (home_name, away_name) = (&home.act.row.name, &away.act.row.name);
    let day = maker.book(home.home, day);
    let at = maker.curtain(&[(13, 0), (15, 0), (15, 30), (17, 30), (19, 30), (20, 0)]);
    let lines = [
        format!("{home_name} receive {away_name} at {}.", maker.house(home.home).row.name),
        format!("{away_name} travel to {} to meet {home_name}.", maker.city(home.home).name),
    ];
    let ends = [
        "The stands open ninety minutes before.",
        "Children under six sit free on a lap.",
        "A season card is valid.",
        "Away supporters sit in the ends.",
    ];
    let description = format!("{} {}", maker.dice.pick(&lines), maker.dice.pick(&ends));
    let price =
        if maker.house(home.home).places > 6_000 { maker.dice.between(40.0, 90.0) } else { maker.dice.between(16.0, 38.0) };
    maker.event(Show {
        title: format!("{home_name} vs {away_name}"),
        description,
        category: "sports",
        genre: home.act.genre,
        event_type: "match",
        season: season.to_owned(),
        works: Vec::new(),
        series: Some(series),
        house: home.home,
        cast: vec![cast(home.act.id(), "home"), cast(away.act.id(), "away")],
        day,
        at,
        minutes: 120,
        price,
        popularity: (home.act.popularity + away.act.popularity) / 3 + 1,
        sale,
        always: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_pair_meets_once_on_each_ground() {
        let games: Vec<_> = rounds(8).into_iter().flatten().collect();
        let pairs: HashSet<_> = games.iter().collect();
        assert_eq!((games.len(), pairs.len()), (56, 56));
        assert!(games.iter().all(|(home, away)| home != away));
    }
}
