//! The outlines of a scene's shapes, built by whatever builder the pixels and the PDF have.

use crate::mark::MarkShape;
use crate::scene::{Path, PathCommand, RoundRect};

/// A circle as four cubic curves.
const KAPPA: f32 = 0.552_284_8;

/// Takes an outline part by part.
pub trait Builder {
    fn move_to(&mut self, x: f32, y: f32);
    fn line_to(&mut self, x: f32, y: f32);
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32);
    fn cubic_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32);
    fn close(&mut self);
}

/// Makes a builder take outlines: its own methods have the same names.
macro_rules! builds {
    ($builder:ty) => {
        impl $crate::out::outline::Builder for $builder {
            fn move_to(&mut self, x: f32, y: f32) {
                self.move_to(x, y);
            }
            fn line_to(&mut self, x: f32, y: f32) {
                self.line_to(x, y);
            }
            fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
                self.quad_to(cx, cy, x, y);
            }
            fn cubic_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
                self.cubic_to(ax, ay, bx, by, x, y);
            }
            fn close(&mut self) {
                self.close();
            }
        }
    };
}
pub(super) use builds;

pub fn path(builder: &mut impl Builder, path: &Path) {
    for command in &path.commands {
        match command {
            PathCommand::Move([x, y]) => builder.move_to(*x, *y),
            PathCommand::Line([x, y]) => builder.line_to(*x, *y),
            PathCommand::Quad([cx, cy], [x, y]) => builder.quad_to(*cx, *cy, *x, *y),
            PathCommand::Close => builder.close(),
        }
    }
}

pub fn round_rect(builder: &mut impl Builder, rect: &RoundRect) {
    let RoundRect { x, y, width, height, .. } = *rect;
    let r = rect.radius.min(width / 2.0).min(height / 2.0);
    let (right, bottom, c) = (x + width, y + height, r * (1.0 - KAPPA));
    builder.move_to(x + r, y);
    builder.line_to(right - r, y);
    builder.cubic_to(right - c, y, right, y + c, right, y + r);
    builder.line_to(right, bottom - r);
    builder.cubic_to(right, bottom - c, right - c, bottom, right - r, bottom);
    builder.line_to(x + r, bottom);
    builder.cubic_to(x + c, bottom, x, bottom - c, x, bottom - r);
    builder.line_to(x, y + r);
    builder.cubic_to(x, y + c, x + c, y, x + r, y);
    builder.close();
}

/// One form of a mark, around a place.
pub fn form(builder: &mut impl Builder, form: &MarkShape, [x, y]: [f32; 2]) {
    match form {
        MarkShape::Circle([cx, cy], r) => {
            let (x, y, k) = (x + cx, y + cy, r * KAPPA);
            builder.move_to(x - r, y);
            builder.cubic_to(x - r, y - k, x - k, y - r, x, y - r);
            builder.cubic_to(x + k, y - r, x + r, y - k, x + r, y);
            builder.cubic_to(x + r, y + k, x + k, y + r, x, y + r);
            builder.cubic_to(x - k, y + r, x - r, y + k, x - r, y);
            builder.close();
        }
        MarkShape::Square(half) => {
            builder.move_to(x - half, y - half);
            builder.line_to(x + half, y - half);
            builder.line_to(x + half, y + half);
            builder.line_to(x - half, y + half);
            builder.close();
        }
        MarkShape::Lines(lines) => {
            for line in lines {
                let mut points = line.iter();
                points.by_ref().take(1).for_each(|[px, py]| builder.move_to(x + px, y + py));
                points.for_each(|[px, py]| builder.line_to(x + px, y + py));
            }
        }
    }
}
