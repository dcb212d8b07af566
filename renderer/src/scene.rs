//! The normal form of a picture: five shapes in pixels, drawn in order.
//!
//! Nothing is left to decide here: text is clean and cut to its place, colours are opaque, seats of one tier and state are
//! one shape.

use std::sync::Arc;

use crate::logo::Logo;
use crate::palette::Colour;

/// A picture.
#[derive(Debug, Clone)]
pub struct Scene {
    pub width: f32,
    pub height: f32,
    /// What a screen reader says first.
    pub title: String,
    /// What was drawn: ids, edition, version, counts.
    pub desc: String,
    pub background: Colour,
    pub shapes: Vec<Shape>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Marks(Marks),
    Path(Path),
    RoundRect(RoundRect),
    Text(Text),
    Inset(Inset),
}

/// Equal marks at many places: the seats of one tier and state.
#[derive(Debug, Clone, PartialEq)]
pub struct Marks {
    pub at: Vec<[f32; 2]>,
    pub mark: Mark,
    /// Half of a mark's width.
    pub radius: f32,
    pub colour: Colour,
    /// The SVG class, such as `t1 available`.
    pub class: String,
}

/// A mark's form. Status is told by these, price by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Disc,
    /// A dashed circle, white inside.
    Ring,
    /// A rounded square.
    Square,
    /// A dashed rounded square, white inside.
    SquareRing,
    /// Two crossing strokes.
    Cross,
    Tick,
    /// A wheelchair.
    Wheelchair,
}

/// A filled or stroked outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub commands: Vec<PathCommand>,
    pub fill: Option<Colour>,
    /// Colour and width; joins and caps are round.
    pub stroke: Option<(Colour, f32)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PathCommand {
    Move([f32; 2]),
    Line([f32; 2]),
    /// Control point and end.
    Quad([f32; 2], [f32; 2]),
    Close,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoundRect {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    pub radius: f32,
    pub fill: Option<Colour>,
    pub stroke: Option<(Colour, f32)>,
}

/// A picture of pixels, stretched to its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Inset {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    pub logo: Arc<Logo>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The anchor; `y` is the baseline.
    pub x: f32,
    pub y: f32,
    /// Clean: see `text::clean`.
    pub text: String,
    pub size: f32,
    pub weight: Weight,
    pub colour: Colour,
    pub anchor: Anchor,
    /// Added after every letter.
    pub spacing: f32,
    /// Degrees clockwise around the anchor's place on the baseline.
    pub turn: f32,
}

/// Inter's three weights; the other scripts have Regular and Bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    Regular = 400,
    SemiBold = 600,
    Bold = 700,
}

/// Which part of a text stands at its `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Middle,
    Right,
}

impl Shape {
    /// Between which heights everything of it stands, with room to spare.
    pub fn rows(&self) -> [f32; 2] {
        let span = |heights: &mut dyn Iterator<Item = f32>, room: f32| {
            heights.fold([f32::MAX, f32::MIN], |[top, bottom], y| [top.min(y - room), bottom.max(y + room)])
        };
        match self {
            Self::Marks(marks) => span(&mut marks.at.iter().map(|[_, y]| *y), 1.3 * marks.radius + 1.0),
            Self::Path(path) => {
                let room = path.stroke.map_or(0.0, |(_, width)| width) + 1.0;
                span(&mut path.commands.iter().flat_map(|command| command.points()).map(|[_, y]| y), room)
            }
            Self::RoundRect(rect) => {
                let room = rect.stroke.map_or(0.0, |(_, width)| width) + 1.0;
                span(&mut [rect.y, rect.y + rect.height].into_iter(), room)
            }
            Self::Inset(inset) => span(&mut [inset.y, inset.y + inset.height].into_iter(), 1.0),
            // a turned one reaches as far as it is long, and is short
            Self::Text(text) if text.turn != 0.0 => {
                let reach = text.size * (1.0 + text.text.len() as f32);
                [text.y - reach, text.y + reach]
            }
            // marks of some scripts stand far above and below the line
            Self::Text(text) => [text.y - 1.6 * text.size, text.y + 0.8 * text.size],
        }
    }
}

impl PathCommand {
    /// The points that it names.
    fn points(self) -> impl Iterator<Item = [f32; 2]> {
        let (control, end) = match self {
            Self::Move(to) | Self::Line(to) => (None, Some(to)),
            Self::Quad(control, to) => (Some(control), Some(to)),
            Self::Close => (None, None),
        };
        control.into_iter().chain(end)
    }
}

impl Scene {
    pub fn push(&mut self, shape: impl Into<Shape>) {
        self.shapes.push(shape.into());
    }
}

impl Path {
    /// A closed polygon.
    pub fn polygon(points: &[[f32; 2]], fill: Colour) -> Self {
        let mut commands: Vec<PathCommand> = points.iter().map(|point| PathCommand::Line(*point)).collect();
        if let Some(first) = points.first() {
            commands[0] = PathCommand::Move(*first);
            commands.push(PathCommand::Close);
        }
        Self { commands, fill: Some(fill), stroke: None }
    }

    /// A closed outline of that surface.
    pub fn closed(commands: Vec<PathCommand>, fill: Colour) -> Self {
        Self { commands, fill: Some(fill), stroke: None }
    }

    pub fn stroked(mut self, colour: Colour, width: f32) -> Self {
        self.stroke = Some((colour, width));
        self
    }
}

impl From<Marks> for Shape {
    fn from(marks: Marks) -> Self {
        Self::Marks(marks)
    }
}

impl From<Path> for Shape {
    fn from(path: Path) -> Self {
        Self::Path(path)
    }
}

impl From<RoundRect> for Shape {
    fn from(rect: RoundRect) -> Self {
        Self::RoundRect(rect)
    }
}

impl From<Text> for Shape {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Inset> for Shape {
    fn from(inset: Inset) -> Self {
        Self::Inset(inset)
    }
}
