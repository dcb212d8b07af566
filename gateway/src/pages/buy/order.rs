//! What a buyer owns: one order with its tickets, and all of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use booking::{EntryView, HoldState, HoldView, OrderState, OrderView, TicketView};
use catalog::model::Event;
use domain::{EventId, OrderId};

use crate::api::base::Base;
use crate::api::booking::orders::page_link;
use crate::drawing::ticket::code;
use crate::pages::buy::event::load;
use crate::pages::buy::held::{Remembered, is_live, left, places};
use crate::pages::buy::hold::{event_line, kind};
use crate::pages::buy::waitlist;
use crate::pages::find::cards::plural;
use crate::pages::params::FilledParams;
use crate::pages::shopper::KnownBuyer;
use crate::pages::show::{PageResult, go, show};
use crate::pages::view::order::{HeldLine, Keep, MePage, OrderLine, OrderPage, TicketView as TicketLine};
use crate::pages::view::waitlist::WaitLine;
use crate::pages::view::{Notice, Page};
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::order_key::{KEY, OrderKey, OrderReader, with_key};
use crate::web::policy::CachePolicy;

/// Orders on one page.
const ORDERS: u32 = 50;
/// How long an order is news.
const FRESH_SECONDS: i64 = 300;

/// An order with its tickets, for its buyer or for who has the key of its link.  `GET /orders/{id}`
///
/// Gives     303 to the address without the key, where it is the buyer who came with one.
pub async fn order_page(
    app: App,
    Path(id): Path<String>,
    KnownBuyer(buyer): KnownBuyer,
    Base(base): Base,
    asked: FilledParams,
) -> PageResult<Response> {
    let id: OrderId = id.parse().map_err(|_| ApiError::not_found())?;
    let key = asked.one(KEY);
    let by = OrderReader::new(&app, buyer, (!key.is_empty()).then_some(key));
    let order = app.booking.get_order(id, by.reader.clone()).await?;
    let link = by.key_for(order.buyer_id);
    // its buyer needs no key, and shall not stay on an address that holds a secret
    if link.is_none() && !key.is_empty() {
        return Ok(go(&format!("/orders/{id}")));
    }
    let event = load(&app, &order.event_id.to_string()).await?;
    let notice = asked.has("cancel", "late").then(|| Notice::new("warn", "The event has begun.", "Its orders stay as they are."));
    let page = match link {
        None => OrderPage { notice, keep: keep(&app, &base, &order, &event), ..lay_out(&app, &order, &event, None)? },
        key => OrderPage { by_link: true, can_cancel: false, ..lay_out(&app, &order, &event, key)? },
    };
    show(&page, CachePolicy::Private)
}

/// Gives an order back.  `POST /orders/{id}/cancel`
pub async fn cancel(app: App, Path(id): Path<String>, known: KnownBuyer) -> PageResult<Response> {
    let id: OrderId = id.parse().map_err(|_| ApiError::not_found())?;
    match app.booking.cancel_order(id, Some(known.buyer()?)).await.map_err(ApiError::from) {
        Err(error) if error.code() == Code::EventStarted => Ok(go(&format!("/orders/{id}?cancel=late"))),
        cancelled => {
            cancelled?;
            Ok(go(&format!("/orders/{id}")))
        }
    }
}

/// Makes an order's link anew: the old one opens nothing any more.  `POST /orders/{id}/link`
pub async fn renew_link(app: App, Path(id): Path<String>, known: KnownBuyer) -> PageResult<Response> {
    let id: OrderId = id.parse().map_err(|_| ApiError::not_found())?;
    app.booking.renew_order_link(id, known.buyer()?).await?;
    Ok(go(&format!("/orders/{id}#keep")))
}

/// Where a form was sent to is no page of its own.  `GET /orders/{id}/link`
pub async fn back(Path(id): Path<String>) -> PageResult<Response> {
    let id: OrderId = id.parse().map_err(|_| ApiError::not_found())?;
    Ok(go(&format!("/orders/{id}")))
}

fn lay_out(app: &App, order: &OrderView, event: &Event, key: Option<&OrderKey>) -> PageResult<OrderPage> {
    let now = app.clock.now();
    let tickets: PageResult<Vec<TicketLine>> = order.tickets.iter().map(|ticket| ticket_line(app, ticket, key)).collect();
    Ok(OrderPage {
        page: Page::private("Your tickets"),
        id: order.id.to_string(),
        number: order.number.to_string(),
        pdf_url: with_key(key, format!("/v1/orders/{}.pdf", order.id)),
        calendar_url: with_key(key, format!("/v1/orders/{}/calendar.ics", order.id)),
        event: event_line(event),
        notice: None,
        state: order.state.as_str(),
        total: order.total.told(),
        contact: format!("{}, {}", order.contact.name, order.contact.email),
        tickets: tickets?,
        can_cancel: order.state == OrderState::Paid && event.row.over_at() > now,
        fresh: now.as_second() - order.created_at.as_second() < FRESH_SECONDS,
        by_link: false,
        keep: None,
    })
}

/// The order's own link, with the day of the venue on which it ends; none once it would open nothing.
fn keep(app: &App, base: &str, order: &OrderView, event: &Event) -> Option<Keep> {
    let path = page_link(app, order)?;
    let zone = jiff::tz::TimeZone::get(&event.row.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let until = order.link_until.to_zoned(zone).strftime("%-d %B %Y").to_string();
    Some(Keep { url: format!("{base}{path}"), until })
}

fn ticket_line(app: &App, ticket: &TicketView, key: Option<&OrderKey>) -> PageResult<TicketLine> {
    let qr = match code(app, ticket) {
        Some(code) => app.renderer.code_svg(&code).map_err(ApiError::fault)?,
        None => String::new(),
    };
    let label = match (&ticket.seat, &ticket.area) {
        (Some(seat), _) => format!("{} · Row {} · Seat {}{}", seat.section_label, seat.row, seat.number, kind(&seat.access)),
        (None, Some(area)) => area.label.clone(),
        (None, None) => "Ticket".to_owned(),
    };
    let url = |form: &str| with_key(key, format!("/v1/tickets/{}.{form}", ticket.id));
    Ok(TicketLine {
        id: ticket.id.to_string(),
        label,
        holder: ticket.holder.clone(),
        qr,
        svg_url: url("svg"),
        pdf_url: url("pdf"),
        pass_url: app.wallet.as_ref().map(|_| url("pkpass")),
    })
}

/// What this browser holds, and all orders of its buyer.  `GET /me`
pub async fn my_page(app: App, known: KnownBuyer, headers: HeaderMap) -> PageResult<Response> {
    let mut held = Vec::new();
    for hold in Remembered::of(&headers).read(&app, known.0.as_ref()).await?.iter().rev() {
        held.extend(held_line(&app, hold).await?);
    }
    let mut waits = Vec::new();
    if let Some(buyer) = &known.0 {
        for entry in app.booking.entries(buyer.ids.clone()).await? {
            waits.push(wait_line(&app, &entry).await?);
        }
    }
    let orders = match known.0 {
        Some(buyer) => app.booking.my_orders(buyer.ids, None, ORDERS).await?,
        None => Vec::new(),
    };
    let mut events: HashMap<EventId, Event> = HashMap::new();
    for order in &orders {
        if let Entry::Vacant(unknown) = events.entry(order.event_id) {
            unknown.insert(load(&app, &order.event_id.to_string()).await?);
        }
    }
    let line = |order: &OrderView| {
        Some(OrderLine {
            href: format!("/orders/{}", order.id),
            event: event_line(events.get(&order.event_id)?),
            number: order.number.to_string(),
            state: order.state.as_str(),
            tickets: plural(order.tickets.len() as u64, "ticket"),
            seats: seats(&order.tickets),
            total: order.total.told(),
        })
    };
    let orders = orders.iter().filter_map(line).collect();
    show(&MePage { page: Page::private("My tickets"), held, waits, orders }, CachePolicy::Private)
}

/// A hold that goes on or that lapsed lately; what was bought or given back is told elsewhere.
async fn held_line(app: &App, hold: &HoldView) -> PageResult<Option<HeldLine>> {
    if !is_live(hold) && hold.state != HoldState::Lapsed {
        return Ok(None);
    }
    let event = load(app, &hold.event_id.to_string()).await?;
    Ok(Some(HeldLine {
        href: format!("/holds/{}", hold.id),
        event: event_line(&event),
        places: places(hold),
        left: is_live(hold).then(|| left(hold)),
    }))
}

async fn wait_line(app: &App, entry: &EntryView) -> PageResult<WaitLine> {
    let event = load(app, &entry.event_id.to_string()).await?;
    let offer = entry.hold.as_ref().filter(|hold| is_live(hold));
    Ok(WaitLine {
        href: waitlist::href(entry),
        event: event_line(&event),
        places: plural(entry.quantity.into(), "ticket"),
        stands: match (offer, entry.position) {
            (Some(hold), _) => format!("It is your turn: {} left", left(hold)),
            (None, Some(position)) => format!("Place {position}"),
            (None, None) => "On the waitlist".to_owned(),
        },
        offered: offer.is_some(),
    })
}

/// The seats of an order row by row: `Stalls · Row C · Seats 5, 6; Floor`.
fn seats(tickets: &[TicketView]) -> String {
    let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
    for ticket in tickets {
        let (place, number) = match (&ticket.seat, &ticket.area) {
            (Some(seat), _) => (format!("{} · Row {}", seat.section_label, seat.row), Some(seat.number.as_str())),
            (None, Some(area)) => (area.label.clone(), None),
            (None, None) => continue,
        };
        match rows.last_mut() {
            Some((last, numbers)) if *last == place => numbers.extend(number),
            _ => rows.push((place, number.into_iter().collect())),
        }
    }
    let told = rows.into_iter().map(|(place, numbers)| match numbers[..] {
        [] => place,
        [one] => format!("{place} · Seat {one}"),
        _ => format!("{place} · Seats {}", numbers.join(", ")),
    });
    told.collect::<Vec<_>>().join("; ")
}
