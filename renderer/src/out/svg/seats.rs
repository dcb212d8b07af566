//! The seats of a map: grouped and labelled by section and row, within a row by what they look like.
//!
//! Discs of one look are one path of dots; every other mark is defined once and placed. So a seat costs 10 to 50 bytes.

use domain::seat_map::SeatAt;
use domain::{Row, Section, Tier};

use super::SvgPicture;
use crate::drawing::{SeatMapDrawing, SeatState};
use crate::scene::Mark;
use crate::seat_map::{Plan, SeatLook, described, seat_label, state_word};
use crate::text::{Fonts, clean};

/// How much an SVG says of each seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Detail {
    /// Seats of a row that look alike are one shape.
    #[default]
    Rows,
    /// Each seat is an element with its id, its title and its label.
    Seats,
}

/// Writes a seat map as it is now.
///
/// Cost      about 25 ns a seat; 250 bytes a seat in full detail.
pub fn seat_map(fonts: &Fonts, plan: &Plan, drawing: &SeatMapDrawing, detail: Detail) -> String {
    let seats = plan.places.len() * if detail == Detail::Seats { 260 } else { 24 };
    let SeatMapDrawing { event, edition, version, .. } = drawing;
    let data = format!(" data-event=\"{event}\" data-edition=\"{edition}\" data-version=\"{version}\"");
    let mut picture = SvgPicture::begin(fonts, &plan.base, described(drawing), 32_768 + seats, &data);
    picture.shapes(&plan.base.shapes);
    picture.shapes(&plan.plates(fonts, drawing));
    if !plan.places.is_empty() {
        SeatWriter::of(&mut picture, plan, drawing, detail).all();
    }
    picture.shapes(&plan.above(fonts, drawing));
    picture.finish()
}

/// A row's seats of one look.
struct Alike {
    look: SeatLook,
    seats: Vec<usize>,
}

struct SeatWriter<'a, 'f> {
    picture: &'a mut SvgPicture<'f>,
    plan: &'a Plan,
    drawing: &'a SeatMapDrawing,
    detail: Detail,
    /// Which looks have been defined, by their numbers.
    defined: Vec<bool>,
    row: Vec<Alike>,
}

impl<'a, 'f> SeatWriter<'a, 'f> {
    fn of(picture: &'a mut SvgPicture<'f>, plan: &'a Plan, drawing: &'a SeatMapDrawing, detail: Detail) -> Self {
        Self { picture, plan, drawing, detail, defined: vec![false; SeatLook::COUNT], row: Vec::new() }
    }

    fn all(&mut self) {
        let wide = self.plan.radius() * 2.0;
        self.picture.out.raw("<g fill=\"none\" stroke-linecap=\"round\" stroke-width=\"").number(wide).raw("\">\n");
        let map = &self.drawing.map;
        let mut first = 0;
        for section in map.sections.iter().filter(|section| section.rows.iter().any(|row| !row.seats.is_empty())) {
            self.picture.out.raw("<g aria-label=\"").escaped(&clean(&section.label)).raw("\">\n");
            for row in section.rows.iter().filter(|row| !row.seats.is_empty()) {
                self.picture.out.raw("<g aria-label=\"Row ").escaped(&row.label).raw("\">");
                match self.detail {
                    Detail::Rows => self.alike(first, row.seats.len()),
                    Detail::Seats => self.each(first, section, row),
                }
                self.picture.out.raw("</g>\n");
                first += row.seats.len();
            }
            self.picture.out.raw("</g>\n");
        }
        self.picture.out.raw("</g>\n");
    }

    /// A row as few shapes: one a look.
    fn alike(&mut self, first: usize, count: usize) {
        self.row.iter_mut().for_each(|alike| alike.seats.clear());
        for seat in first..first + count {
            let look = self.plan.look(seat, self.drawing.state(seat));
            match self.row.iter_mut().find(|alike| alike.look == look) {
                Some(alike) => alike.seats.push(seat),
                None => self.row.push(Alike { look, seats: vec![seat] }),
            }
        }
        let mut row = std::mem::take(&mut self.row);
        for alike in row.iter().filter(|alike| !alike.seats.is_empty()) {
            if self.disc(alike.look) {
                let places = alike.seats.iter().map(|seat| self.plan.places[*seat]);
                self.picture.out.raw(" d=\"").dots(places).raw("\"/>");
            } else {
                for seat in &alike.seats {
                    self.define(alike.look);
                    self.place(alike.look, *seat);
                    self.picture.out.raw("/>");
                }
            }
        }
        // a few looks are the next row's too; what piles up over a big map is forgotten
        row.truncate(32);
        self.row = row;
    }

    /// Begins the path of a look that is a disc; says whether it is one.
    fn disc(&mut self, look: SeatLook) -> bool {
        let (mark, share, colour) = look.mark(self.plan.palette());
        if mark != Mark::Disc {
            return false;
        }
        let out = &mut self.picture.out;
        out.raw("<path stroke=\"").colour(colour).raw("\"");
        if share < 1.0 {
            out.raw(" stroke-width=\"").number(self.plan.radius() * share * 2.0).raw("\"");
        }
        true
    }

    /// Defines a look at the origin, the first time that it is met.
    fn define(&mut self, look: SeatLook) {
        if std::mem::replace(&mut self.defined[look.number()], true) {
            return;
        }
        let (palette, paper) = (self.plan.palette(), self.picture.paper);
        let out = &mut self.picture.out;
        out.raw("<defs><g id=\"").raw(&self.picture.prefix).raw("s").plain(look.number()).raw("\">");
        for (mark, radius, colour) in look.marks(palette, self.plan.radius()) {
            mark.pieces(radius, colour, paper).iter().for_each(|piece| out.piece(piece, &[[0.0, 0.0]]));
        }
        out.raw("</g></defs>");
    }

    /// Begins the element that places a defined look.
    fn place(&mut self, look: SeatLook, seat: usize) {
        let [x, y] = self.plan.places[seat];
        let out = &mut self.picture.out;
        out.raw("<use href=\"#").raw(&self.picture.prefix).raw("s").plain(look.number());
        out.raw("\" x=\"").number(x).raw("\" y=\"").number(y).raw("\"");
    }

    /// A row seat by seat.
    fn each(&mut self, first: usize, section: &Section, row: &Row) {
        for (seat, index) in row.seats.iter().zip(first..) {
            let at = SeatAt { index: index as u32, section, row, seat };
            let state = self.drawing.state(index);
            let look = self.plan.look(index, state);
            let disc = self.disc(look);
            if !disc {
                self.define(look);
                self.place(look, index);
            }
            let (label, word) = (seat_label(&at), state_word(state));
            let out = &mut self.picture.out;
            out.raw(" id=\"").escaped(&at.id()).raw("\" class=\"t").plain(self.plan.kinds[index].0).raw(" ");
            out.raw(class(state)).raw("\" aria-label=\"").escaped(&label).raw(": ").raw(word).raw("\"");
            if disc {
                out.raw(" d=\"").dots(std::iter::once(self.plan.places[index])).raw("\"");
            }
            out.raw("><title>").escaped(&label).raw(", ");
            if let Some(Tier { name, price, .. }) = self.drawing.tiers.iter().find(|tier| tier.id == self.plan.kinds[index].0) {
                out.escaped(&clean(name)).raw(" ").escaped(&price.to_string()).raw(", ");
            }
            out.raw(word).raw(if disc { "</title></path>\n" } else { "</title></use>\n" });
        }
    }
}

fn class(state: SeatState) -> &'static str {
    match state {
        SeatState::Available => "available",
        SeatState::Held => "held",
        SeatState::Sold => "sold",
        SeatState::Blocked => "blocked",
    }
}
