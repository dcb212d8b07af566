//! A picture that is kept and changed is, byte for byte, the picture drawn from nothing; and it is a PNG for everybody.

mod support;

use std::sync::Arc;

use proptest::prelude::*;
use renderer::{AreaState, Easel, LADDER, Renderer, SeatMapDrawing, SeatState, Theme, rung};
use support::case::{Case, MapCase};

const STATES: [SeatState; 4] = [SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];

fn map(name: &str) -> Box<MapCase> {
    let path = format!("{}/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    match serde_json::from_slice(&std::fs::read(path).expect("a case")).expect("a case") {
        Case::SeatMap(map) => map,
        _ => panic!("{name} is no seat map"),
    }
}

/// One step of a sale: seats that change, places left of an area, what the viewer chose.
#[derive(Debug, Clone)]
struct Step {
    seats: Vec<(prop::sample::Index, usize)>,
    area: Option<(prop::sample::Index, u32)>,
    selected: Vec<prop::sample::Index>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let seats = prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize), 0..5);
    let area = prop::option::of((any::<prop::sample::Index>(), 0..3_u32));
    let step = (seats, area, prop::collection::vec(any::<prop::sample::Index>(), 0..3));
    prop::collection::vec(step.prop_map(|(seats, area, selected)| Step { seats, area, selected }), 1..5)
}

impl Step {
    fn apply(&self, drawing: &mut SeatMapDrawing) {
        let count = drawing.seat_states.len();
        for (seat, state) in self.seats.iter().filter(|_| count > 0) {
            drawing.seat_states[seat.index(count)] = STATES[*state];
        }
        if let Some((area, left)) = self.area.filter(|_| !drawing.areas.is_empty()) {
            let area = area.index(drawing.areas.len());
            drawing.areas[area].available = left * 100;
        }
        drawing.selected = self.selected.iter().filter(|_| count > 0).map(|seat| seat.index(count) as u32).collect();
        drawing.version += 1;
    }
}

fn check(name: &str, width: u32, theme: Theme, steps: &[Step]) {
    let renderer = Renderer::new().expect("a renderer");
    let mut drawing = map(name).drawing();
    // two grounds, since one's marks and colours are made in the order in which they are needed
    let [ground, other] = [(); 2].map(|()| Arc::new(renderer.seat_map_ground(&drawing, theme, width).expect("a ground")));
    let mut easel = Easel::new(ground);
    for step in steps {
        step.apply(&mut drawing);
        let kept = renderer.redraw(&mut easel, &drawing).expect("a picture");
        let mut fresh = Easel::new(Arc::clone(&other));
        assert!(kept == renderer.redraw(&mut fresh, &drawing).expect("a picture"), "{name} {width}: {step:?}");
        assert_eq!(image::load_from_memory(&kept).expect("a PNG").width(), width);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn seats_change_as_if_all_were_drawn_anew(steps in steps()) {
        check("accessible", 640, Theme::Light, &steps);
    }

    #[test]
    fn areas_change_as_if_all_were_drawn_anew(steps in steps()) {
        check("areas", 400, Theme::Dark, &steps);
    }

    #[test]
    fn shaded_sections_change_as_if_all_were_drawn_anew(steps in steps()) {
        check("arena", 320, Theme::Contrast, &steps);
    }
}

/// Control: the comparison sees a seat that was forgotten.
#[test]
fn a_forgotten_seat_is_seen() {
    let renderer = Renderer::new().expect("a renderer");
    let mut drawing = map("small-hall").drawing();
    drawing.selected.clear();
    let before = renderer.seat_map_png(&drawing, 1200).expect("a picture");
    let seat = drawing.seat_states.iter().position(|state| *state == SeatState::Available).expect("a free seat");
    drawing.seat_states[seat] = SeatState::Sold;
    assert!(before != renderer.seat_map_png(&drawing, 1200).expect("a picture"));
}

#[test]
fn what_stands_at_the_picture_s_edges_is_cut_and_not_wrapped() {
    let renderer = Renderer::new().expect("a renderer");
    let mut drawing = map("small-hall").drawing();
    drawing.selected = vec![0, drawing.map.seat_count() - 1];
    for width in [320, 4_096] {
        let png = renderer.seat_map_png(&drawing, width).expect("a picture");
        let image = image::load_from_memory(&png).expect("a PNG").to_rgb8();
        for y in 0..image.height() {
            assert_eq!((image.get_pixel(0, y).0, image.get_pixel(width - 1, y).0), ([255; 3], [255; 3]), "{width} row {y}");
        }
    }
}

/// Two decoders of others read the stripes; the texts say what is drawn.
#[test]
fn other_decoders_read_it() {
    let renderer = Renderer::new().expect("a renderer");
    let drawing = map("areas").drawing();
    let png = renderer.seat_map_png(&drawing, 800).expect("a picture");
    let theirs = resvg::tiny_skia::Pixmap::decode_png(&png).expect("a PNG");
    let ours = image::load_from_memory(&png).expect("a PNG").to_rgb8();
    assert_eq!((theirs.width(), theirs.height()), ours.dimensions());
    assert!(ours.pixels().zip(theirs.pixels()).all(|(a, b)| a.0 == [b.red(), b.green(), b.blue()]));
    let text = String::from_utf8_lossy(&png).into_owned();
    assert!(text.contains("Description") && text.contains("version 17."), "the file says its version");
}

#[test]
fn widths_between_the_ladder_s_look_alike() {
    let renderer = Renderer::new().expect("a renderer");
    let mut drawing = map("areas").drawing();
    drawing.areas = drawing.areas.iter().map(|area| AreaState { available: 77, ..*area }).collect();
    for width in [321, 777, 1_599] {
        assert!(!LADDER.contains(&width));
        let png = renderer.seat_map_png(&drawing, width).expect("a picture");
        let small = image::load_from_memory(&png).expect("a PNG").to_rgb8();
        assert_eq!(small.width(), width);
        let large = renderer.seat_map_png(&drawing, rung(width)).expect("a picture");
        let large = image::load_from_memory(&large).expect("a PNG").to_rgb8();
        let scaled = image::imageops::resize(&large, width, small.height(), image::imageops::FilterType::Triangle);
        let off = small.pixels().zip(scaled.pixels()).map(|(a, b)| u64::from(a.0[1].abs_diff(b.0[1]))).sum::<u64>();
        let mean = off as f64 / f64::from(width * small.height());
        assert!(mean < 2.0, "{width}: {mean}");
    }
}
