//! Seat maps of 20,000 seats, drawn in process.

use std::sync::Arc;

use anyhow::Result;
use catalog::demo::{Design, hall};
use domain::{EventId, Money, Stopwatch, Tier, TierId};
use rand::{Rng, SeedableRng, rngs::StdRng};
use renderer::{AreaState, Renderer, SeatMapDrawing, SeatState};

use crate::report::{Figure, median};

const SEATS: u32 = 20_000;
const WIDTH: u32 = 1_200;

pub fn measure(rounds: usize) -> Result<Vec<Figure>> {
    let renderer = Renderer::new()?;
    let mut drawing = stadium()?;
    let (mut svg_ms, mut png_ms, mut bytes) = (Vec::new(), Vec::new(), (0, 0));
    for round in 0..rounds * 5 {
        let changed = round % drawing.seat_states.len();
        drawing.seat_states[changed] = SeatState::Held;
        drawing.version += 1;
        let watch = Stopwatch::start();
        bytes.0 = renderer.seat_map_svg(&drawing).len();
        svg_ms.push(watch.seconds() * 1e3);
        let watch = Stopwatch::start();
        bytes.1 = renderer.seat_map_png(&drawing, WIDTH)?.len();
        png_ms.push(watch.seconds() * 1e3);
    }
    let (svg, png) = (median(svg_ms), median(png_ms));
    Ok(vec![
        Figure::new(
            &format!("seat map of {SEATS} seats, SVG"),
            "5 ms",
            format!("{svg:.1} ms, {} KB", bytes.0 / 1_000),
            Some(svg <= 5.0),
        ),
        Figure::new(
            &format!("… PNG {WIDTH} px, states changed each time"),
            "40 ms",
            format!("{png:.1} ms, {} KB", bytes.1 / 1_000),
            Some(png <= 40.0),
        ),
    ])
}

fn stadium() -> Result<SeatMapDrawing> {
    let map = hall(Design::Stadium, SEATS);
    let tiers: Vec<Tier> = (0..4)
        .filter_map(TierId::nth)
        .map(|id| Ok(Tier { id, name: format!("Tier {id}"), price: Money::new(5_000, "AUD".parse()?) }))
        .collect::<Result<_>>()?;
    let mut rng = StdRng::seed_from_u64(20);
    let states = [SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];
    Ok(SeatMapDrawing {
        seat_tiers: map.seats().map(|at| at.section.tier).collect(),
        seat_states: map.seats().map(|_| states[rng.random_range(0..4)]).collect(),
        areas: map.areas.iter().map(|area| AreaState { tier: area.tier, available: area.capacity }).collect(),
        map: Arc::new(map),
        title: "The Night Owls".into(),
        subtitle: "Fri 12 Mar 2027, 20:00".into(),
        tiers,
        selected: vec![],
        event: EventId::at(jiff::Timestamp::UNIX_EPOCH),
        edition: 1,
        version: 1,
    })
}
