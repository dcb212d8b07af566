//! Seating plans in pretix' format, read into our own.
//!
//! Source    pretix, src/pretix/static/seating/seating-plan.schema.json: zones → rows → seats, positions relative to the parent's,
//! categories by name; `areas` are drawn and not sold, one whose text says stage becomes the stage. Besides, three properties that the
//! format does not know and its readers pass over: a plan's `focal_point` (`{ x, y }` in the plan's pixels), a seat's `accessible`, and its
//! `companion_of`, the `seat_guid` of a wheelchair space. A category whose name speaks of wheelchairs makes its seats accessible, too.

use std::collections::HashMap;

use domain::seat_map::Stage;
use domain::{Invalid, Row, Seat, SeatMap, Section, TierId};
use serde::Deserialize;
use serde_json::Value;

use crate::write::field;

/// Neighbouring seats in our maps are this far apart.
const PITCH: f32 = 10.0;
/// From this many times the usual distance on, there is an aisle between two seats.
const AISLE: f32 = 1.8;

#[derive(Deserialize)]
struct Plan {
    name: String,
    categories: Vec<Category>,
    zones: Vec<Zone>,
    #[serde(default)]
    focal_point: Option<Point>,
}

#[derive(Deserialize)]
struct Category {
    name: String,
}

#[derive(Deserialize)]
struct Zone {
    #[serde(default)]
    name: String,
    #[serde(default)]
    position: Point,
    rows: Vec<PlanRow>,
    #[serde(default)]
    areas: Vec<PlanArea>,
}

#[derive(Deserialize)]
struct PlanRow {
    #[serde(default)]
    row_number: Option<String>,
    #[serde(default)]
    position: Point,
    seats: Vec<PlanSeat>,
}

#[derive(Deserialize)]
struct PlanSeat {
    seat_number: String,
    position: Point,
    category: String,
    #[serde(default)]
    seat_guid: String,
    #[serde(default)]
    accessible: bool,
    #[serde(default)]
    companion_of: Option<String>,
}

#[derive(Deserialize)]
struct PlanArea {
    #[serde(default)]
    position: Point,
    #[serde(default)]
    text: Text,
    #[serde(default)]
    width: f32,
    #[serde(default)]
    height: f32,
    #[serde(default)]
    rectangle: Size,
    #[serde(default)]
    polygon: Polygon,
}

#[derive(Deserialize, Default)]
struct Size {
    width: f32,
    height: f32,
}

#[derive(Deserialize, Default)]
struct Polygon {
    points: Vec<Point>,
}

/// Older plans write a string, newer ones an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Placed { text: Option<String> },
}

impl Default for Text {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

#[derive(Deserialize, Clone, Copy, Default)]
struct Point {
    x: f32,
    y: f32,
}

impl Point {
    fn within(self, parent: Point) -> Point {
        Point { x: self.x + parent.x, y: self.y + parent.y }
    }

    fn distance(self, other: Point) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Reads a plan. The map is yet to be validated.
///
/// Refuses   invalid: what does not fit the format, a category nobody listed, more than 35 categories.
pub(crate) fn read(json: Value) -> Result<SeatMap, Invalid> {
    let plan: Plan = field::read(json)?;
    let scale = Scale::of(&plan);
    let tiers = tiers(&plan.categories)?;
    let mut ids = Ids::default();
    let mut sections = Vec::new();
    for (n, zone) in plan.zones.iter().enumerate() {
        sections.extend(zone_sections(n, zone, &plan.categories, &tiers, &scale, &mut ids)?);
    }
    let stage = plan.zones.iter().find_map(|zone| zone.areas.iter().find_map(|area| stage(zone, area, &scale)));
    let focal_point = plan.focal_point.map(|point| scale.apply(point));
    let mut map = SeatMap { name: plan.name.chars().take(60).collect(), focal_point, stage, sections, areas: Vec::new() };
    name_companions(&mut map, &plan);
    Ok(map)
}

/// Puts seat ids where companions' seats name their spaces by `seat_guid`; what names none stays, for the check to find.
fn name_companions(map: &mut SeatMap, plan: &Plan) {
    let ids: Vec<String> = map.seats().map(|at| at.id()).collect();
    let ids: HashMap<&str, String> = plan.seats().map(|seat| seat.seat_guid.as_str()).zip(ids).collect();
    let seats = map.sections.iter_mut().flat_map(|section| &mut section.rows).flat_map(|row| &mut row.seats);
    for space in seats.filter_map(|seat| seat.companion_of.as_mut()) {
        if let Some(id) = ids.get(space.as_str()) {
            space.clone_from(id);
        }
    }
}

impl Plan {
    /// All seats in the order of our map: zone by zone, category by category.
    fn seats(&self) -> impl Iterator<Item = &PlanSeat> {
        let parts = self.zones.iter().flat_map(|zone| self.categories.iter().map(move |category| (zone, category)));
        parts.flat_map(|(zone, category)| {
            zone.rows.iter().flat_map(|row| &row.seats).filter(move |seat| seat.category == category.name)
        })
    }
}

/// Whether the name of a category says that its seats are wheelchair spaces.
fn is_for_wheelchairs(category: &str) -> bool {
    let name = category.to_lowercase();
    ["wheelchair", "rollstuhl"].iter().any(|word| name.contains(word))
}

fn tiers(categories: &[Category]) -> Result<HashMap<&str, TierId>, Invalid> {
    let mut tiers = HashMap::new();
    for (n, category) in categories.iter().enumerate() {
        let id = TierId::nth(n).ok_or_else(|| Invalid::new("categories", format!("must be at most {}", TierId::COUNT)))?;
        tiers.insert(category.name.as_str(), id);
    }
    Ok(tiers)
}

/// A zone as sections: one for each category its seats have, since a section of ours has one tier.
fn zone_sections(
    n: usize,
    zone: &Zone,
    categories: &[Category],
    tiers: &HashMap<&str, TierId>,
    scale: &Scale,
    ids: &mut Ids,
) -> Result<Vec<Section>, Invalid> {
    check_categories(n, zone, tiers)?;
    let used = |category: &&Category| zone.rows.iter().any(|row| row.seats.iter().any(|seat| seat.category == category.name));
    let used: Vec<&Category> = categories.iter().filter(used).collect();
    let zone_name = if zone.name.trim().is_empty() { format!("Zone {}", n + 1) } else { zone.name.clone() };
    let section = |category: &&Category| {
        let label = if used.len() == 1 { zone_name.clone() } else { format!("{zone_name} {}", category.name) };
        Section {
            id: ids.unique(&label),
            label: label.chars().take(60).collect(),
            tier: tiers[category.name.as_str()],
            outline: Vec::new(),
            floor: None,
            rows: zone.rows.iter().enumerate().filter_map(|(n, row)| section_row(n, row, zone, &category.name, scale)).collect(),
        }
    };
    Ok(used.iter().map(section).collect())
}

fn check_categories(n: usize, zone: &Zone, tiers: &HashMap<&str, TierId>) -> Result<(), Invalid> {
    for (r, row) in zone.rows.iter().enumerate() {
        if let Some(s) = row.seats.iter().position(|seat| !tiers.contains_key(seat.category.as_str())) {
            let category = &row.seats[s].category;
            return Err(Invalid::new(
                format!("zones[{n}].rows[{r}].seats[{s}].category"),
                format!("{category:?} is no category"),
            ));
        }
    }
    Ok(())
}

/// The seats of one category in a row; nothing when there are none.
fn section_row(n: usize, row: &PlanRow, zone: &Zone, category: &str, scale: &Scale) -> Option<Row> {
    let at = |seat: &PlanSeat| seat.position.within(row.position).within(zone.position);
    let mut seats = Vec::new();
    for (m, seat) in row.seats.iter().enumerate().filter(|(_, seat)| seat.category == category) {
        let here = at(seat);
        let gap_after =
            row.seats.get(m + 1).is_some_and(|next| next.category != category || here.distance(at(next)) > AISLE * scale.pitch);
        let [x, y] = scale.apply(here);
        let accessible = seat.accessible || is_for_wheelchairs(category);
        let companion_of = seat.companion_of.clone();
        seats.push(Seat { number: part(&seat.seat_number, m), x, y, accessible, companion_of, gap_after });
    }
    let label = part(row.row_number.as_deref().unwrap_or_default(), n);
    (!seats.is_empty()).then_some(Row { label, seats })
}

/// A row or seat label as our ids hold it: its letters and digits, or its place in the list when it has none.
fn part(label: &str, n: usize) -> String {
    let plain: String = label.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    if plain.is_empty() { (n + 1).to_string() } else { plain }
}

fn stage(zone: &Zone, area: &PlanArea, scale: &Scale) -> Option<Stage> {
    let label = match &area.text {
        Text::Plain(text) => text.as_str(),
        Text::Placed { text } => text.as_deref().unwrap_or_default(),
    };
    let word = label.to_lowercase();
    if !["stage", "bühne", "screen", "pitch", "leinwand"].iter().any(|known| word.contains(known)) {
        return None;
    }
    let corner = area.position.within(zone.position);
    let (width, height) = (area.width.max(area.rectangle.width), area.height.max(area.rectangle.height));
    let corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)].map(|(x, y)| Point { x, y });
    let points = if area.polygon.points.is_empty() { corners.to_vec() } else { area.polygon.points.clone() };
    let outline = points.into_iter().take(1_000).map(|point| scale.apply(point.within(corner))).collect();
    Some(Stage { label: label.chars().take(60).collect(), outline })
}

/// From the plan's pixels to our units.
struct Scale {
    /// The usual distance of neighbours in the plan.
    pitch: f32,
}

impl Scale {
    /// The median distance of neighbours sets the scale.
    fn of(plan: &Plan) -> Self {
        let rows = plan.zones.iter().flat_map(|zone| &zone.rows);
        let mut distances: Vec<f32> = rows
            .flat_map(|row| row.seats.windows(2).map(|pair| pair[0].position.distance(pair[1].position)))
            .filter(|distance| distance.is_finite() && *distance > 0.0)
            .collect();
        distances.sort_by(f32::total_cmp);
        Self { pitch: distances.get(distances.len() / 2).copied().unwrap_or(PITCH) }
    }

    fn apply(&self, point: Point) -> [f32; 2] {
        [point.x, point.y].map(|c| (c * PITCH / self.pitch * 100.0).round() / 100.0)
    }
}

/// Section ids so far.
#[derive(Default)]
struct Ids(HashMap<String, u32>);

impl Ids {
    fn unique(&mut self, label: &str) -> String {
        let plain: String =
            domain::text::slug(label).chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(34).collect();
        let plain = if plain.trim_matches('-').is_empty() { "section".to_owned() } else { plain };
        let count = self.0.entry(plain.clone()).or_default();
        *count += 1;
        if *count == 1 { plain } else { format!("{plain}-{count}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan() -> Value {
        let seat = |n: u32, x: f32, category: &str| json!({ "seat_number": n.to_string(), "seat_guid": format!("g{n}-{x}"), "position": { "x": x, "y": 0 }, "category": category });
        json!({
            "name": "Small hall",
            "categories": [{ "name": "Stalls", "color": "#f00" }, { "name": "Box" }],
            "size": { "width": 500, "height": 400 },
            "zones": [
                {
                    "name": "Main floor", "position": { "x": 100, "y": 50 },
                    "rows": [{
                        "row_number": "A", "position": { "x": 0, "y": 25 },
                        "seats": [seat(1, 0.0, "Stalls"), seat(2, 25.0, "Stalls"), seat(3, 100.0, "Stalls"), seat(4, 125.0, "Box")],
                    }],
                    "areas": [{ "shape": "rectangle", "rectangle": { "width": 200, "height": 25 }, "position": { "x": 0, "y": -50 },
                        "text": { "text": "STAGE" }, "rotation": 0 }],
                },
                { "name": "Main floor", "position": { "x": 0, "y": 0 }, "rows": [{ "row_number": "?", "seats": [seat(1, 0.0, "Box")] }] },
            ],
        })
    }

    #[test]
    fn zones_become_sections_of_one_tier_each() {
        let map = crate::write::read_seat_map(plan()).expect("a plan");
        let ids: Vec<_> = map.sections.iter().map(|section| section.id.as_str()).collect();
        assert_eq!(ids, ["main-floor-stalls", "main-floor-box", "main-floor"]);
        let seats: Vec<_> = map.seats().map(|seat| seat.id()).collect();
        assert_eq!(
            seats,
            ["main-floor-stalls-A-1", "main-floor-stalls-A-2", "main-floor-stalls-A-3", "main-floor-box-A-4", "main-floor-1-1"]
        );
    }

    #[test]
    fn positions_add_up_and_neighbours_stand_ten_apart() {
        let map = read(plan()).expect("a plan");
        let row = &map.sections[0].rows[0];
        assert_eq!([row.seats[0].x, row.seats[0].y, row.seats[1].x], [40.0, 30.0, 50.0]);
        assert_eq!(row.seats.iter().map(|seat| seat.gap_after).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(map.stage.expect("a stage").outline[2], [120.0, 10.0]);
    }

    #[test]
    fn a_focal_point_and_wheelchair_spaces_with_their_companions_are_taken_over() {
        let mut json = plan();
        json["focal_point"] = json!({ "x": 150, "y": 75 });
        let row = &mut json["zones"][0]["rows"][0]["seats"];
        row[1]["accessible"] = json!(true);
        row[0]["companion_of"] = row[1]["seat_guid"].clone();
        let map = crate::write::read_seat_map(json.clone()).expect("a plan");
        assert_eq!(map.focal_point, Some([60.0, 30.0]));
        let seats: Vec<_> =
            map.sections[0].rows[0].seats.iter().map(|seat| (seat.accessible, seat.companion_of.as_deref())).collect();
        assert_eq!(seats, [(false, Some("main-floor-stalls-A-2")), (true, None), (false, None)]);
        assert_eq!(map.companions(), [(1, 0)]);
        json["zones"][0]["rows"][0]["seats"][0]["companion_of"] = json!("nobody");
        let wrong = crate::write::read_seat_map(json).expect_err("no such seat");
        assert_eq!(wrong.field, "sections[0].rows[0].seats[0].companion_of");
    }

    #[test]
    fn a_category_for_wheelchairs_makes_spaces() {
        let mut json = plan();
        json["categories"][1]["name"] = json!("Wheelchair spaces");
        json["zones"][0]["rows"][0]["seats"][3]["category"] = json!("Wheelchair spaces");
        json["zones"][1]["rows"][0]["seats"][0]["category"] = json!("Wheelchair spaces");
        let map = read(json).expect("a plan");
        assert_eq!(map.seats().map(|at| at.seat.accessible).collect::<Vec<_>>(), [false, false, false, true, true]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let mut unknown = plan();
        unknown["zones"][0]["rows"][0]["seats"][1]["category"] = json!("Loge");
        assert_eq!(read(unknown).expect_err("no such category").field, "zones[0].rows[0].seats[1].category");
        let mut nameless = plan();
        nameless.as_object_mut().expect("an object").remove("name");
        assert_eq!(read(nameless).expect_err("no name").field, "name");
    }
}
