//! Labels keep apart from each other and from seats, on all designs of the demo, in all sizes; blocks are named.

use std::sync::Arc;

use catalog::demo::{Design, hall};
use domain::{EventId, Money, SeatMap, Tier, TierId};
use renderer::{AreaState, Plan, Renderer, Scene, SeatMapDrawing, SeatState, Shape, Theme};

const WIDTHS: [u32; 6] = [320, 400, 800, 1_200, 2_000, 4_096];

fn drawing(design: Design, places: u32) -> SeatMapDrawing {
    let map = hall(design, places);
    let tier = |(n, name): (usize, &&str)| Tier {
        id: TierId::nth(n).expect("a tier"),
        name: (*name).to_owned(),
        price: Money::new(12_550, "AUD".parse().expect("a currency")),
    };
    SeatMapDrawing {
        title: "The Night Owls and the Grand Harbour Philharmonic Orchestra, live".into(),
        subtitle: "Friday 12 March 2027, 20:00 · Royal Concert Hall, Brisbane".into(),
        tiers: design.tier_names().iter().enumerate().map(tier).collect(),
        seat_tiers: Vec::new(),
        seat_states: Vec::new(),
        areas: map.areas.iter().map(|area| AreaState { tier: area.tier, available: area.capacity }).collect(),
        selected: Vec::new(),
        event: EventId(uuid::Uuid::nil()),
        edition: 1,
        version: 1,
        map: Arc::new(map),
    }
}

/// Small, middling and large houses of each design.
fn houses() -> Vec<(Design, u32)> {
    let sizes = |design: Design| {
        let (least, most) = design.limits();
        [least, 500, 2_000, 20_000.min(most)].map(|places| (design, places.clamp(least, most)))
    };
    let mut houses: Vec<_> = Design::ALL.into_iter().flat_map(sizes).collect();
    houses.push((Design::Stadium, 60_000));
    houses.sort_unstable();
    houses.dedup();
    houses
}

/// What a text covers: its four corners.
type Room = [[f32; 2]; 4];

fn rooms(renderer: &Renderer, scene: &Scene) -> Vec<(String, Room)> {
    let room = |shape: &Shape| match shape {
        Shape::Text(text) if !text.text.is_empty() => {
            let wide = renderer.text_width(text);
            let left = match text.anchor {
                renderer::Anchor::Left => text.x,
                renderer::Anchor::Middle => text.x - wide / 2.0,
                renderer::Anchor::Right => text.x - wide,
            };
            // capitals and digits, which all letters of ours stand on the line with
            let (top, bottom) = (text.y - 0.73 * text.size, text.y);
            let (sin, cos) = text.turn.to_radians().sin_cos();
            let turned = |[x, y]: [f32; 2]| {
                let (x, y) = (x - text.x, y - text.y);
                [text.x + x * cos - y * sin, text.y + x * sin + y * cos]
            };
            let corners = [[left, top], [left + wide, top], [left + wide, bottom], [left, bottom]];
            Some((text.text.clone(), corners.map(turned)))
        }
        _ => None,
    };
    scene.shapes.iter().filter_map(room).collect()
}

/// Whether no line along a side of either parts two boxes.
fn overlap(a: Room, b: Room) -> bool {
    let sides = [a, b].into_iter().flat_map(|room| [[room[0], room[1]], [room[1], room[2]]]);
    sides.into_iter().all(|[from, to]| {
        let side = [to[0] - from[0], to[1] - from[1]];
        let span = |room: Room| {
            let places = room.map(|[x, y]| x * side[0] + y * side[1]);
            (places.into_iter().fold(f32::MAX, f32::min), places.into_iter().fold(f32::MIN, f32::max))
        };
        let ((a_low, a_high), (b_low, b_high)) = (span(a), span(b));
        a_low < b_high && b_low < a_high
    })
}

fn square([x, y]: [f32; 2], r: f32) -> Room {
    [[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]]
}

/// The first two labels that collide, or a label and a seat.
fn collision(renderer: &Renderer, plan: &Plan, scene: &Scene) -> Option<String> {
    let rooms = rooms(renderer, scene);
    for (n, (text, room)) in rooms.iter().enumerate() {
        if let Some((other, _)) = rooms[..n].iter().find(|(_, other)| overlap(*room, *other)) {
            return Some(format!("{text:?} and {other:?}"));
        }
        if room.iter().any(|[x, y]| *x < 0.0 || *x > scene.width || *y < 0.0 || *y > scene.height) {
            return Some(format!("{text:?} leaves the picture"));
        }
        let r = plan.radius() * 0.9;
        let middle = [(room[0][0] + room[2][0]) / 2.0, (room[0][1] + room[2][1]) / 2.0];
        let reach = r + (room[2][0] - room[0][0]).hypot(room[2][1] - room[0][1]);
        if let Some([x, y]) = plan
            .places
            .iter()
            .filter(|[x, y]| (x - middle[0]).abs() < reach && (y - middle[1]).abs() < reach)
            .find(|place| overlap(*room, square(**place, r)))
        {
            return Some(format!("{text:?} and a seat at {x}, {y}"));
        }
    }
    None
}

#[test]
fn labels_never_collide() {
    let renderer = Renderer::new().expect("a renderer");
    let mut found = Vec::new();
    for (design, places) in houses() {
        let drawing = drawing(design, places);
        for width in WIDTHS {
            let plan = renderer.seat_map_plan(&drawing, Theme::Light, width);
            let scene = renderer.seat_map_scene(&plan, &drawing);
            found.extend(collision(&renderer, &plan, &scene).map(|what| format!("{design:?} {places} at {width}: {what}")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Control: the test sees two labels in one place, and one on a seat.
#[test]
fn a_collision_is_seen() {
    let renderer = Renderer::new().expect("a renderer");
    let drawing = drawing(Design::Theatre, 500);
    let plan = renderer.seat_map_plan(&drawing, Theme::Light, 1_200);
    let scene = renderer.seat_map_scene(&plan, &drawing);
    let letter = scene.shapes.iter().rposition(|shape| matches!(shape, Shape::Text(_))).expect("a text");
    for at in [None, Some(plan.places[0])] {
        let mut scene = scene.clone();
        let mut twin = scene.shapes[letter].clone();
        if let (Shape::Text(text), Some([x, y])) = (&mut twin, at) {
            (text.x, text.y) = (x, y);
        }
        scene.shapes.push(twin);
        assert!(collision(&renderer, &plan, &scene).is_some());
    }
}

fn numbers(map: &SeatMap) -> Vec<&str> {
    map.sections.iter().filter_map(|section| section.label.rsplit(' ').next()).collect()
}

#[test]
fn stadium_and_arena_name_their_blocks_at_every_size() {
    let renderer = Renderer::new().expect("a renderer");
    let mut missing = Vec::new();
    for (design, places) in houses().into_iter().filter(|(design, _)| matches!(design, Design::Arena | Design::Stadium)) {
        let drawing = drawing(design, places);
        for width in WIDTHS {
            let plan = renderer.seat_map_plan(&drawing, Theme::Light, width);
            let scene = renderer.seat_map_scene(&plan, &drawing);
            let texts: Vec<String> = rooms(&renderer, &scene).into_iter().map(|(text, _)| text).collect();
            let unnamed: Vec<_> = numbers(&drawing.map)
                .into_iter()
                .filter(|number| !texts.iter().any(|text| text == number || text.ends_with(&format!(" {number}"))))
                .collect();
            if !unnamed.is_empty() {
                missing.push(format!(
                    "{design:?} {places} at {width}: {} of {}: {unnamed:?}",
                    unnamed.len(),
                    drawing.map.sections.len()
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_seat_costs_less_than_sixty_bytes_of_svg() {
    let renderer = Renderer::new().expect("a renderer");
    let states =
        [SeatState::Available, SeatState::Sold, SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];
    for (design, places) in houses() {
        let mut drawing = drawing(design, places);
        let seats = drawing.map.seat_count() as usize;
        drawing.seat_states =
            (0..seats).map(|n| states[((n as u32).wrapping_mul(2_654_435_761) >> 24) as usize % states.len()]).collect();
        let svg = renderer.seat_map_svg(&drawing);
        let Some((_, marks)) = svg.split_once("<g fill=\"none\" stroke-linecap=\"round\"") else { continue };
        let marks = marks.split("\n</g>\n</g>\n").next().expect("the seats").len();
        assert!(seats < 400 || marks < 60 * seats, "{design:?} {places}: {} a seat", marks / seats);
        // the letters of a small house, drawn as outlines, weigh as much as its seats
        if seats > 2_000 {
            assert!(svg.len() < 60 * seats, "{design:?} {places}: {} a seat in all", svg.len() / seats);
        }
        for section in &drawing.map.sections {
            assert!(
                svg.contains(&format!("<g aria-label=\"{}\">\n<g aria-label=\"Row {}\">", section.label, section.rows[0].label))
            );
        }
    }
}
