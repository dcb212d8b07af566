//! A plan: everything of a seat map's picture that stands still while seats are sold.

use std::sync::Arc;

use domain::{SeatMap, TierId};

use super::areas::AreaPlan;
use super::geometry::Geometry;
use super::layout::{Layout, MapOptions};
use super::looks::SeatLook;
use super::occupancy::Occupancy;
use super::overview::BlockPlan;
use super::selection;
use super::sheet::Sheet;
use super::words::{described, title};
use crate::drawing::{SeatMapDrawing, SeatState};
use crate::palette::{Palette, Theme};
use crate::scene::{Marks, Scene, Shape};
use crate::text::Fonts;

/// A seat of a map, in bytes, about.
const SEAT: usize = 80;

/// The layout of one seat map in one theme and width, under one title and one list of prices.
pub struct Plan {
    pub map: Arc<SeatMap>,
    pub theme: Theme,
    pub(super) layout: Layout,
    /// What stands still, and the picture's size and title.
    pub base: Scene,
    pub(super) areas: Vec<AreaPlan>,
    /// The shaded sections of a big map; empty where seats are drawn one by one.
    pub(super) blocks: Vec<BlockPlan>,
    /// Each seat's centre in pixels; empty where sections are shaded instead.
    pub places: Vec<[f32; 2]>,
    /// Each seat's tier, and whether it is a wheelchair space.
    pub kinds: Vec<(TierId, bool)>,
}

impl Plan {
    /// Lays a seat map out.
    ///
    /// Cost      0.1 µs a seat, and what its texts cost.
    pub fn of(fonts: &Fonts, drawing: &SeatMapDrawing, options: MapOptions) -> Self {
        let geometry = Geometry::of(&drawing.map);
        let layout = Layout::of(fonts, drawing, &geometry, options);
        let palette = options.theme.palette();
        let base = Scene {
            width: layout.width,
            height: layout.map_bottom,
            title: title(drawing),
            desc: String::new(),
            background: palette.paper,
            shapes: Vec::new(),
        };
        let cell = (1.5 * layout.unit).min(layout.pitch / 4.0).max(1.0);
        let taken = Occupancy::new(layout.width, layout.map_bottom, cell);
        let mut sheet = Sheet { fonts, drawing, palette, geometry, layout, taken, scene: base };
        let (blocks, areas) = everything(&mut sheet);
        let Sheet { layout, scene, .. } = sheet;
        let seats = || drawing.map.seats();
        let places = if layout.dots { seats().map(|at| layout.at([at.seat.x, at.seat.y])).collect() } else { Vec::new() };
        let kinds = seats().map(|at| (drawing.tier(at.index as usize, at.section), at.seat.accessible)).collect();
        Self { map: Arc::clone(&drawing.map), theme: options.theme, layout, base: scene, areas, blocks, places, kinds }
    }

    pub fn palette(&self) -> &'static Palette {
        self.theme.palette()
    }

    /// Half of a free seat's width.
    pub fn radius(&self) -> f32 {
        self.layout.radius
    }

    /// How a seat is drawn in a state.
    pub fn look(&self, seat: usize, state: SeatState) -> SeatLook {
        let (tier, accessible) = self.kinds[seat];
        SeatLook::of(state, tier, accessible)
    }

    /// What stands under the seats and changes: areas with their places left, shaded sections with their seats left.
    pub fn plates(&self, fonts: &Fonts, drawing: &SeatMapDrawing) -> Vec<Shape> {
        let areas = self.areas.iter().flat_map(|area| area.shapes(fonts, drawing, self.palette()));
        let blocks = self.blocks.iter().flat_map(|block| block.shapes(drawing, self.palette()));
        blocks.chain(areas).collect()
    }

    /// What stands above the seats: the viewer's own, and what they are and cost.
    pub fn above(&self, fonts: &Fonts, drawing: &SeatMapDrawing) -> Vec<Shape> {
        selection::shapes(fonts, drawing, &self.layout, self.palette())
    }

    /// All of the picture as one scene, equal seats as one shape.
    pub fn scene(&self, fonts: &Fonts, drawing: &SeatMapDrawing) -> Scene {
        let mut scene = Scene { desc: described(drawing), ..self.base.clone() };
        scene.shapes.extend(self.plates(fonts, drawing));
        scene.shapes.extend(grouped(self, drawing));
        scene.shapes.extend(self.above(fonts, drawing));
        scene
    }

    /// All colours that one of its states may show, whatever is sold.
    pub fn colours(&self) -> Vec<crate::palette::Colour> {
        let palette = self.palette();
        let mut colours = vec![palette.paper, palette.ink, palette.sold, palette.blocked, palette.quiet];
        let mut tiers: Vec<TierId> =
            self.kinds.iter().map(|kind| kind.0).chain(self.areas.iter().map(|area| area.tier)).collect();
        tiers.sort_unstable();
        tiers.dedup();
        colours.extend(tiers.iter().map(|tier| palette.tier(*tier)));
        colours.extend(self.areas.iter().flat_map(|area| area.colours(palette)));
        colours.extend(self.blocks.iter().flat_map(|block| block.colours(palette)));
        colours.sort_unstable();
        colours.dedup();
        colours
    }

    /// What it keeps, in bytes, about.
    pub fn bytes(&self) -> usize {
        let shapes = (self.base.shapes.len() + self.areas.len() + 2 * self.blocks.len()) * 600;
        // the map may be kept by nobody else any more
        let map = self.map.seat_count() as usize * SEAT;
        self.places.len() * size_of::<[f32; 2]>() + self.kinds.len() * size_of::<(TierId, bool)>() + map + shapes + 4_096
    }
}

/// Lays out part after part; each takes the room that those before it left.
fn everything(sheet: &mut Sheet<'_>) -> (Vec<BlockPlan>, Vec<AreaPlan>) {
    sheet.header();
    let blocks = if sheet.layout.dots {
        sheet.floor();
        Vec::new()
    } else {
        sheet.overview()
    };
    sheet.stage();
    let areas = sheet.area_plans();
    if sheet.layout.dots {
        sheet.tables();
        sheet.row_letters();
    }
    sheet.floor_names();
    if sheet.layout.dots {
        sheet.block_names();
    }
    sheet.captions();
    sheet.key();
    (blocks, areas)
}

/// All seats, equal ones as one shape.
pub fn grouped(plan: &Plan, drawing: &SeatMapDrawing) -> Vec<Shape> {
    let mut groups: Vec<Vec<[f32; 2]>> = vec![Vec::new(); SeatLook::COUNT];
    let mut looks = vec![None; SeatLook::COUNT];
    for (seat, at) in plan.places.iter().enumerate() {
        let look = plan.look(seat, drawing.state(seat));
        groups[look.number()].push(*at);
        looks[look.number()] = Some(look);
    }
    let shapes = looks.into_iter().flatten().flat_map(|look| {
        let at = &groups[look.number()];
        let marks = look.marks(plan.palette(), plan.radius());
        marks
            .into_iter()
            .map(move |(mark, radius, colour)| Shape::Marks(Marks { at: at.clone(), mark, radius, colour, class: look.class() }))
    });
    shapes.collect()
}
