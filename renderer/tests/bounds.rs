//! Bad and extreme maps: each is refused at the door with its field named, or drawn within bounds.

use std::sync::Arc;

use domain::seat_map::{MAX_SEATS, Stage};
use domain::{Area, EventId, Money, Row, Seat, SeatMap, Section, Tier, TierId};
use renderer::{Detail, DrawError, MAX_WIDTH, MIN_WIDTH, Renderer, SeatMapDrawing, SeatState, Theme};

fn tier() -> TierId {
    TierId::nth(0).expect("a tier")
}

/// Rows of 100 seats, placed by a rule.
fn hall(seats: usize, place: impl Fn(usize) -> [f32; 2]) -> SeatMap {
    let seat = |n: usize| {
        let [x, y] = place(n);
        Seat { number: (n % 100 + 1).to_string(), x, y, accessible: n == 0, companion_of: None, gap_after: false }
    };
    let row =
        |first: usize| Row { label: format!("R{}", first / 100 + 1), seats: (first..seats.min(first + 100)).map(seat).collect() };
    let rows = (0..seats).step_by(100).map(row).collect();
    let section = Section { id: "a".into(), label: "Floor".into(), tier: tier(), outline: Vec::new(), floor: None, rows };
    SeatMap { name: "Hall".into(), focal_point: None, stage: None, sections: vec![section], areas: Vec::new() }
}

fn grid(n: usize) -> [f32; 2] {
    [(n % 100) as f32 * 10.0, (n / 100) as f32 * 10.0]
}

fn drawing(map: SeatMap) -> SeatMapDrawing {
    assert_eq!(map.validate(), Ok(()), "an importable map");
    let states = [SeatState::Available, SeatState::Sold, SeatState::Held, SeatState::Blocked];
    SeatMapDrawing {
        title: "Owls".into(),
        subtitle: "Tonight".into(),
        tiers: vec![Tier { id: tier(), name: "Floor".into(), price: Money::new(5_000, "AUD".parse().expect("a currency")) }],
        seat_tiers: Vec::new(),
        seat_states: (0..map.seat_count() as usize).map(|n| states[n % 4]).collect(),
        areas: Vec::new(),
        selected: Vec::new(),
        event: EventId(uuid::Uuid::nil()),
        edition: 1,
        version: 1,
        map: Arc::new(map),
    }
}

/// Draws in both forms; gives the SVG.
fn draw(drawing: &SeatMapDrawing, widths: &[u32]) -> String {
    let renderer = Renderer::new().expect("a renderer");
    for width in widths {
        let png = renderer.seat_map_png(drawing, *width).expect("a picture");
        let image = image::load_from_memory(&png).expect("a PNG");
        assert!(image.width() == *width && image.height() <= 2 * width + 400, "{} × {}", image.width(), image.height());
    }
    let svg = renderer.seat_map_svg(drawing);
    resvg::usvg::roxmltree::Document::parse(&svg).expect("valid XML");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "every number is one");
    svg
}

#[test]
fn one_seat_and_the_most_that_a_map_may_have() {
    draw(&drawing(hall(1, grid)), &[320, 4_096]);
    let svg = draw(&drawing(hall(MAX_SEATS, grid)), &[320]);
    assert!(svg.len() < 64 * MAX_SEATS, "{}", svg.len());
}

#[test]
fn seats_in_one_place_and_in_one_line() {
    draw(&drawing(hall(5_000, |_| [7.0, 7.0])), &[320, 1_200]);
    draw(&drawing(hall(500, |n| [n as f32 * 0.001, 0.0])), &[320]);
    draw(&drawing(hall(500, |n| [0.0, n as f32 * 10.0])), &[320, 1_200]);
    draw(&drawing(hall(300, |n| [(n % 2) as f32 * 1e5, (n / 2 % 2) as f32 * -1e5])), &[320, 1_200]);
}

#[test]
fn stages_and_areas_of_no_or_odd_forms() {
    let forms: [Vec<[f32; 2]>; 6] = [
        Vec::new(),
        vec![[0.0, 0.0], [10.0, 0.0]],
        vec![[5.0, 5.0]; 4],
        vec![[0.0, 0.0], [100.0, 0.0], [0.0, 100.0], [100.0, 100.0]],
        vec![[-1e5, -1e5], [1e5, -1e5], [1e5, 1e5]],
        (0..1_000).map(|n| [(n as f32 * 1.7).sin() * 300.0, (n as f32 * 2.9).cos() * 300.0]).collect(),
    ];
    for outline in forms {
        let mut map = hall(200, grid);
        map.stage = Some(Stage { label: "Stage".into(), outline: outline.clone() });
        map.areas = vec![Area {
            id: "x".into(),
            label: "Field".into(),
            tier: tier(),
            capacity: 5,
            outline: outline.clone(),
            floor: None,
        }];
        map.sections[0].outline = outline;
        draw(&drawing(map), &[320, 1_200]);
    }
}

#[test]
fn labels_full_of_markup_and_control_characters_are_letters() {
    let nasty = "</text><script>alert(1)</script>\u{0}\u{202E}\u{1B}[31m&\"'".to_owned();
    let mut map = hall(200, grid);
    map.name = nasty.clone();
    map.stage = Some(Stage { label: nasty.clone(), outline: vec![[0.0, -80.0], [900.0, -80.0], [900.0, -20.0], [0.0, -20.0]] });
    map.sections[0].label = nasty.clone();
    map.areas = vec![Area { id: "x".into(), label: nasty.clone(), tier: tier(), capacity: 5, outline: Vec::new(), floor: None }];
    let mut drawing = drawing(map);
    (drawing.title, drawing.subtitle) = (nasty.repeat(120), nasty.repeat(120));
    drawing.tiers[0].name = nasty.repeat(120);
    let svg = draw(&drawing, &[320, 1_200]);
    let renderer = Renderer::new().expect("a renderer");
    let detailed = renderer.seat_map_svg_plan(&drawing, Theme::Light, Detail::Seats);
    let detailed = renderer.planned_svg(&detailed, &drawing, Detail::Seats);
    resvg::usvg::roxmltree::Document::parse(&detailed).expect("valid XML");
    for svg in [svg, detailed] {
        assert!(!svg.contains("<script") && !svg.contains('\u{202E}') && !svg.contains('\u{1B}') && !svg.contains('\0'));
        assert!(svg.len() < 400_000, "a text of 5,000 characters is cut: {}", svg.len());
    }
}

#[test]
fn what_no_map_may_hold_is_refused_with_its_field() {
    type Spoil = fn(&mut SeatMap);
    let table: [(Spoil, &str); 5] = [
        (|map| *map = hall(MAX_SEATS + 1, grid), "sections"),
        (|map| map.sections[0].label = "x".repeat(5_000), "sections[0].label"),
        (|map| map.sections[0].rows[0].label = "A\u{7}".into(), "sections[0].rows[0].label"),
        (|map| map.sections[0].rows[0].seats[0].number = "<b>".into(), "sections[0].rows[0].seats[0].number"),
        (|map| map.sections[0].rows[0].seats[3].y = f32::NAN, "sections[0].rows[0].seats[3]"),
    ];
    for (spoil, field) in table {
        let mut map = hall(200, grid);
        spoil(&mut map);
        assert_eq!(map.validate().expect_err(field).field, field);
    }
    let endless = serde_json::to_string(&hall(1, grid)).expect("JSON").replace("\"x\":0.0", "\"x\":1e308");
    let read = serde_json::from_str::<SeatMap>(&endless).map(|map| map.validate());
    assert!(!matches!(read, Ok(Ok(()))), "{read:?}");
}

#[test]
fn widths_beyond_the_limits_are_refused() {
    let (renderer, drawing) = (Renderer::new().expect("a renderer"), drawing(hall(1, grid)));
    for width in [0, MIN_WIDTH - 1, MAX_WIDTH + 1, u32::MAX] {
        assert!(matches!(renderer.seat_map_png(&drawing, width), Err(DrawError::Width(wrong)) if wrong == width));
    }
}
