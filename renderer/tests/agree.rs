//! SVG and PNG are the same picture: our SVG, drawn by another renderer, comes close to our PNG.

mod support;

use std::sync::Arc;

use renderer::Renderer;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use support::case::{Case, MapCase};

/// No fonts at all: a picture brings its letters along.
fn options() -> Options<'static> {
    Options { fontdb: Arc::new(fontdb::Database::new()), ..Options::default() }
}

/// The share of pixels that differ clearly, and the mean difference of a channel.
fn difference(svg: &str, png: &[u8]) -> (f64, f64) {
    let ours = image::load_from_memory(png).expect("a PNG").to_rgb8();
    let tree = Tree::from_str(svg, &options()).expect("valid SVG");
    let scale = ours.width() as f32 / tree.size().width();
    let mut theirs = Pixmap::new(ours.width(), ours.height()).expect("a pixmap");
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut theirs.as_mut());
    let (mut clear, mut sum) = (0_u64, 0_u64);
    for (ours, theirs) in ours.pixels().zip(theirs.pixels()) {
        let parts = [theirs.red(), theirs.green(), theirs.blue()];
        let most = ours.0.iter().zip(parts).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
        clear += u64::from(most > 64);
        sum += u64::from(most);
    }
    let pixels = f64::from(ours.width()) * f64::from(ours.height());
    (clear as f64 / pixels, sum as f64 / pixels)
}

fn case(name: &str) -> Case {
    let path = format!("{}/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("a case")).expect("a case")
}

fn map(name: &str) -> Box<MapCase> {
    match case(name) {
        Case::SeatMap(map) => map,
        _ => panic!("{name} is no seat map"),
    }
}

#[test]
fn seat_maps_agree_at_several_sizes() {
    let renderer = Renderer::new().expect("a renderer");
    for name in ["small-hall", "accessible", "areas", "many-tiers"] {
        let drawing = map(name).drawing();
        let svg = renderer.seat_map_svg(&drawing);
        let (clear, mean) = difference(&svg, &renderer.seat_map_png(&drawing, renderer::SVG_WIDTH).expect("a PNG"));
        assert!(clear < 0.004 && mean < 1.2, "{name}: {clear} {mean}");
    }
    // above 1,200 px a layout only grows
    let drawing = map("small-hall").drawing();
    let (clear, mean) = difference(&renderer.seat_map_svg(&drawing), &renderer.seat_map_png(&drawing, 2400).expect("a PNG"));
    assert!(clear < 0.01 && mean < 2.0, "2400: {clear} {mean}");
}

#[test]
fn tickets_agree() {
    let renderer = Renderer::new().expect("a renderer");
    let ticket = case("ticket-seat");
    let (clear, mean) = difference(&ticket.svg(&renderer).expect("an SVG"), &ticket.png(&renderer));
    assert!(clear < 0.004 && mean < 1.2, "{clear} {mean}");
}

/// Control: the comparison sees a seat that changed its state.
#[test]
fn another_state_does_not_agree() {
    let renderer = Renderer::new().expect("a renderer");
    let mut drawing = map("small-hall").drawing();
    let svg = renderer.seat_map_svg(&drawing);
    drawing.seat_states.fill(renderer::SeatState::Sold);
    let (clear, _) = difference(&svg, &renderer.seat_map_png(&drawing, renderer::SVG_WIDTH).expect("a PNG"));
    assert!(clear > 0.02, "{clear}");
}

#[test]
fn right_to_left_and_markup_are_read_as_text() {
    let svg = case("rtl-markup").svg(&Renderer::new().expect("a renderer")).expect("an SVG");
    let tree = resvg::usvg::roxmltree::Document::parse(&svg).expect("valid XML");
    let elements = ["svg", "title", "desc", "path", "rect", "text", "g", "use", "defs"];
    assert!(tree.descendants().filter(|node| node.is_element()).all(|node| elements.contains(&node.tag_name().name())));
    let title = tree.descendants().find(|node| node.has_tag_name("title")).and_then(|node| node.text().map(str::to_owned));
    assert!(title.is_some_and(|title| title.contains("<script>alert(1)</script>")), "the markup is there, as letters");
    assert!(!svg.contains('\u{202E}'), "no override");
    let (clear, _) =
        difference(&svg, &Renderer::new().expect("a renderer").seat_map_png(&map("rtl-markup").drawing(), 1200).expect("a PNG"));
    assert!(clear < 0.006, "{clear}");
}
