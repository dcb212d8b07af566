//! Seat maps of 20,000 seats, drawn in process: from nothing, on what is kept, and after one sale; and beside rsvg-convert.

use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use catalog::demo::{Design, hall};
use domain::{EventId, Money, Stopwatch, Tier, TierId};
use rand::{Rng, SeedableRng, rngs::StdRng};
use renderer::{AreaState, Detail, Easel, Renderer, SeatMapDrawing, SeatState, Theme};

use crate::report::{Figure, median};

const SEATS: u32 = 20_000;
const WIDTH: u32 = 1_200;
/// The map whose drawing must fit into a little memory, and how much that is.
const LARGE: u32 = 60_000;
const LARGE_MIB: f64 = 64.0;
/// How many times faster a first picture must be than rsvg-convert on our SVG.
const TIMES: f64 = 15.0;

pub fn measure(rounds: usize) -> Result<Vec<Figure>> {
    let renderer = Renderer::new()?;
    let mut drawing = stadium(SEATS)?;
    let plan = renderer.seat_map_svg_plan(&drawing, Theme::Light, Detail::Rows);
    let ground = Arc::new(renderer.seat_map_ground(&drawing, Theme::Light, WIDTH)?);
    let mut easel = Easel::new(Arc::clone(&ground));
    renderer.redraw(&mut easel, &drawing)?;
    let mut times = [const { Vec::new() }; 3];
    let mut bytes = [0; 3];
    for round in 0..rounds * 5 {
        let changed = round * 7_919 % drawing.seat_states.len();
        let now = drawing.seat_states[changed];
        drawing.seat_states[changed] = if now == SeatState::Held { SeatState::Sold } else { SeatState::Held };
        drawing.version += 1;
        let mut svg = || -> Result<usize> { Ok(renderer.planned_svg(&plan, &drawing, Detail::Rows).len()) };
        let mut first = || -> Result<usize> { Ok(renderer.redraw(&mut Easel::new(Arc::clone(&ground)), &drawing)?.len()) };
        let mut again = || -> Result<usize> { Ok(renderer.redraw(&mut easel, &drawing)?.len()) };
        let runs: [&mut dyn FnMut() -> Result<usize>; 3] = [&mut svg, &mut first, &mut again];
        for (n, run) in runs.into_iter().enumerate() {
            let watch = Stopwatch::start();
            bytes[n] = run()?;
            times[n].push(watch.seconds() * 1e3);
        }
    }
    let [svg, first, again] = times.map(median);
    let row = |name: &str, wanted: f64, got: f64, bytes: usize| {
        Figure::new(name, &format!("{wanted} ms"), format!("{got:.2} ms, {} KB", bytes / 1_000), Some(got <= wanted))
    };
    let mut figures = vec![
        row(&format!("seat map of {SEATS} seats, SVG"), 2.0, svg, bytes[0]),
        row(&format!("… first PNG {WIDTH} px on a kept ground"), 15.0, first, bytes[1]),
        row("… PNG after one seat changed", 1.5, again, bytes[2]),
    ];
    figures.extend(beside(&renderer, &drawing, first, rounds)?);
    figures.push(memory()?);
    Ok(figures)
}

/// Times rsvg-convert making that PNG of our SVG, where the program is installed.
fn beside(renderer: &Renderer, drawing: &SeatMapDrawing, ours: f64, rounds: usize) -> Result<Option<Figure>> {
    let installed = Command::new("rsvg-convert").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let (svg, png) = (std::env::temp_dir().join("bench-map.svg"), std::env::temp_dir().join("bench-map.png"));
    std::fs::write(&svg, renderer.seat_map_svg(drawing))?;
    let mut times = Vec::new();
    for _ in 0..rounds.clamp(1, 5) {
        let watch = Stopwatch::start();
        let convert = Command::new("rsvg-convert").arg("-w").arg(WIDTH.to_string()).arg("-o").arg(&png).arg(&svg).status();
        anyhow::ensure!(convert?.success(), "rsvg-convert failed on our SVG");
        times.push(watch.seconds() * 1e3);
    }
    [svg, png].iter().try_for_each(std::fs::remove_file)?;
    let theirs = median(times);
    let times = theirs / ours;
    let said = format!("{times:.0} × ({theirs:.0} ms)");
    Ok(Some(Figure::new("… that PNG against rsvg-convert on our SVG", &format!("{TIMES} ×"), said, Some(times >= TIMES))))
}

/// What drawing a large map at its largest adds to the process at most.
fn memory() -> Result<Figure> {
    let drawing = stadium(LARGE)?;
    let renderer = Renderer::new()?;
    // from here on the process's high-water mark counts anew. Source: proc(5), clear_refs
    std::fs::write("/proc/self/clear_refs", "5").context("the high-water mark cannot be reset")?;
    let before = resident("VmRSS")?;
    let png = renderer.seat_map_png_in(&drawing, Theme::Light, renderer::MAX_WIDTH)?;
    let used = (resident("VmHWM")? - before) / 1_024.0;
    let said = format!("{used:.0} MB, {} KB drawn", png.len() / 1_000);
    Ok(Figure::new(
        &format!("memory of drawing {LARGE} seats at {} px", renderer::MAX_WIDTH),
        "64 MB",
        said,
        Some(used <= LARGE_MIB),
    ))
}

/// A line of the process's status, in KiB.
fn resident(name: &str) -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).context("no such line in the status")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
}

fn stadium(seats: u32) -> Result<SeatMapDrawing> {
    let map = hall(Design::Stadium, seats);
    let tiers: Vec<Tier> = (0..4)
        .filter_map(TierId::nth)
        .map(|id| Ok(Tier { id, name: format!("Tier {id}"), price: Money::new(5_000, "AUD".parse()?) }))
        .collect::<Result<_>>()?;
    let mut rng = StdRng::seed_from_u64(20);
    let states = [SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];
    Ok(SeatMapDrawing {
        seat_tiers: map.seats().map(|at| at.section.tier).collect(),
        seat_states: map.seats().map(|_| states[rng.random_range(0..4)]).collect(),
        areas: map.areas.iter().map(|area| AreaState { tier: area.tier, available: area.capacity }).collect(),
        map: Arc::new(map),
        title: "The Night Owls".into(),
        subtitle: "Fri 12 Mar 2027, 20:00".into(),
        tiers,
        selected: vec![],
        event: EventId::at(jiff::Timestamp::UNIX_EPOCH),
        edition: 1,
        version: 1,
    })
}
