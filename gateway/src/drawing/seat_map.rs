//! The drawing of an event's seat map: the map, the state of every seat, and what stands above them; as SVG and as PNG.

use std::sync::Arc;

use booking::{RowStates, SeatsView};
use catalog::model::{Event, Precision};
use domain::time::zone;
use domain::{EventId, SeatMap, SeatMapId, TierId};
use jiff::tz::TimeZone;
use renderer::{AreaState, Detail, Easel, Ground, SeatMapDrawing, SeatState, Theme, rung};
use sha2::{Digest as _, Sha256};

use crate::web::app::App;
use crate::web::easels::{DrawingTurn, DrawnPicture, Still, Version};
use crate::web::error::{ApiError, ApiResult};
use crate::web::studio::{DrawingPermit, Drawn};

/// What is drawn, and which state that is.
pub struct Subject {
    pub drawing: SeatMapDrawing,
    map: SeatMapId,
    version: Version,
}

/// Reads what is to be drawn now.
pub async fn subject(app: &App, id: EventId) -> ApiResult<Subject> {
    let event = app.reads.event(id).await?;
    let map = event.row.seat_map_id.ok_or_else(|| ApiError::not_found().detail("the event has no seat map"))?;
    let floor = app.studio.floor_plan(&app.reads, map).await?;
    let seats = app.booking.seats(id).await?;
    let version = Version { seats: seats.version, terms: seats.terms_version, event: event.version };
    Ok(Subject { drawing: drawing_of(event, floor, &seats), map, version })
}

/// Draws a seat map as SVG.
///
/// Refuses   busy when too many drawings wait already.
pub async fn svg(app: &App, subject: Subject, theme: Theme, detail: Detail) -> ApiResult<DrawnPicture> {
    let form = if detail == Detail::Seats { "seats" } else { "rows" };
    let width = renderer::SVG_WIDTH;
    let (painter, first) = (app.clone(), subject.drawing.clone());
    let lay = app.studio.draw(Drawn::SeatMap, move || painter.renderer.seat_map_svg_plan(&first, theme, detail));
    let stand = app.easels.plan(subject.still(theme, form, width), lay).await?;
    let (plan, seen) = (Arc::clone(&stand.still), subject.version);
    let draw = async move |turn: DrawingTurn| {
        let (place, Subject { drawing, version, .. }) = latest(app, &turn, subject).await?;
        let painter = app.clone();
        let draw = move || {
            let bytes = painter.renderer.planned_svg(&plan, &drawing, detail);
            turn.end(DrawnPicture::of(bytes, version, width))
        };
        place.draw(draw).await
    };
    stand.answer(width, seen, draw).await
}

/// Draws a seat map as PNG: what changed since the last one, on a ground that is kept.
///
/// Takes     `width`: within the renderer's limits.
/// Refuses   busy when too many drawings wait already.
pub async fn png(app: &App, subject: Subject, theme: Theme, width: u32) -> ApiResult<DrawnPicture> {
    let (painter, first) = (app.clone(), subject.drawing.clone());
    let paint = async {
        let paint = move || painter.renderer.seat_map_ground(&first, theme, width);
        app.studio.draw(Drawn::SeatMap, paint).await?.map_err(ApiError::fault)
    };
    let stand = app.easels.ground(subject.still(theme, "png", rung(width)), paint).await?;
    let (ground, seen) = (Arc::clone(&stand.still), subject.version);
    if rung(width) != width {
        return narrower(app, subject, ground, width).await;
    }
    let draw = async move |mut turn: DrawingTurn| {
        let (place, Subject { drawing, version, .. }) = latest(app, &turn, subject).await?;
        let painter = app.clone();
        let draw = move || {
            let easel = turn.last.easel.get_or_insert_with(|| Easel::new(ground));
            let bytes = painter.renderer.redraw(easel, &drawing)?;
            Ok(turn.end(DrawnPicture::of(bytes, version, width)))
        };
        place.draw(draw).await?.map_err(|error: renderer::DrawError| ApiError::fault(error))
    };
    stand.answer(width, seen, draw).await
}

/// Draws a width between those of the ladder: it touches no easel and nothing of it is kept, so it takes no turn.
async fn narrower(app: &App, subject: Subject, ground: Arc<Ground>, width: u32) -> ApiResult<DrawnPicture> {
    let place = app.studio.place(Drawn::SeatMap).await?;
    let Subject { drawing, version, .. } = as_it_is_now(app, subject, place.waited).await?;
    let painter = app.clone();
    let draw = move || {
        let bytes = painter.renderer.seat_map_png_narrower(&ground, &drawing, width)?;
        Ok(DrawnPicture::of(bytes, version, width))
    };
    place.draw(draw).await?.map_err(|error: renderer::DrawError| ApiError::fault(error))
}

/// A place to draw at, and what to draw after the wait for the turn and for the place.
async fn latest(app: &App, turn: &DrawingTurn, subject: Subject) -> ApiResult<(DrawingPermit, Subject)> {
    let place = app.studio.place(Drawn::SeatMap).await?;
    let subject = as_it_is_now(app, subject, turn.waited || place.waited).await?;
    Ok((place, subject))
}

/// What to draw: who waited reads the seats again, so that no queue makes a picture old.
async fn as_it_is_now(app: &App, mut subject: Subject, waited: bool) -> ApiResult<Subject> {
    if waited {
        let seats = app.booking.seats(subject.drawing.event).await?;
        // under other terms it would be another ground's picture
        if seats.terms_version == subject.version.terms {
            subject.version.seats = seats.version;
            subject.drawing.version = seats.version;
            subject.drawing.seat_states = states(&seats);
            subject.drawing.areas = areas(&seats);
        }
    }
    Ok(subject)
}

fn rows(seats: &SeatsView) -> impl Iterator<Item = &RowStates> {
    seats.sections.iter().flat_map(|section| &section.rows)
}

fn states(seats: &SeatsView) -> Vec<SeatState> {
    let state = |letter| SeatState::from_letter(letter).unwrap_or_default();
    rows(seats).flat_map(|row| row.states.chars()).map(state).collect()
}

fn areas(seats: &SeatsView) -> Vec<AreaState> {
    seats.areas.iter().map(|area| AreaState { tier: area.tier, available: area.available }).collect()
}

impl Subject {
    /// Names everything that stands still of its picture.
    fn still(&self, theme: Theme, form: &str, width: u32) -> Still {
        let SeatMapDrawing { title, subtitle, tiers, seat_tiers, areas, event, edition, .. } = &self.drawing;
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        [theme.word(), form, title, subtitle].into_iter().for_each(|text| part(text.as_bytes()));
        [event.0, self.map.0].iter().for_each(|id| part(id.as_bytes()));
        [width, *edition].iter().for_each(|number| part(&number.to_le_bytes()));
        for tier in tiers {
            part(format!("{} {} {}", tier.id, tier.price, tier.name).as_bytes());
        }
        let letter = |tier: &TierId| tier.as_char() as u8;
        part(&seat_tiers.iter().map(letter).collect::<Vec<u8>>());
        part(&areas.iter().map(|area| letter(&area.tier)).collect::<Vec<u8>>());
        hash.finalize().into()
    }

    /// The tag that names its state: the seats' version, the terms', the event's.
    pub fn tag(version: &Version) -> String {
        format!("{}.{}.{}", version.seats, version.terms, version.event)
    }
}

fn drawing_of(event: Event, map: Arc<SeatMap>, seats: &SeatsView) -> SeatMapDrawing {
    let fallback = TierId::nth(0).unwrap_or_else(|| unreachable!("there is a first tier"));
    SeatMapDrawing {
        map,
        subtitle: subtitle(&event),
        title: event.row.title,
        tiers: event.row.tiers,
        seat_tiers: rows(seats)
            .flat_map(|row| row.tiers.chars())
            .map(|tier| TierId::try_from(tier).unwrap_or(fallback))
            .collect(),
        seat_states: states(seats),
        areas: areas(seats),
        selected: Vec::new(),
        event: event.row.id,
        edition: event.edition,
        version: seats.version,
    }
}

/// `Saturday 13 March 2027, 20:00 · Riverside Hall, Brisbane`; without the hour where only the day is known.
fn subtitle(event: &Event) -> String {
    let local = event.row.starts_at.to_zoned(zone(&event.row.timezone).unwrap_or(TimeZone::UTC));
    let format = if event.row.start_precision == Precision::Day { "%A %-d %B %Y" } else { "%A %-d %B %Y, %H:%M" };
    let mut text = local.strftime(format).to_string();
    if let Some(venue) = &event.venue {
        text.push_str(&format!(" · {}", venue.name));
        if !venue.city.is_empty() {
            text.push_str(&format!(", {}", venue.city));
        }
    }
    text
}
