//! The five shapes but for text.

use super::pen::Pen;
use crate::mark::{MarkShape, Piece};
use crate::palette::Colour;
use crate::scene::{Inset, Mark, Marks, Path, PathCommand, RoundRect};
use crate::text::clean;

impl Pen {
    /// `paper` is what shows inside rings.
    pub fn marks(&mut self, marks: &Marks, paper: Colour) {
        if marks.at.is_empty() {
            return;
        }
        self.raw("<g class=\"").escaped(&marks.class).raw("\">");
        if marks.mark == Mark::Disc {
            self.raw("<path fill=\"none\" stroke-linecap=\"round\" stroke=\"").colour(marks.colour);
            self.raw("\" stroke-width=\"").number(marks.radius * 2.0).raw("\" d=\"").dots(marks.at.iter().copied());
            self.raw("\"/>");
        } else {
            for piece in marks.mark.pieces(marks.radius, marks.colour, paper) {
                self.piece(&piece, &marks.at);
            }
        }
        self.raw("</g>\n");
    }

    /// Dots of no length with round caps: the shortest way to say many discs. Relative moves are short, and whole hundredths
    /// add up without drift over fifty thousand seats.
    pub fn dots(&mut self, places: impl Iterator<Item = [f32; 2]>) -> &mut Self {
        let mut last = None;
        for place in places {
            last = Some(self.move_to(last, place));
            self.raw("h0");
        }
        self
    }

    /// One piece of a mark at all its places.
    pub fn piece(&mut self, piece: &Piece, places: &[[f32; 2]]) {
        self.raw("<path");
        self.fill(piece.fill);
        if let Some(stroke) = piece.stroke {
            self.stroke(Some((stroke.colour, stroke.width)), stroke.dash);
        }
        self.raw(" d=\"");
        places.iter().for_each(|place| self.form(&piece.form, *place));
        self.raw("\"/>");
    }

    fn form(&mut self, form: &MarkShape, [x, y]: [f32; 2]) {
        match form {
            MarkShape::Circle([cx, cy], r) => {
                self.move_to(None, [x + cx - r, y + cy]);
                for way in [*r, -*r] {
                    self.raw("a").number(*r).raw(" ").number(*r).raw(" 0 0 1 ").number(2.0 * way).raw(" 0");
                }
                self.raw("z");
            }
            MarkShape::Square(half) => {
                self.move_to(None, [x - half, y - half]);
                self.raw("h").number(2.0 * half).raw("v").number(2.0 * half).raw("h").number(-2.0 * half).raw("z");
            }
            MarkShape::Lines(lines) => {
                for line in lines {
                    let letters = std::iter::once("M").chain(std::iter::repeat("L"));
                    for ([px, py], letter) in line.iter().zip(letters) {
                        self.raw(letter).number(x + px).raw(" ").number(y + py);
                    }
                }
            }
        }
    }

    /// Joins are round, and so are caps unless they end dashes; both are said, since a group around may say otherwise.
    fn stroke(&mut self, stroke: Option<(Colour, f32)>, dash: Option<[f32; 2]>) {
        let Some((colour, width)) = stroke else { return };
        self.raw(" stroke=\"").colour(colour).raw("\" stroke-width=\"").number(width).raw("\" stroke-linejoin=\"round\"");
        match dash {
            Some([dash, gap]) => {
                self.raw(" stroke-dasharray=\"").number(dash).raw(" ").number(gap).raw("\" stroke-linecap=\"butt\"")
            }
            None => self.raw(" stroke-linecap=\"round\""),
        };
    }

    fn fill(&mut self, fill: Option<Colour>) {
        match fill {
            Some(colour) => self.raw(" fill=\"").colour(colour).raw("\""),
            None => self.raw(" fill=\"none\""),
        };
    }

    pub fn path(&mut self, path: &Path) {
        self.raw("<path");
        self.fill(path.fill);
        self.stroke(path.stroke, None);
        self.raw(" d=\"");
        for command in &path.commands {
            match command {
                PathCommand::Move([x, y]) => self.raw("M").number(*x).raw(" ").number(*y),
                PathCommand::Line([x, y]) => self.raw("L").number(*x).raw(" ").number(*y),
                PathCommand::Quad([cx, cy], [x, y]) => {
                    self.raw("Q").number(*cx).raw(" ").number(*cy).raw(" ").number(*x).raw(" ").number(*y)
                }
                PathCommand::Close => self.raw("z"),
            };
        }
        self.raw("\"/>\n");
    }

    pub fn round_rect(&mut self, rect: &RoundRect) {
        self.raw("<rect x=\"").number(rect.x).raw("\" y=\"").number(rect.y).raw("\" width=\"").number(rect.width);
        self.raw("\" height=\"").number(rect.height).raw("\" rx=\"").number(rect.radius).raw("\"");
        self.fill(rect.fill);
        self.stroke(rect.stroke, None);
        self.raw("/>\n");
    }

    /// The picture is within its address: nothing is loaded.
    pub fn inset(&mut self, inset: &Inset) {
        self.raw("<image x=\"").number(inset.x).raw("\" y=\"").number(inset.y).raw("\" width=\"").number(inset.width);
        self.raw("\" height=\"").number(inset.height).raw("\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
        self.escaped(&clean(&inset.logo.alt)).raw("\" href=\"").raw(&inset.logo.address).raw("\"/>\n");
    }
}
