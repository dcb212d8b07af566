//! Tickets: bought at the event's desk at once, by users who cannot sign in.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use booking::{BookingError, PrintStatus, SoldTicket, TICKETS_PAGE, TicketsOf};
use domain::{BuyerId, EventId, TicketId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::array::{Pages, array};
use super::asked::{Named, id, object, parameter};
use super::base::Base;
use super::known::ORGANISER;
use super::memory::Memory;
use super::refused::{FacadeResult, Refused};
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::extract::Json;

/// Concerts whose tickets are listed one after the other.
const CONCERTS: u32 = 500;

/// A ticket as the interface shows it.
#[derive(Debug, Serialize)]
pub struct TicketBody {
    id: Uuid,
    concert: Link,
    user: Link,
    print_status: &'static str,
}

/// Another thing: its id, and where it is.
#[derive(Debug, Serialize)]
struct Link {
    id: Uuid,
    url: String,
}

impl TicketBody {
    pub fn new(base: &str, ticket: SoldTicket, print: PrintStatus) -> Self {
        let concert = Link { id: ticket.event.0, url: format!("{base}/concerts/{}", ticket.event) };
        let user = Link { id: ticket.buyer.0, url: format!("{base}/users/{}", ticket.buyer) };
        Self { id: ticket.id.0, concert, user, print_status: print.as_str() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBody {
    concert_id: String,
    user_id: String,
}

/// Buys a place.  `POST /api/v1/tickets`
pub async fn buy(
    app: App,
    Base(base): Base,
    Extension(facade): Extension<Arc<Memory>>,
    request: Request,
) -> FacadeResult<Response> {
    let NewBody { concert_id, user_id } = object(request).await?;
    let event = id(&concert_id).map(EventId).ok_or(Refused::malformed("concert_id is no UUID"))?;
    let user = id(&user_id).ok_or(Refused::malformed("user_id is no UUID"))?;
    let user = facade.users.find(user).ok_or(Refused::malformed("there is no such user"))?;
    let buyer = BuyerId(user.id);
    let sold = app.booking.sell(event, ORGANISER, buyer, user.contact()).await.map_err(|error| match error {
        BookingError::NotFound => Refused::malformed("there is no such concert"),
        error => error.into(),
    })?;
    let ticket = SoldTicket { id: sold, event, buyer };
    Ok((StatusCode::CREATED, Json(TicketBody::new(&base, ticket, PrintStatus::NotPrinted))).into_response())
}

/// One ticket.  `GET /api/v1/tickets/{id}`
pub async fn get(
    app: App,
    Base(base): Base,
    Extension(facade): Extension<Arc<Memory>>,
    Named(text): Named,
) -> FacadeResult<Json<TicketBody>> {
    let ticket = find(&app, &facade, &text).await?;
    let print = app.booking.print(ticket.id, None).await?;
    Ok(Json(TicketBody::new(&base, ticket, print.status)))
}

/// The ticket of a concert that a path names.
pub async fn find(app: &App, facade: &Memory, text: &str) -> FacadeResult<SoldTicket> {
    let ticket = app.booking.sold_ticket(id(text).map(TicketId).ok_or(Refused::Unknown)?).await?;
    facade.known.concert(app, ticket.event).await?;
    Ok(ticket)
}

/// How far the printing of these tickets has come.
async fn statuses(app: &App, tickets: &[SoldTicket]) -> FacadeResult<HashMap<TicketId, PrintStatus>> {
    let ids: Vec<TicketId> = tickets.iter().map(|ticket| ticket.id).collect();
    let prints = app.booking.prints(&ids).await?;
    Ok(prints.into_iter().map(|print| (print.ticket_id, print.status)).collect())
}

/// Tickets, all or of a concert, a user or both, in the order of their sale.  `GET /api/v1/tickets`
pub async fn list(
    app: App,
    Base(base): Base,
    Extension(facade): Extension<Arc<Memory>>,
    RawQuery(query): RawQuery,
) -> FacadeResult<Response> {
    let named = |name: &str| parameter(query.as_deref(), name).map(|text| id(&text).ok_or(Refused::Unknown)).transpose();
    let user = named("user_id")?;
    if user.is_some_and(|user| facade.users.find(user).is_none()) {
        return Err(Refused::Unknown);
    }
    let concert = named("concert_id")?.map(EventId);
    if let Some(concert) = concert {
        facade.known.concert(&app, concert).await?;
    }
    let of = match (concert, user.map(BuyerId)) {
        (Some(concert), Some(user)) => Some(TicketsOf::Both(concert, user)),
        (Some(concert), None) => Some(TicketsOf::Event(concert)),
        (None, Some(user)) => Some(TicketsOf::Buyer(user)),
        (None, None) => None,
    };
    match of {
        Some(of) => array(Tickets { app, base, of, after: None }).await,
        None => array(Everywhere { concerts: Vec::new(), last: None, read: false, now: None, app, base }).await,
    }
}

/// The tickets of one list.
struct Tickets {
    app: App,
    base: String,
    of: TicketsOf,
    after: Option<TicketId>,
}

impl Pages for Tickets {
    async fn next(&mut self, to: &mut Vec<u8>) -> FacadeResult<bool> {
        let page = self.app.booking.sold_tickets(self.of, self.after).await?;
        if page.is_empty() {
            return Ok(false);
        }
        let more = page.len() == TICKETS_PAGE as usize;
        self.after = page.last().map(|last| last.id);
        let statuses = statuses(&self.app, &page).await?;
        for ticket in page {
            to.push(b',');
            let print = statuses.get(&ticket.id).copied().unwrap_or(PrintStatus::NotPrinted);
            let body = TicketBody::new(&self.base, ticket, print);
            serde_json::to_writer(&mut *to, &body).map_err(ApiError::fault)?;
        }
        Ok(more)
    }
}

/// The tickets of all concerts, one concert after the other.
struct Everywhere {
    app: App,
    base: String,
    /// Concerts that were read and are still to be listed, the next one last.
    concerts: Vec<EventId>,
    /// The last one that was read.
    last: Option<EventId>,
    /// No further ones are there to be read.
    read: bool,
    now: Option<Tickets>,
}

impl Pages for Everywhere {
    async fn next(&mut self, to: &mut Vec<u8>) -> FacadeResult<bool> {
        loop {
            if let Some(tickets) = &mut self.now {
                if !tickets.next(to).await? {
                    self.now = None;
                }
                if !to.is_empty() {
                    return Ok(true);
                }
                continue;
            }
            if self.concerts.is_empty() && !self.read {
                let page = self.app.reads.concerts(self.last, CONCERTS).await?;
                self.read = page.len() < CONCERTS as usize;
                self.last = page.last().map(|concert| concert.id).or(self.last);
                self.concerts = page.into_iter().rev().map(|concert| concert.id).collect();
                // the answer begins although a thousand concerts have sold nothing
                return Ok(true);
            }
            let Some(concert) = self.concerts.pop() else { return Ok(false) };
            let (app, base) = (self.app.clone(), self.base.clone());
            self.now = Some(Tickets { app, base, of: TicketsOf::Event(concert), after: None });
        }
    }
}
