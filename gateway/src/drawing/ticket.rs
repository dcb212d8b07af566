//! The drawing of a ticket, and the signed code that the door scans.

use booking::{Access, TicketSeatView, TicketView};
use catalog::model::{Event, EventVenue, Precision};
use domain::ticket_code::TicketClaims;
use domain::{EventId, LocalTime, OrganiserId, TierId};
use renderer::{CodeForm, TicketDrawing, TicketPlace, TicketTheme};

use crate::drawing::logo;
use crate::drawing::theme::TicketThemeBody;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::logos::Missing;

/// What all tickets of one event show now, read in its present edition.
pub struct Show {
    pub event: Event,
    pub organiser: String,
    pub theme: TicketTheme,
    /// Whether the theme lacks its picture because that is out of reach now.
    pub awaits_picture: bool,
}

impl Show {
    pub async fn read(app: &App, event: EventId) -> ApiResult<Self> {
        let organiser = app.reads.organiser_of(event).await?;
        let look = app.people.ticket_look(organiser).await?;
        let body = TicketThemeBody::kept(look.theme);
        let mut theme = body.theme().unwrap_or_default();
        let mut awaits_picture = false;
        if let Some(image) = body.image_id {
            let found = logo::logo(app, image.into()).await?;
            awaits_picture = found.as_ref().is_err_and(|missing| *missing == Missing::Away);
            theme.logo = found.ok();
        }
        // last, so that no edition is drawn that was replaced while the rest was read
        let event = app.reads.event(event).await?;
        // the house is whoever runs the server: to its buyers it is the server itself
        let organiser = if organiser == OrganiserId::HOUSE { String::new() } else { look.organiser };
        Ok(Self { event, organiser, theme, awaits_picture })
    }

    /// Shows codes of another form, if one is asked for.
    #[must_use]
    pub fn with_code(mut self, form: Option<CodeForm>) -> Self {
        self.theme.code = form.unwrap_or(self.theme.code);
        self
    }

    /// What stands on a ticket now; the code is signed for the edition that is drawn.
    ///
    /// Refuses   conflict for a ticket that was given back.
    pub fn ticket(&self, app: &App, ticket: TicketView) -> ApiResult<TicketDrawing> {
        if !ticket.valid {
            return Err(ApiError::new(Code::Conflict).detail("the ticket was given back; it lets nobody in"));
        }
        let (row, edition) = (&self.event.row, self.event.edition);
        let claims = TicketClaims { ticket: ticket.id, event: ticket.event_id, edition };
        let code = app.keys.with_ticket(|signer| signer.sign(&claims));
        let local = LocalTime::of(row.starts_at, &row.timezone);
        let (place, tier_id) = place_of(&ticket);
        let tier = row.tiers.iter().find(|tier| tier.id == tier_id).map(|tier| tier.name.clone()).unwrap_or_default();
        let venue = self.event.venue.as_ref();
        Ok(TicketDrawing {
            event_title: row.title.clone(),
            venue: venue.map(|venue| venue.name.clone()).unwrap_or_default(),
            address: venue.map(address).unwrap_or_default(),
            city: venue.map(|venue| venue.city.clone()).unwrap_or_default(),
            organiser: self.organiser.clone(),
            local_date: local.local_date,
            // midnight is not an hour that anybody said
            local_time: if row.start_precision == Precision::Day { String::new() } else { local.local_time },
            local_doors: row.doors().unwrap_or_default(),
            place,
            access: ticket.seat.as_ref().map(access).unwrap_or_default(),
            holder: ticket.holder,
            tier,
            tier_id,
            price: ticket.price,
            order_ref: ticket.order_number.to_string(),
            ticket: ticket.id,
            edition,
            code,
            theme: self.theme.clone(),
        })
    }
}

/// What stands on one ticket now.
pub async fn ticket_drawing(app: &App, ticket: TicketView) -> ApiResult<TicketDrawing> {
    Show::read(app, ticket.event_id).await?.ticket(app, ticket)
}

/// `1 Quay Street, 4000`
fn address(venue: &EventVenue) -> String {
    let parts = [venue.address.as_str(), venue.postal_code.as_str()].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
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

/// What a wheelchair space or a companion's seat is, and which seat goes with it.
fn access(seat: &TicketSeatView) -> String {
    let other = |id: &str| {
        let mut parts = id.rsplitn(3, '-');
        let (number, row) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if row == seat.row { format!("seat {number}") } else { format!("row {row}, seat {number}") }
    };
    match &seat.access {
        Access { accessible: true, companion: Some(id), .. } => format!("Wheelchair space · companion in {}", other(id)),
        Access { accessible: true, .. } => "Wheelchair space".to_owned(),
        Access { companion_of: Some(id), .. } => format!("Companion of {}", other(id)),
        Access { .. } => String::new(),
    }
}

/// The signed code of a ticket in its event's present edition; none once it was given back.
pub fn code(app: &App, ticket: &TicketView) -> Option<String> {
    let claims = TicketClaims { ticket: ticket.id, event: ticket.event_id, edition: ticket.edition };
    ticket.valid.then(|| app.keys.with_ticket(|signer| signer.sign(&claims)))
}
