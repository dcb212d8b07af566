//! The dates that every demo has under known external ids, so that a reader can try each kind of sale at once.

use jiff::SignedDuration;

use super::{Maker, Programme, Show, cast};
use crate::demo::hall::Design;
use crate::demo::roster::Act;
use crate::demo::sale::Sale;
use crate::model::EventRow;

/// A title with its dates.
struct Bill {
    /// What is played: of a band it stands behind the name.
    title: &'static str,
    about: &'static str,
    stage: Stage,
    dates: &'static [Line],
}

/// Who plays.
#[derive(Clone, Copy)]
enum Stage {
    /// A band by its rank.
    Band(usize),
    /// The most loved company.
    Company,
}

/// `(external id, house, its size, day, dearest tier in dollars, seconds from now to the opening, limit for each buyer)`.
type Line = (&'static str, Design, Size, i64, f64, i64, Option<u32>);

#[derive(Clone, Copy)]
enum Size {
    Smallest,
    Biggest,
}

use Size::{Biggest, Smallest};

const LONG_AGO: i64 = -86_400 * 20;

const BILLS: [Bill; 6] = [
    Bill {
        title: "Paper Moons Tour",
        about: "Lanterns, strings and songs for the last tram home. Two sets and a long encore.",
        stage: Stage::Band(0),
        dates: &[
            ("demo-night-owls", Design::ConcertHall, Biggest, 30, 95.0, LONG_AGO, None),
            ("demo-opens-tomorrow", Design::Theatre, Biggest, 36, 70.0, 86_400, None),
        ],
    },
    Bill {
        title: "Live in the Round",
        about: "The whole record, in order, in the middle of the house.",
        stage: Stage::Band(1),
        dates: &[("demo-opens-soon", Design::ConcertHall, Biggest, 33, 85.0, 600, Some(4))],
    },
    Bill {
        title: "The Big Field Show",
        about: "One night, one stage, and everybody who ever played on their records.",
        stage: Stage::Band(2),
        dates: &[("demo-stadium", Design::Stadium, Biggest, 40, 120.0, LONG_AGO, Some(8))],
    },
    Bill {
        title: "Basement Sessions",
        about: "No seats, no support, no setlist.",
        stage: Stage::Band(3),
        dates: &[("demo-standing", Design::Club, Biggest, 44, 38.0, LONG_AGO, None)],
    },
    Bill {
        title: "The Lighthouse Keeper’s Inventory",
        about: "A comedy of doors, letters and one very long dinner.",
        stage: Stage::Company,
        dates: &[
            ("demo-sold-out", Design::Theatre, Smallest, 17, 64.0, LONG_AGO, None),
            ("demo-few-left", Design::Theatre, Smallest, 18, 64.0, LONG_AGO, None),
            ("demo-wheelchair", Design::Theatre, Smallest, 19, 64.0, LONG_AGO, None),
        ],
    },
    Bill {
        title: "Songs for an Open House",
        about: "Free, for whoever comes first.",
        stage: Stage::Band(4),
        dates: &[("demo-free", Design::Theatre, Biggest, 47, 0.0, LONG_AGO, Some(4))],
    },
];

/// How many programmes the showcase is.
pub const SHOWCASES: u64 = BILLS.len() as u64;

/// One programme of the showcase: sales that are open, open soon or are over, the biggest house, a standing room, a free night.
pub fn showcase(maker: &mut Maker<'_>, number: u64) -> Programme {
    let bill = &BILLS[number as usize % BILLS.len()];
    let act = act(maker, bill.stage);
    let of_band = matches!(bill.stage, Stage::Band(_));
    let (title, kind, category) = match bill.stage {
        Stage::Band(_) => (format!("{} — {}", act.row.name, bill.title), "tour", "concert"),
        Stage::Company => (bill.title.to_owned(), "play", "theatre"),
    };
    let series = maker.series(kind, &title, category, bill.about.to_owned());
    let mut events: Vec<EventRow> = Vec::new();
    for (external_id, design, size, day, price, opens_in, buyer_limit) in bill.dates {
        let Some(house) = liveliest(maker, *design, *size) else { continue };
        let opens_at = maker.calendar().now.saturating_add(SignedDuration::from_secs(*opens_in)).unwrap_or(maker.calendar().now);
        let day = maker.book(house, *day);
        let event = maker.event(Show {
            title: title.clone(),
            description: format!("{} {}", act.row.description, bill.about),
            category,
            genre: if of_band { act.genre } else { "Comedy" },
            event_type: if of_band { "concert" } else { "performance" },
            season: String::new(),
            works: Vec::new(),
            series: Some(series.id),
            house,
            cast: vec![cast(act.id(), if of_band { "headliner" } else { "company" })],
            day,
            at: (20, 0),
            minutes: 150,
            price: *price,
            popularity: act.popularity,
            sale: Sale { opens_at, buyer_limit: *buyer_limit },
            always: true,
        });
        events.push(EventRow { external_id: Some((*external_id).to_owned()), ..event });
    }
    Programme { series: Some(series), events }
}

fn act<'a>(maker: &Maker<'a>, stage: Stage) -> &'a Act {
    let roster = &maker.world.roster;
    match stage {
        Stage::Band(rank) => &roster.music[rank % roster.music.len()],
        Stage::Company => &roster.companies[0],
    }
}

/// A house of that design in the liveliest city that has one.
fn liveliest(maker: &Maker<'_>, design: Design, size: Size) -> Option<usize> {
    let city = *maker.world.cities_with(design).first()?;
    let houses = maker.world.houses_in(city, design).iter().copied();
    match size {
        Biggest => houses.max_by_key(|house| maker.house(*house).places),
        Smallest => houses.min_by_key(|house| maker.house(*house).places),
    }
}
