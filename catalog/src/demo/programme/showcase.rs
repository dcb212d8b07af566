//! The dates that every demo has under known external ids, so that a reader can try each kind of sale at once.

use jiff::SignedDuration;

use super::{Maker, Programme, Show, cast};
use crate::demo::hall::Design;
use crate::demo::sale::Sale;
use crate::model::EventRow;

const TITLE: &str = "The Night Owls — Paper Moons Tour";

/// One line of the table below.
type Line = (&'static str, Design, i64, f64, i64, Option<u32>);

/// `(external id, house, day, dearest tier in dollars, seconds from now to the opening, limit for each buyer)`.
const DATES: [Line; 6] = [
    ("demo-night-owls", Design::ConcertHall, 30, 95.0, -86_400 * 20, None),
    ("demo-opens-soon", Design::ConcertHall, 33, 95.0, 600, Some(4)),
    ("demo-opens-tomorrow", Design::Theatre, 36, 70.0, 86_400, None),
    ("demo-stadium", Design::Stadium, 40, 120.0, -86_400 * 20, Some(8)),
    ("demo-standing", Design::Club, 44, 38.0, -86_400 * 20, None),
    ("demo-free", Design::Theatre, 47, 0.0, -86_400 * 20, Some(4)),
];

/// One tour of the most loved band: a sale that is open, two that open soon, the biggest house, a standing room, a free night.
pub fn showcase(maker: &mut Maker<'_>) -> Programme {
    let act = &maker.world.roster.music[0];
    let description =
        "The Night Owls bring their Paper Moons Tour to the stage: lanterns, strings and songs for the last tram home.";
    let series = maker.series("tour", TITLE, "concert", description.to_owned());
    let mut events: Vec<EventRow> = Vec::new();
    for (external_id, design, day, price, opens_in, buyer_limit) in DATES {
        let Some(house) = liveliest(maker, design) else { continue };
        let opens_at = maker.calendar().now.saturating_add(SignedDuration::from_secs(opens_in)).unwrap_or(maker.calendar().now);
        let city = &maker.city(house).name;
        let day = maker.book(house, day);
        let event = maker.event(Show {
            title: TITLE.to_owned(),
            description: format!("{} {city} is one of six stops. Two sets and a long encore.", act.row.description),
            category: "concert",
            genre: act.genre,
            event_type: "concert",
            season: String::new(),
            works: Vec::new(),
            series: Some(series.id),
            house,
            cast: vec![cast(act.id(), "headliner")],
            day,
            at: (20, 0),
            minutes: 150,
            price,
            popularity: act.popularity,
            sale: Sale { opens_at, buyer_limit },
            always: true,
        });
        events.push(EventRow { external_id: Some(external_id.to_owned()), ..event });
    }
    Programme { series: Some(series), events }
}

/// The biggest house of that design in the liveliest city that has one.
fn liveliest(maker: &Maker<'_>, design: Design) -> Option<usize> {
    let city = *maker.world.cities_with(design).first()?;
    maker.world.houses_in(city, design).iter().copied().max_by_key(|house| maker.house(*house).places)
}
