//! A ticket: a pass for a phone's screen or a sheet of paper, with a code that scans from both.

use std::sync::Arc;

use domain::ticket_code;

use crate::code::Modules;
use crate::drawing::{TicketDrawing, TicketPlace};
use crate::error::DrawError;
use crate::logo::Logo;
use crate::palette::{Colour, FAINT, INK, LINE, PAPER, tier_colour};
use crate::scene::{Anchor, Inset, Mark, Marks, Path, PathCommand, RoundRect, Scene, Text, Weight};
use crate::text::{Fonts, Style, clean, fit, is_rtl, wrap};

const WIDTH: f32 = 400.0;
/// Around the card, and within it.
const EDGE: f32 = 14.0;
const PAD: f32 = 26.0;
const LEFT: f32 = EDGE + PAD;
const RIGHT: f32 = WIDTH - EDGE - PAD;
/// Of the small words on paper.
const QUIET: Colour = Colour(0x5F, 0x6B, 0x7E);
const DESK: Colour = Colour(0xEC, 0xEF, 0xF4);
/// A module of the code: whole pixels scan best.
const MODULE: f32 = 5.0;

/// Lays a ticket out: 400 wide, as high as its texts ask for.
///
/// Refuses   `DrawError::Code`.
pub fn scene(fonts: &Fonts, drawing: &TicketDrawing) -> Result<Scene, DrawError> {
    let title = clean(&drawing.event_title);
    let (tier, theme) = (tier_colour(drawing.tier_id), &drawing.theme);
    let (head, accent) = (theme.head.unwrap_or(tier.mix(INK, 0.82)), theme.accent.unwrap_or(tier));
    let mut pass = TicketScene { fonts, scene: empty(drawing, &title), y: EDGE };
    let head_end = pass.head(drawing, &title, theme.on_head.unwrap_or_else(|| head.words()), head);
    pass.when(drawing);
    pass.place(&drawing.place, accent);
    pass.fields(&[("ACCESS", clean(&drawing.access), 0.0)], Style { size: 15.0, weight: Weight::SemiBold }, accent);
    pass.who(drawing);
    let fold = pass.y;
    pass.code(drawing)?;
    pass.small_print(drawing);
    Ok(pass.finish(head, head_end, fold))
}

struct TicketScene<'a> {
    fonts: &'a Fonts,
    scene: Scene,
    /// The bottom of what is drawn.
    y: f32,
}

fn empty(drawing: &TicketDrawing, title: &str) -> Scene {
    let mut place = match &drawing.place {
        TicketPlace::Seat { section, row, number } => format!("{}, row {}, seat {}", clean(section), clean(row), clean(number)),
        TicketPlace::Area { label } => clean(label),
    };
    if !drawing.access.is_empty() {
        place.push_str(&format!(", {}", clean(&drawing.access)));
    }
    let (venue, mut when) = (clean(&drawing.venue), format!("{} {}", clean(&drawing.local_date), clean(&drawing.local_time)));
    if !drawing.local_doors.is_empty() {
        when.push_str(&format!(", doors {}", clean(&drawing.local_doors)));
    }
    let number = ticket_code::short(drawing.ticket);
    let desc = format!("{place}. {venue}, {when}. Ticket {number}, edition {}.", drawing.edition);
    Scene { width: WIDTH, height: 0.0, title: format!("Ticket: {title}"), desc, background: DESK, shapes: Vec::new() }
}

/// `Fri 12 Mar 2027`; what is no date stays as it is.
fn spoken_date(date: &str) -> String {
    let parsed = date.parse::<jiff::civil::Date>();
    parsed.map_or_else(|_| clean(date), |date| date.strftime("%a %-d %b %Y").to_string())
}

impl TicketScene<'_> {
    /// The organiser's picture, alone in its row.
    fn logo(&mut self, logo: &Arc<Logo>, rtl: bool) {
        let [width, height] = logo.size();
        let x = if rtl { RIGHT - width } else { LEFT };
        self.y += 20.0;
        self.scene.push(Inset { x, y: self.y, width, height, logo: Arc::clone(logo) });
        self.y += height - 4.0;
    }

    /// Logo, title, venue and address on the coloured head; gives its bottom.
    fn head(&mut self, drawing: &TicketDrawing, title: &str, words: Colour, ground: Colour) -> f32 {
        let bold = Style { size: 23.0, weight: Weight::Bold };
        if let Some(logo) = &drawing.theme.logo {
            self.logo(logo, is_rtl(title));
        }
        self.y += 14.0;
        for line in wrap(self.fonts, title, bold, RIGHT - LEFT, 3) {
            self.y += 28.0;
            self.edge_text(&line, is_rtl(title), bold, words);
        }
        self.y += 3.0;
        let plain = Style { size: 13.5, weight: Weight::Regular };
        let (venue, city, address) = (clean(&drawing.venue), clean(&drawing.city), clean(&drawing.address));
        let both = if city.is_empty() || venue.ends_with(&city) { venue } else { format!("{venue} · {city}") };
        let quieter = if words.contrast(ground) > 7.0 { words.mix(ground, 0.88) } else { words };
        for (text, style, height, lines) in [(both, plain, 20.0, 2), (address, Style { size: 11.5, ..plain }, 16.0, 2)] {
            for line in wrap(self.fonts, &text, style, RIGHT - LEFT, lines) {
                self.y += height;
                self.edge_text(&line, is_rtl(&text), style, quieter);
            }
        }
        self.y += 20.0;
        self.y
    }

    fn when(&mut self, drawing: &TicketDrawing) {
        self.y += 10.0;
        let style = Style { size: 17.0, weight: Weight::SemiBold };
        let (date, doors, starts) = (spoken_date(&drawing.local_date), clean(&drawing.local_doors), clean(&drawing.local_time));
        if doors.is_empty() {
            self.fields(&[("DATE", date, 0.0), ("STARTS", starts, 0.62)], style, INK);
        } else {
            self.fields(&[("DATE", date, 0.0), ("DOORS", doors, 0.5), ("STARTS", starts, 0.8)], style, INK);
        }
    }

    fn place(&mut self, place: &TicketPlace, accent: Colour) {
        let big = Style { size: 26.0, weight: Weight::Bold };
        match place {
            TicketPlace::Seat { section, row, number } => {
                let fields = [("SECTION", clean(section), 0.0), ("ROW", clean(row), 0.62), ("SEAT", clean(number), 0.82)];
                self.fields(&fields, big, accent);
            }
            TicketPlace::Area { label } => self.fields(&[("AREA · NO NUMBERED SEAT", clean(label), 0.0)], big, accent),
        }
    }

    fn who(&mut self, drawing: &TicketDrawing) {
        let style = Style { size: 13.5, weight: Weight::SemiBold };
        self.fields(&[("HOLDER", clean(&drawing.holder), 0.0)], style, INK);
        self.fields(&[("CATEGORY", clean(&drawing.tier), 0.0), ("PRICE", drawing.price_line(), 0.62)], style, INK);
        self.y += 16.0;
    }

    /// Labelled values on one line, each from its share of the width to the next; what says nothing is left out.
    fn fields(&mut self, fields: &[(&str, String, f32)], style: Style, colour: Colour) {
        if fields.iter().all(|(_, value, _)| value.is_empty()) {
            return;
        }
        let wide = RIGHT - LEFT;
        let end = |at: usize| fields.get(at + 1).map_or(1.04, |next| next.2);
        let cut =
            fields.iter().enumerate().map(|(at, (_, value, share))| self.shrunk(value, style, wide * (end(at) - share) - 12.0));
        let cut: Vec<(f32, String)> = cut.collect();
        let tallest = cut.iter().map(|(size, _)| *size).fold(0.0, f32::max);
        let (label_y, value_y) = (self.y + 18.0, self.y + 22.0 + tallest * 1.05);
        for ((label, _, share), (size, value)) in fields.iter().zip(cut).filter(|(_, (_, value))| !value.is_empty()) {
            let x = LEFT + wide * share;
            self.left_text(label, [x, label_y], Style { size: 9.5, weight: Weight::SemiBold }, FAINT.mix(INK, 0.8), 0.7);
            self.left_text(&value, [x, value_y], Style { size, ..style }, colour, 0.0);
        }
        self.y = value_y + 6.0;
    }

    /// Smaller letters before fewer.
    fn shrunk(&self, text: &str, style: Style, room: f32) -> (f32, String) {
        let fits = |size: &f32| self.fonts.width(text, Style { size: *size, ..style }) <= room;
        let sizes = [1.0, 0.92, 0.84, 0.76, 0.6].map(|share| (style.size * share).max(10.0));
        match sizes.iter().find(|size| fits(size)) {
            Some(size) => (*size, text.to_owned()),
            None => (sizes[4], fit(self.fonts, text, Style { size: sizes[4], ..style }, room)),
        }
    }

    /// The code under the fold: for a scanner, and for a voice.
    fn code(&mut self, drawing: &TicketDrawing) -> Result<(), DrawError> {
        let modules = Modules::of(&drawing.code, drawing.theme.code)?;
        let side = (modules.side() as f32 * MODULE).min(WIDTH - 2.0 * EDGE);
        let x = (WIDTH - side) / 2.0;
        self.scene.push(modules.path(x, self.y + 2.0, side, INK));
        self.y += side + 8.0;
        let (short, bold) = (ticket_code::short(drawing.ticket), Style { size: 15.0, weight: Weight::SemiBold });
        self.middle_text(&short, bold, INK, 1.6);
        self.y += 18.0;
        let plain = Style { size: 10.0, weight: Weight::Regular };
        let order =
            fit(self.fonts, &format!("Order {} · edition {}", clean(&drawing.order_ref), drawing.edition), plain, RIGHT - LEFT);
        self.middle_text(&order, plain, QUIET, 0.0);
        self.y += 14.0;
        Ok(())
    }

    /// Who sells it, and what the organiser wants read.
    fn small_print(&mut self, drawing: &TicketDrawing) {
        let (organiser, print) = (clean(&drawing.organiser), clean(&drawing.theme.small_print));
        let sold = if organiser.is_empty() { String::new() } else { format!("Sold by {organiser}") };
        let plain = Style { size: 10.0, weight: Weight::Regular };
        for (text, lines) in [(sold, 1), (print, 6)] {
            for line in wrap(self.fonts, &text, plain, RIGHT - LEFT, lines) {
                self.middle_text(&line, plain, QUIET, 0.0);
                self.y += 14.0;
            }
        }
        self.y += 4.0;
    }

    /// Puts the card below what was drawn: its coloured head, and the fold with its notches.
    fn finish(mut self, dark: Colour, head: f32, fold: f32) -> Scene {
        let (width, bottom, radius) = (WIDTH - 2.0 * EDGE, self.y, 16.0);
        let card = |height, fill: Colour| RoundRect { x: EDGE, y: EDGE, width, height, radius, fill: Some(fill), stroke: None };
        let under = RoundRect { stroke: Some((LINE, 1.0)), ..card(bottom - EDGE, PAPER) };
        let square = RoundRect { y: head - radius, height: radius, radius: 0.0, ..card(0.0, dark) };
        let notches = vec![[EDGE, fold], [WIDTH - EDGE, fold]];
        let notch = Marks { at: notches, mark: Mark::Disc, radius: 9.0, colour: DESK, class: "notch".to_owned() };
        let mut under_shapes =
            vec![under.into(), card(head - EDGE, dark).into(), square.into(), notch.into(), dashes(fold).into()];
        under_shapes.append(&mut self.scene.shapes);
        Scene { height: (bottom + EDGE).ceil(), shapes: under_shapes, ..self.scene }
    }

    /// A line at the edge where its direction begins.
    fn edge_text(&mut self, text: &str, rtl: bool, style: Style, colour: Colour) {
        let (x, anchor) = if rtl { (RIGHT, Anchor::Right) } else { (LEFT, Anchor::Left) };
        self.push(text, [x, self.y], style, colour, anchor, 0.0);
    }

    fn left_text(&mut self, text: &str, at: [f32; 2], style: Style, colour: Colour, spacing: f32) {
        self.push(text, at, style, colour, Anchor::Left, spacing);
    }

    fn middle_text(&mut self, text: &str, style: Style, colour: Colour, spacing: f32) {
        self.push(text, [WIDTH / 2.0, self.y], style, colour, Anchor::Middle, spacing);
    }

    fn push(
        &mut self,
        text: &str,
        [x, y]: [f32; 2],
        Style { size, weight }: Style,
        colour: Colour,
        anchor: Anchor,
        spacing: f32,
    ) {
        self.scene.push(Text { x, y, text: text.to_owned(), size, weight, colour, anchor, spacing, turn: 0.0 });
    }
}

/// The dashed fold between the ticket and its code.
fn dashes(y: f32) -> Path {
    let (start, end) = (EDGE + 18.0, WIDTH - EDGE - 18.0);
    let count = ((end - start) / 9.0) as u16;
    let dash = |n: u16| {
        let x = start + f32::from(n) * (end - start) / f32::from(count) + 2.0;
        [PathCommand::Move([x, y]), PathCommand::Line([x + 4.0, y])]
    };
    Path { commands: (0..count).flat_map(dash).collect(), fill: None, stroke: Some((LINE.mix(FAINT, 0.6), 1.4)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_spoken_and_anything_else_left_alone() {
        assert_eq!(spoken_date("2027-03-12"), "Fri 12 Mar 2027");
        assert_eq!(spoken_date("soon"), "soon");
    }
}
