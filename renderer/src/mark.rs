//! Marks as paths around the origin: what one seat looks like, for SVG and pixels alike.

use crate::palette::Colour;
use crate::scene::Mark;

/// A mark drawn once: strokes and fills of simple forms.
#[derive(Debug, Clone)]
pub struct Piece {
    pub form: MarkShape,
    pub fill: Option<Colour>,
    pub stroke: Option<Stroke>,
}

#[derive(Debug, Clone, Copy)]
pub struct Stroke {
    pub colour: Colour,
    pub width: f32,
    /// Dash and gap.
    pub dash: Option<[f32; 2]>,
}

#[derive(Debug, Clone)]
pub enum MarkShape {
    /// Centre and radius.
    Circle([f32; 2], f32),
    /// Half of the side.
    Square(f32),
    Lines(Vec<Vec<[f32; 2]>>),
}

const DASHES: f32 = 8.0;

impl Mark {
    /// The mark's pieces for a radius and a colour; `paper` is what shows inside rings.
    pub fn pieces(self, radius: f32, colour: Colour, paper: Colour) -> Vec<Piece> {
        let r = radius;
        let line = |width: f32| Some(Stroke { colour, width, dash: None });
        match self {
            Mark::Disc => vec![Piece { form: MarkShape::Circle([0.0, 0.0], r), fill: Some(colour), stroke: None }],
            Mark::Ring => vec![ring(r, colour, paper)],
            // the corners come from the stroke's round joins
            Mark::Square => vec![Piece { form: MarkShape::Square(r * 0.68), fill: Some(colour), stroke: line(r * 0.64) }],
            Mark::SquareRing => vec![square_ring(r, colour, paper)],
            Mark::Cross => {
                let a = r * 0.62;
                let strokes = vec![vec![[-a, -a], [a, a]], vec![[-a, a], [a, -a]]];
                vec![Piece { form: MarkShape::Lines(strokes), fill: None, stroke: line(r * 0.34) }]
            }
            Mark::Tick => {
                let stroke = scaled(&[[-0.42, 0.06], [-0.12, 0.36], [0.44, -0.3]], r);
                vec![Piece { form: MarkShape::Lines(vec![stroke]), fill: None, stroke: line(r * 0.24) }]
            }
            Mark::Wheelchair => wheelchair(r, colour),
        }
    }
}

fn scaled(points: &[[f32; 2]], by: f32) -> Vec<[f32; 2]> {
    points.iter().map(|[x, y]| [x * by, y * by]).collect()
}

fn ring(radius: f32, colour: Colour, paper: Colour) -> Piece {
    let width = radius * 0.22;
    let r = radius - width / 2.0;
    let step = std::f32::consts::TAU * r / DASHES;
    let dash = Some([step * 0.58, step * 0.42]);
    Piece { form: MarkShape::Circle([0.0, 0.0], r), fill: Some(paper), stroke: Some(Stroke { colour, width, dash }) }
}

fn square_ring(radius: f32, colour: Colour, paper: Colour) -> Piece {
    let width = radius * 0.22;
    let half = radius - width / 2.0;
    let step = half;
    let dash = Some([step * 0.58, step * 0.42]);
    Piece { form: MarkShape::Square(half), fill: Some(paper), stroke: Some(Stroke { colour, width, dash }) }
}

/// Head, back and legs, and three quarters of a wheel.
fn wheelchair(r: f32, colour: Colour) -> Vec<Piece> {
    let stroke = Some(Stroke { colour, width: r * 0.17, dash: None });
    let body = scaled(&[[-0.1, -0.3], [-0.06, 0.1], [0.3, 0.1], [0.44, 0.46]], r);
    let arm = scaled(&[[-0.08, -0.1], [0.24, -0.1]], r);
    let wheel: Vec<[f32; 2]> = (0..=14)
        .map(|step| {
            let angle = (80.0 + step as f32 * 13.5_f32).to_radians();
            [(-0.06 + 0.4 * (angle - 1.2).cos()) * r, (0.22 + 0.4 * (angle - 1.2).sin()) * r]
        })
        .collect();
    vec![
        Piece { form: MarkShape::Circle([-0.1 * r, -0.56 * r], r * 0.15), fill: Some(colour), stroke: None },
        Piece { form: MarkShape::Lines(vec![body, arm, wheel]), fill: None, stroke },
    ]
}
