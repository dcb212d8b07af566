//! The drawing of a ticket, and the signed code that the door scans.

use booking::TicketView;
use catalog::model::Event;
use domain::ticket_code::TicketClaims;
use domain::{LocalTime, TierId};
use renderer::{TicketDrawing, TicketPlace};
use uuid::Uuid;

use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};

/// What stands on a ticket now; the code is signed for the edition that is drawn.
pub async fn ticket_drawing(app: &App, ticket: TicketView) -> ApiResult<TicketDrawing> {
    let event = app.reads.event(ticket.event_id).await?;
    drawing_of(app, &event, ticket)
}

/// What stands on a ticket of an event that was read already.
pub fn drawing_of(app: &App, event: &Event, ticket: TicketView) -> ApiResult<TicketDrawing> {
    if !ticket.valid {
        return Err(ApiError::new(Code::Conflict).detail("the ticket was given back; it lets nobody in"));
    }
    let claims = TicketClaims { ticket: ticket.id, event: ticket.event_id, edition: event.edition };
    let code = app.keys.with_ticket(|signer| signer.sign(&claims));
    let local = LocalTime::of(event.row.starts_at, &event.row.timezone);
    let (place, tier_id) = place_of(&ticket);
    let tier = event.row.tiers.iter().find(|tier| tier.id == tier_id).map(|tier| tier.name.clone()).unwrap_or_default();
    let (venue, city) = event.venue.as_ref().map(|venue| (venue.name.clone(), venue.city.clone())).unwrap_or_default();
    Ok(TicketDrawing {
        event_title: event.row.title.clone(),
        venue,
        city,
        local_date: local.local_date,
        local_time: local.local_time,
        place,
        holder: ticket.holder,
        tier,
        tier_id,
        price: ticket.price,
        order_ref: order_ref(ticket.order_id.0),
        ticket: ticket.id,
        edition: event.edition,
        code,
    })
}

fn place_of(ticket: &TicketView) -> (TicketPlace, TierId) {
    match (&ticket.seat, &ticket.area) {
        (Some(seat), _) => {
            let (section, row, number) = (seat.section_label.clone(), seat.row.clone(), seat.number.clone());
            (TicketPlace::Seat { section, row, number }, seat.tier)
        }
        (None, Some(area)) => (TicketPlace::Area { label: area.label.clone() }, area.tier),
        (None, None) => unreachable!("booking gives every ticket a seat or an area"),
    }
}

/// How people name an order: the last eight digits of its id.
fn order_ref(order: Uuid) -> String {
    let text = order.simple().to_string().to_ascii_uppercase();
    text[text.len() - 8..].to_owned()
}

/// The signed code of a ticket in its event's present edition; none once it was given back.
pub fn code(app: &App, ticket: &TicketView) -> Option<String> {
    let claims = TicketClaims { ticket: ticket.id, event: ticket.event_id, edition: ticket.edition };
    ticket.valid.then(|| app.keys.with_ticket(|signer| signer.sign(&claims)))
}
