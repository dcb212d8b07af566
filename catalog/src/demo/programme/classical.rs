//! Classical music: an orchestra's programme, played on a few evenings, or a concert season.

use super::{Maker, Programme, Show, cast, work};
use crate::demo::hall::Design;
use crate::demo::words::music;
use crate::model::Cast;

const HOUSES: &[Design] = &[Design::ConcertHall, Design::Theatre, Design::Club];

const ENDS: &[&str] = &[
    "An introduction is given in the foyer half an hour before.",
    "One interval.",
    "Students pay half at the door when seats are left.",
    "The concert is recorded for the radio.",
    "The first desk players talk about the work afterwards.",
    "Part of the subscription series.",
];

pub fn concerts(maker: &mut Maker<'_>) -> Programme {
    let roster = &maker.world.roster;
    let rank = maker.dice.rank(roster.orchestras.len());
    let orchestra = &roster.orchestras[rank];
    let soloist = &roster.soloists[maker.dice.rank(roster.soloists.len())];
    let mut bill: Vec<Cast> = vec![cast(orchestra.id(), "orchestra")];
    let mut guest = cast(soloist.id(), if soloist.row.instruments == ["conductor"] { "conductor" } else { "soloist" });
    guest.instrument = soloist.row.instruments.first().cloned().unwrap_or_default();
    bill.push(guest);
    let pieces: Vec<_> = (0..2 + maker.dice.below(2)).map(|_| *maker.dice.pick(music::REPERTOIRE)).collect();
    let (composer, piece) = pieces[0];
    let family = composer.split(' ').next_back().unwrap_or(composer);
    let title = match maker.dice.below(4) {
        0 => format!("{}: {family} {piece}", orchestra.row.name),
        1 => format!("{family}: {piece}"),
        2 => format!("{family} & {}", pieces[1].0.split(' ').next_back().unwrap_or(pieces[1].0)),
        _ => format!("{piece} — {}", orchestra.row.name),
    };
    let opening = format!("{} plays {piece} by {composer} with {}.", orchestra.row.name, soloist.row.name);
    let mut works: Vec<_> = pieces.iter().map(|(composer, title)| work(composer, title)).collect();
    works.dedup();
    let dates = 1 + maker.dice.below(5);
    let series = (dates > 1).then(|| maker.series("series", &title, "classical", opening.clone()));
    let mut day = maker.first_day(345);
    let sale = maker.plain_sale(day);
    let (price, mut events) = (maker.dice.between(38.0, 95.0), Vec::new());
    let everywhere: Vec<_> = (0..maker.world.cities.len()).collect();
    let route = maker.world.near(&mut maker.dice, maker.world.cities[orchestra.city].place, &everywhere, dates);
    for stop in 0..dates {
        // Two evenings at home, then the road.
        let city = if stop < 2 { orchestra.city } else { route[stop.min(route.len() - 1)] };
        let Some(house) = maker.world.house_in(&mut maker.dice, city, HOUSES) else { continue };
        day = maker.book(house, day + 1);
        let at = maker.curtain(&[(19, 30), (19, 30), (20, 0), (11, 0), (15, 0), (18, 0)]);
        let description = format!("{opening} {}", maker.dice.pick(ENDS));
        let show = Show {
            title: title.clone(),
            description,
            category: "classical",
            genre: "Classical",
            event_type: "concert",
            season: String::new(),
            works: works.clone(),
            series: series.as_ref().map(|series| series.id),
            house,
            cast: bill.clone(),
            day,
            at,
            minutes: 120,
            price,
            popularity: orchestra.popularity / 6 + 1,
            sale,
            always: false,
        };
        events.push(maker.event(show));
    }
    Programme { series, events }
}
