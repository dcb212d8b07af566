//! How long pictures take: `cargo run --release -p renderer --example figures [folder for the pictures]`.

use std::sync::Arc;

use domain::ticket_code::{TicketClaims, TicketSigner, verify};
use domain::time::Stopwatch;
use domain::{EventId, Money, Row, Seat, SeatMap, Section, Tier, TierId};
use renderer::{Detail, Easel, Renderer, SeatMapDrawing, SeatState, Theme, TicketDrawing, TicketPlace, TicketTheme};

/// A bowl of 20,000 seats: 25 blocks of 40 rows of 20.
fn arena() -> SeatMap {
    let seat = |block: usize, row: usize, n: usize| {
        let angle = (block as f32 * 13.0 + n as f32 * 0.6 - 160.0).to_radians();
        let radius = 700.0 + row as f32 * 9.0;
        Seat {
            number: (n + 1).to_string(),
            x: radius * angle.sin(),
            y: radius * angle.cos(),
            accessible: n == 0 && row == 0,
            companion_of: None,
            gap_after: false,
        }
    };
    let row =
        |block: usize, row: usize| Row { label: format!("R{}", row + 1), seats: (0..20).map(|n| seat(block, row, n)).collect() };
    let section = |block: usize| Section {
        id: format!("b{block}"),
        label: format!("Block {}", block + 1),
        tier: TierId::nth(block % 4).expect("a tier"),
        outline: Vec::new(),
        floor: None,
        rows: (0..40).map(|n| row(block, n)).collect(),
    };
    SeatMap { name: "Arena".into(), focal_point: None, stage: None, sections: (0..25).map(section).collect(), areas: Vec::new() }
}

fn drawing() -> SeatMapDrawing {
    let map = Arc::new(arena());
    let states =
        [SeatState::Available, SeatState::Sold, SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];
    let price = |amount| Money::new(amount, "AUD".parse().expect("a currency"));
    let tier = |n: usize| Tier {
        id: TierId::nth(n).expect("a tier"),
        name: format!("Tier {}", n + 1),
        price: price(4_000 + 1_500 * n as i64),
    };
    SeatMapDrawing {
        title: "Grand Harbour Arena".into(),
        subtitle: "20,000 seats".into(),
        tiers: (0..4).map(tier).collect(),
        seat_tiers: Vec::new(),
        seat_states: (0..map.seat_count()).map(|n| states[(n.wrapping_mul(2_654_435_761) >> 28) as usize % 6]).collect(),
        areas: Vec::new(),
        selected: Vec::new(),
        event: EventId(uuid::Uuid::nil()),
        edition: 1,
        version: 1,
        map,
    }
}

fn ticket(code: String) -> TicketDrawing {
    TicketDrawing {
        event_title: "The Night Owls — Live".into(),
        venue: "Royal Concert Hall".into(),
        city: "Brisbane".into(),
        address: "1 Quay Street".into(),
        organiser: "Riverside Events".into(),
        local_date: "2027-03-12".into(),
        local_time: "20:00".into(),
        local_doors: "19:00".into(),
        place: TicketPlace::Seat { section: "Stalls".into(), row: "H".into(), number: "27".into() },
        access: String::new(),
        holder: "Ada Lovelace".into(),
        tier: "Stalls".into(),
        tier_id: TierId::nth(1).expect("a tier"),
        price: Money::new(7_500, "AUD".parse().expect("a currency")),
        order_ref: "8D9E0F12".into(),
        ticket: domain::TicketId(uuid::Uuid::nil()),
        edition: 1,
        code,
        theme: TicketTheme { small_print: "No re-entry. Doors close ten minutes after the start.".into(), ..Default::default() },
    }
}

/// Milliseconds that this thread has spent on a core, so that a busy machine does not matter.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// The median of some runs after the first.
fn measure<T>(name: &str, mut run: impl FnMut() -> T, size: impl Fn(&T) -> usize) -> T {
    let mut once = |last: &mut Option<T>| {
        let (wall, cpu) = (Stopwatch::start(), cpu_ms());
        *last = Some(run());
        (wall.seconds() * 1e3, cpu_ms() - cpu)
    };
    let mut last = None;
    let first = once(&mut last);
    let (mut wall, mut cpu): (Vec<f64>, Vec<f64>) = (0..15).map(|_| once(&mut last)).unzip();
    wall.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    let last = last.expect("a run");
    println!(
        "{name:26} cpu {:8.2} ms   wall {:8.2} ms   first {:8.2} ms cpu   {:>9} bytes",
        cpu[7],
        wall[7],
        first.1,
        size(&last)
    );
    last
}

/// What a change costs when plan and ground are kept.
fn kept(renderer: &Renderer, drawing: &SeatMapDrawing) {
    let plan = renderer.seat_map_svg_plan(drawing, Theme::Light, Detail::Rows);
    measure("… with its plan kept", || renderer.planned_svg(&plan, drawing, Detail::Rows), String::len);
    let ground = measure(
        "ground, 1200 px",
        || Arc::new(renderer.seat_map_ground(drawing, Theme::Light, 1200).expect("a ground")),
        |ground| ground.bytes(),
    );
    let first = || renderer.redraw(&mut Easel::new(Arc::clone(&ground)), drawing).expect("a PNG");
    measure("first PNG on it", first, Vec::len);
    let (mut easel, mut drawing, mut seat) = (Easel::new(ground), drawing.clone(), 0);
    let change = || {
        seat = (seat + 7_919) % drawing.seat_states.len();
        drawing.seat_states[seat] =
            if drawing.seat_states[seat] == SeatState::Held { SeatState::Available } else { SeatState::Held };
        renderer.redraw(&mut easel, &drawing).expect("a PNG")
    };
    measure("one seat changed", change, Vec::len);
    measure("1100 px, made smaller", || renderer.seat_map_png_in(&drawing, Theme::Light, 1100).expect("a PNG"), Vec::len);
}

fn main() {
    let renderer = measure("fonts", || Renderer::new().expect("a renderer"), |_| 0);
    let drawing = drawing();
    println!("{} seats", drawing.map.seat_count());
    let svg = measure("seat map SVG", || renderer.seat_map_svg(&drawing), String::len);
    kept(&renderer, &drawing);
    let mut pictures = vec![("map.svg".to_owned(), svg.into_bytes())];
    for width in [320, 800, 1200, 2400, 4096] {
        let png =
            measure(&format!("seat map PNG {width} px"), || renderer.seat_map_png(&drawing, width).expect("a PNG"), Vec::len);
        pictures.push((format!("map-{width}.png"), png));
    }
    let signer = TicketSigner::from_seed(&[1; 32]);
    let claims = TicketClaims { ticket: domain::TicketId(uuid::Uuid::nil()), event: drawing.event, edition: 1 };
    let code = measure("sign", || signer.sign(&claims), String::len);
    measure("verify", || verify(&code, &[signer.public()]).is_ok(), |_| 0);
    let ticket = ticket(code);
    measure("ticket SVG", || renderer.ticket_svg(&ticket).expect("a ticket"), String::len);
    let png = measure("ticket PNG, double size", || renderer.ticket_png(&ticket, 2).expect("a ticket"), Vec::len);
    pictures.push(("ticket.png".to_owned(), png));
    measure("ticket PDF, alone", || renderer.tickets_pdf(std::slice::from_ref(&ticket)).expect("a ticket"), Vec::len);
    let batch = vec![ticket; 100];
    let pdf = measure("ticket PDF, a hundred", || renderer.tickets_pdf(&batch).expect("tickets"), Vec::len);
    pictures.push(("tickets.pdf".to_owned(), pdf));
    if let Some(folder) = std::env::args().nth(1) {
        for (name, bytes) in pictures {
            std::fs::write(format!("{folder}/{name}"), bytes).expect("a folder to write to");
        }
    }
}
