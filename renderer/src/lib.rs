//! Draws seat maps and tickets, and reads and writes the pictures that people upload.
//!
//! ```text
//! SeatMapDrawing ─┐ layout                       ┌─► svg   String
//!                 ├────────► Scene (five shapes) ┼─► png   Vec<u8>
//! TicketDrawing ──┘                              └─► pdf   Vec<u8>, a page each
//! ```
//!
//! All difficulty is spent on reaching a [`Scene`]: text is cleaned and measured, seats are in pixels, colours are decided.
//! Then SVG, PNG and PDF are one `match` of five arms each. Fonts are inside the program, so the same input gives the same bytes
//! everywhere. No `async`, no database, no clock, no system fonts; outside text is data and never parsed as markup.

mod badge;
mod code;
mod drawing;
mod error;
mod legend;
mod logo;
mod mark;
mod out;
mod palette;
pub mod photo;
mod picture;
mod places;
mod poster;
mod scene;
mod seat_map;
mod size;
mod text;
mod ticket;

pub use drawing::{AreaState, CodeForm, PictureDrawing, SeatMapDrawing, SeatState, TicketDrawing, TicketPlace, TicketTheme};
pub use error::DrawError;
pub use logo::Logo;
pub use out::easel::Easel;
pub use out::ground::Ground;
pub use out::svg::Detail;
pub use palette::{Colour, INK, PAPER, Theme, tier_colour};
pub use places::places_svg;
pub use poster::{PosterPalette, poster_palette, poster_seed};
pub use scene::{Anchor, Inset, Mark, Marks, Path, PathCommand, RoundRect, Scene, Shape, Text, Weight};
pub use seat_map::Plan;
pub use size::{LADDER, MAX_SCALE, MAX_WIDTH, MIN_WIDTH, SVG_WIDTH, rung};

use code::Modules;
use std::sync::Arc;
use text::Fonts;

use out::{pdf, png, raster, shrink, svg};
use seat_map::MapOptions;

/// Draws; holds the parsed fonts, so make one and share it.
pub struct Renderer {
    fonts: Fonts,
    faces: pdf::Faces,
}

impl Renderer {
    /// Parses the embedded fonts.
    ///
    /// Cost      below 1 ms; the fonts' 1.9 MB are part of the program.
    pub fn new() -> Result<Self, DrawError> {
        Ok(Self::of(Fonts::embedded()?))
    }

    /// Parses the embedded fonts, and the files of others for the scripts that those lack, such as Chinese or emoji.
    ///
    /// Refuses   `DrawError::Added` for a file that is no font, with its place in the list.
    pub fn with_fonts(files: Vec<Vec<u8>>) -> Result<Self, DrawError> {
        Ok(Self::of(Fonts::with(files)?))
    }

    fn of(fonts: Fonts) -> Self {
        Self { faces: pdf::Faces::of(&fonts), fonts }
    }

    /// Lays a seat map out: everything of its picture that stands still while seats are sold.
    ///
    /// Takes     `width`: in pixels, kept within the limits.
    pub fn seat_map_plan(&self, drawing: &SeatMapDrawing, theme: Theme, width: u32) -> Plan {
        Plan::of(&self.fonts, drawing, MapOptions { theme, width: width.clamp(MIN_WIDTH, MAX_WIDTH), dots: false })
    }

    /// Lays a seat map out for an SVG.
    ///
    /// Takes     `detail`: with [`Detail::Seats`] each seat stands there, however small.
    pub fn seat_map_svg_plan(&self, drawing: &SeatMapDrawing, theme: Theme, detail: Detail) -> Plan {
        Plan::of(&self.fonts, drawing, MapOptions { theme, width: SVG_WIDTH, dots: detail == Detail::Seats })
    }

    /// A plan with its seats as they are now, as one scene.
    pub fn seat_map_scene(&self, plan: &Plan, drawing: &SeatMapDrawing) -> Scene {
        plan.scene(&self.fonts, drawing)
    }

    /// Writes a seat map as SVG; the plan is of this drawing but for its states.
    pub fn planned_svg(&self, plan: &Plan, drawing: &SeatMapDrawing, detail: Detail) -> String {
        svg::seat_map(&self.fonts, plan, drawing, detail)
    }

    /// Draws a seat map as SVG in the light theme, laid out for [`SVG_WIDTH`].
    pub fn seat_map_svg(&self, drawing: &SeatMapDrawing) -> String {
        let detail = Detail::default();
        self.planned_svg(&self.seat_map_svg_plan(drawing, Theme::default(), detail), drawing, detail)
    }

    /// Draws a seat map as PNG in the light theme.
    pub fn seat_map_png(&self, drawing: &SeatMapDrawing, width: u32) -> Result<Vec<u8>, DrawError> {
        self.seat_map_png_in(drawing, Theme::default(), width)
    }

    /// Draws a seat map as PNG, from nothing.
    ///
    /// Takes     `width`: 320..=4096 pixels; the height follows. Widths beside the ladder are drawn in its next and made smaller.
    /// Refuses   `DrawError::Width`.
    pub fn seat_map_png_in(&self, drawing: &SeatMapDrawing, theme: Theme, width: u32) -> Result<Vec<u8>, DrawError> {
        let ground = self.seat_map_ground(drawing, theme, width)?;
        if rung(width) == width {
            return self.redraw(&mut Easel::new(Arc::new(ground)), drawing);
        }
        self.seat_map_png_narrower(&ground, drawing, width)
    }

    /// Paints what stands still of a seat map, in the ladder's width for a width.
    ///
    /// Refuses   `DrawError::Width`.
    pub fn seat_map_ground(&self, drawing: &SeatMapDrawing, theme: Theme, width: u32) -> Result<Ground, DrawError> {
        if !(MIN_WIDTH..=MAX_WIDTH).contains(&width) {
            return Err(DrawError::Width(width));
        }
        Ground::paint(&self.fonts, self.seat_map_plan(drawing, theme, rung(width)), drawing)
    }

    /// Draws a seat map as it is now over what was drawn before; see [`Easel::draw`].
    pub fn redraw(&self, easel: &mut Easel, drawing: &SeatMapDrawing) -> Result<Vec<u8>, DrawError> {
        easel.draw(&self.fonts, drawing)
    }

    /// Draws a seat map as PNG, narrower than its ground.
    pub fn seat_map_png_narrower(&self, ground: &Ground, drawing: &SeatMapDrawing, width: u32) -> Result<Vec<u8>, DrawError> {
        shrink::draw(&self.fonts, ground, drawing, width as usize)
    }

    /// How wide a scene's text is, in pixels.
    pub fn text_width(&self, text: &Text) -> f32 {
        self.fonts.text_width(text)
    }

    /// Lays a ticket out.
    pub fn ticket_scene(&self, drawing: &TicketDrawing) -> Result<Scene, DrawError> {
        ticket::scene(&self.fonts, drawing)
    }

    /// Draws a ticket as SVG; its `<desc>` names the ticket's id and edition.
    pub fn ticket_svg(&self, drawing: &TicketDrawing) -> Result<String, DrawError> {
        Ok(svg::write(&self.fonts, &self.ticket_scene(drawing)?))
    }

    /// Draws a ticket's code alone, as a square SVG with its quiet zone, for a page beside the ticket.
    ///
    /// Refuses   `DrawError::Code` for a code too long for a QR code.
    pub fn code_svg(&self, code: &str) -> Result<String, DrawError> {
        let modules = Modules::of(code, CodeForm::Qr)?;
        let side = modules.side() as f32 * 4.0;
        let path = modules.path(0.0, 0.0, side, Colour(0, 0, 0));
        let (title, desc, background) = ("QR code".to_owned(), String::new(), Colour(255, 255, 255));
        Ok(svg::write(
            &self.fonts,
            &Scene { width: side, height: side, title, desc, background, shapes: vec![Shape::Path(path)] },
        ))
    }

    /// Draws a ticket as PNG.
    ///
    /// Takes     `scale`: 1..=4; 2 is right for phones.
    /// Refuses   `DrawError::Scale`; `DrawError::Code` for a code too long for a QR code.
    pub fn ticket_png(&self, drawing: &TicketDrawing, scale: u32) -> Result<Vec<u8>, DrawError> {
        if !(1..=MAX_SCALE).contains(&scale) {
            return Err(DrawError::Scale(scale));
        }
        self.png(&self.ticket_scene(drawing)?, scale)
    }

    /// Draws tickets as one PDF, a page each: fonts are subset and embedded once, and text can be selected.
    ///
    /// Takes     `drawings`: as many as the caller bounds; their first one's event names the document.
    /// Refuses   `DrawError::Code`.
    pub fn tickets_pdf(&self, drawings: &[TicketDrawing]) -> Result<Vec<u8>, DrawError> {
        let scenes = drawings.iter().map(|drawing| self.ticket_scene(drawing)).collect::<Result<Vec<_>, _>>()?;
        let title = scenes.first().map(|scene| scene.title.as_str()).unwrap_or_default();
        pdf::write(&self.fonts, &self.faces, title, &scenes)
    }

    /// Draws our mark, a ticket, on a colour: the icon of a wallet pass.
    ///
    /// Takes     `side`: 8..=512 pixels at scale 1.
    /// Refuses   `DrawError::Scale`, `DrawError::Width`.
    pub fn badge_png(&self, ground: Colour, side: u32, scale: u32) -> Result<Vec<u8>, DrawError> {
        if !(1..=MAX_SCALE).contains(&scale) {
            return Err(DrawError::Scale(scale));
        }
        if !(8..=512).contains(&side) {
            return Err(DrawError::Width(side));
        }
        self.png(&badge::scene(ground, side as f32), scale)
    }

    /// Draws an event's picture for those who link to it: 1200 × 630.
    pub fn picture_png(&self, drawing: &PictureDrawing) -> Result<Vec<u8>, DrawError> {
        self.png(&picture::scene(&self.fonts, drawing), 1)
    }

    fn png(&self, scene: &Scene, scale: u32) -> Result<Vec<u8>, DrawError> {
        png::encode(&raster::paint(&self.fonts, scene, scale as f32)?, scene)
    }
}
