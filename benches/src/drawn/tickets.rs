//! Tickets, drawn in process by one thread: as SVG, as PNG at double size, and as a PDF of an order's many pages.

use anyhow::Result;
use domain::ticket_code::{TicketClaims, TicketSigner};
use domain::{EventId, Money, Stopwatch, TicketId, TierId};
use renderer::{Renderer, TicketDrawing, TicketPlace, TicketTheme};

use crate::report::{Figure, median};

/// Tickets of one round; no two are alike.
const TICKETS: usize = 200;
/// PNGs of one round, which take a hundred times as long as SVGs.
const PICTURES: usize = 20;

pub fn measure(rounds: usize) -> Result<Vec<Figure>> {
    let renderer = Renderer::new()?;
    let tickets = (0..TICKETS).map(ticket).collect::<Result<Vec<_>>>()?;
    let (mut svg, mut png, mut pdf) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds.max(3) {
        svg.push(a_second(&tickets, |tickets| tickets.iter().try_for_each(|one| renderer.ticket_svg(one).map(drop)))?);
        png.push(a_second(&tickets[..PICTURES], |tickets| {
            tickets.iter().try_for_each(|one| renderer.ticket_png(one, 2).map(drop))
        })?);
        pdf.push(a_second(&tickets, |tickets| renderer.tickets_pdf(tickets).map(drop))?);
    }
    let row = |name: &str, least: f64, figures: Vec<f64>| {
        let found = median(figures);
        Figure::new(name, &format!("{least} /s"), format!("{found:.0} /s"), Some(found >= least))
    };
    Ok(vec![
        row("tickets on one core, SVG", 2_500.0, svg),
        row("… PNG at double size", 60.0, png),
        row("… PDF, a page each in one document", 400.0, pdf),
    ])
}

/// How many a second.
fn a_second<E>(tickets: &[TicketDrawing], draw: impl Fn(&[TicketDrawing]) -> Result<(), E>) -> Result<f64, E> {
    let watch = Stopwatch::start();
    draw(tickets)?;
    Ok(tickets.len() as f64 / watch.seconds())
}

fn ticket(n: usize) -> Result<TicketDrawing> {
    let (ticket, event) = (TicketId::at(jiff::Timestamp::UNIX_EPOCH), EventId::at(jiff::Timestamp::UNIX_EPOCH));
    let (row, seat) = (n / 20, n % 20 + 1);
    Ok(TicketDrawing {
        event_title: "The Night Owls — Live".into(),
        venue: "Royal Concert Hall".into(),
        address: "1 Quay Street, 4000".into(),
        city: "Brisbane".into(),
        organiser: "Riverside Events".into(),
        local_date: "2027-03-12".into(),
        local_time: "20:00".into(),
        local_doors: "19:00".into(),
        place: TicketPlace::Seat { section: "Stalls".into(), row: format!("R{row}"), number: seat.to_string() },
        access: String::new(),
        holder: format!("Ada Lovelace {n}"),
        tier: "Stalls".into(),
        tier_id: TierId::nth(1).ok_or_else(|| anyhow::anyhow!("there is a second tier"))?,
        price: Money::new(7_500, "AUD".parse()?),
        order_ref: format!("8D9E0F{n:02}"),
        ticket,
        edition: 1,
        code: TicketSigner::from_seed(&[1; 32]).sign(&TicketClaims { ticket, event, edition: 1 }),
        theme: TicketTheme {
            small_print: "No re-entry. Doors close ten minutes after the start.".into(),
            ..TicketTheme::default()
        },
    })
}
