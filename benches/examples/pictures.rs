//! Draws every design of the demo in all themes and some sizes: `cargo run -p bench --example pictures FOLDER [part of a name]`.

use std::sync::Arc;

use catalog::demo::{Design, hall};
use domain::{EventId, Money, Tier};
use renderer::{AreaState, Detail, Renderer, SeatMapDrawing, SeatState, Theme};

fn drawing(design: Design, places: u32) -> SeatMapDrawing {
    let map = hall(design, places);
    let prices = [9_500, 7_500, 5_500, 3_500];
    let tiers = design.tier_names().iter().zip(prices).enumerate().map(|(n, (name, amount))| Tier {
        id: domain::TierId::nth(n).expect("a tier"),
        name: (*name).to_owned(),
        price: Money::new(amount, "AUD".parse().expect("a currency")),
    });
    let mut last = SeatState::Available;
    let states = map.seats().map(|at| {
        let n = at.index.wrapping_mul(2_654_435_761) >> 16;
        if n % 3 == 0 {
            last = match n / 3 % 100 {
                0..35 => SeatState::Sold,
                35..43 => SeatState::Held,
                43..46 => SeatState::Blocked,
                _ => SeatState::Available,
            };
        }
        last
    });
    SeatMapDrawing {
        title: format!("The Night Owls — {design:?}"),
        subtitle: "Friday 12 March 2027, 20:00 · Royal Concert Hall, Brisbane".into(),
        tiers: tiers.collect(),
        seat_tiers: map.seats().map(|at| at.section.tier).collect(),
        seat_states: states.collect(),
        areas: map.areas.iter().map(|area| AreaState { tier: area.tier, available: area.capacity / 3 }).collect(),
        selected: Vec::new(),
        event: EventId(uuid::Uuid::nil()),
        edition: 1,
        version: 17,
        map: Arc::new(map),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let part = arguments.next().unwrap_or_default();
    let renderer = Renderer::new().expect("a renderer");
    let houses = Design::ALL.map(|design| {
        (
            design,
            match design {
                Design::Theatre => 900,
                Design::ConcertHall => 1_800,
                Design::Cinema => 220,
                Design::Arena => 12_000,
                Design::Stadium => 30_000,
                Design::Club => 800,
                Design::OpenAir => 40_000,
            },
        )
    });
    let more = [
        (Design::Stadium, 2_400),
        (Design::Stadium, 20_000),
        (Design::Stadium, 60_000),
        (Design::Arena, 2_000),
        (Design::Cinema, 60),
    ];
    for (design, places) in houses.into_iter().chain(more) {
        let drawing = drawing(design, places);
        for theme in Theme::ALL {
            let name = format!("{design:?}-{places}-{}", theme.word());
            if !name.contains(&part) {
                continue;
            }
            for width in [400, 1_200, 4_096] {
                let png = renderer.seat_map_png_in(&drawing, theme, width).expect("a PNG");
                std::fs::write(format!("{folder}/{name}-{width}.png"), png).expect("a folder to write to");
            }
            for detail in [Detail::Rows, Detail::Seats] {
                let plan = renderer.seat_map_svg_plan(&drawing, theme, detail);
                let svg = renderer.planned_svg(&plan, &drawing, detail);
                println!(
                    "{name} {detail:?} {} bytes, {} a seat",
                    svg.len(),
                    svg.len() / drawing.map.seat_count().max(1) as usize
                );
                std::fs::write(format!("{folder}/{name}-{detail:?}.svg"), svg).expect("a folder to write to");
            }
        }
    }
}
