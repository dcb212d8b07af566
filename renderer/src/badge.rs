//! Our mark: a ticket with a fold, on a colour.

use crate::palette::Colour;
use crate::scene::{Mark, Marks, Path, PathCommand, RoundRect, Scene};

/// Lays the mark out in a square.
pub fn scene(ground: Colour, side: f32) -> Scene {
    let (unit, words) = (side / 28.0, ground.words());
    let mut scene = Scene {
        width: side,
        height: side,
        title: "Boxoffice".to_owned(),
        desc: String::new(),
        background: ground,
        shapes: Vec::new(),
    };
    let (x, y, width, height) = (3.0 * unit, 7.0 * unit, 22.0 * unit, 14.0 * unit);
    scene.push(RoundRect { x, y, width, height, radius: 2.0 * unit, fill: Some(words), stroke: None });
    let at = vec![[x, side / 2.0], [x + width, side / 2.0]];
    scene.push(Marks { at, mark: Mark::Disc, radius: 2.6 * unit, colour: ground, class: "notch".to_owned() });
    let dash = |top: f32| [PathCommand::Move([17.0 * unit, top * unit]), PathCommand::Line([17.0 * unit, (top + 1.6) * unit])];
    let commands = [9.4, 13.2, 17.0].into_iter().flat_map(dash).collect();
    scene.push(Path { commands, fill: None, stroke: Some((ground, 1.6 * unit)) });
    scene
}
