//! Where an event's sale stands: nothing to sell, a countdown, the picker, over.

use booking::{SeatLetter, SeatsView};
use catalog::model::Event;
use domain::{Availability, EventStatus, TierId};

use crate::pages::find::cards::{closes_at, sells, thousands};
use crate::pages::form::new_key;
use crate::pages::show::PageResult;
use crate::pages::view::event::{AreaLine, Chosen, Join, Opening, OtherDate, Picker, Sale, SaleMessage, TierLine, Visit};
use crate::pages::view::{When, when as wording};
use crate::pages::visit::new_visit;
use crate::web::app::App;

const LIMIT: u32 = 10;

/// Where the sale stands now, and the badge that goes with it.
///
/// Takes     `chosen`: what one visitor wants, on a page of his own; none: the page is everybody's, and its forms are nobody's.
pub async fn sale(app: &App, event: &Event, chosen: Option<Chosen>) -> PageResult<(Sale, Availability)> {
    let now = app.clock.now();
    let Some(opens) = event.row.sale_opens_at.filter(|_| sells(event)) else {
        let over = event.row.status == EventStatus::Cancelled || event.row.over_at() <= now;
        return Ok((if over { Sale::Over } else { Sale::None }, unsold(event)));
    };
    if event.row.status == EventStatus::Cancelled {
        return Ok((Sale::Over, Availability::Cancelled));
    }
    if now < opens {
        let wait = wording::wait(opens.as_second() - now.as_second());
        let when = When::of(opens, &event.row.timezone, true);
        let opening = Opening { when, wait, opens_ms: opens.as_millisecond(), now_ms: now.as_millisecond(), tiers: tiers(event) };
        return Ok((Sale::Opens(opening), Availability::NotOnSale));
    }
    if now >= closes_at(event) {
        return Ok((Sale::Over, Availability::NotOnSale));
    }
    let seats = app.booking.seats(event.row.id).await?;
    let badge = Availability::of(seats.counts.available, seats.counts.held, seats.counts.capacity());
    let floors = floors(app, event).await?;
    Ok((Sale::Open(Box::new(Picker { floors, ..picker(app, event, &seats, chosen) })), badge))
}

/// The names of a house's floors, in the order of its drawing; none where there is one.
async fn floors(app: &App, event: &Event) -> PageResult<Vec<String>> {
    let Some(map) = event.row.seat_map_id else { return Ok(Vec::new()) };
    let plan = app.studio.floor_plan(&app.reads, map).await?;
    let drawn = plan.floors().into_iter().filter(|floor| floor.bounds.is_some());
    Ok(drawn.map(|floor| floor.name.to_owned()).collect())
}

fn unsold(event: &Event) -> Availability {
    if event.row.status == EventStatus::Cancelled { Availability::Cancelled } else { Availability::NotOnSale }
}

/// Why nothing can be bought, in one sentence, and the dates of the same series that have tickets.
pub fn told(app: &App, event: &Event, (sale, badge): (&Sale, Availability), others: &[OtherDate]) -> Option<SaleMessage> {
    let dates: Vec<OtherDate> = others.iter().filter(|other| other.open).cloned().collect();
    let instead = if dates.is_empty() { "" } else { " There are tickets for:" };
    let (title, detail) = match (sale, badge) {
        (Sale::Over, Availability::Cancelled) => ("This event is cancelled", "Whoever paid gets the money back without asking."),
        (Sale::Over, _) if event.row.over_at() <= app.clock.now() => {
            ("This event is over", "It took place; its orders stay in My tickets.")
        }
        (Sale::Over, _) => ("The sale is over", "Tickets for this date are no longer sold online."),
        (Sale::Open(_), Availability::SoldOut) => ("Sold out", "Every ticket for this date is sold."),
        (Sale::Open(_), Availability::Held) => (
            "Everything left is on hold",
            "Others are paying for the last places; some may come back within minutes, here on this page.",
        ),
        _ => return None,
    };
    let join = match sale {
        Sale::Open(picker) => Some(Join {
            event_id: picker.event_id.clone(),
            visit: picker.visit.clone().map(|visit| Visit { key: new_key(), ..visit }),
            limit: picker.limit,
            tiers: picker.tiers.clone(),
        }),
        _ => None,
    };
    Some(SaleMessage { title, detail: format!("{detail}{instead}"), dates, join })
}

fn picker(app: &App, event: &Event, seats: &SeatsView, chosen: Option<Chosen>) -> Picker {
    let price_of =
        |tier: TierId| event.row.tiers.iter().find(|known| known.id == tier).map(|known| known.price.told()).unwrap_or_default();
    let told = app.catalog.overlay().get(event.row.id);
    let left_of = |tier: TierId| told.map_or(Availability::Available, |badge| badge.of(tier));
    let rows = || seats.sections.iter().flat_map(|section| &section.rows);
    let free: usize = rows().map(|row| row.states.matches(SeatLetter::Available.as_char()).count()).sum();
    let mut sold = tiers(event);
    for (line, tier) in sold.iter_mut().zip(&event.row.tiers) {
        line.badge = Some(left_of(tier.id).into());
        line.seated = rows().any(|row| row.tiers.contains(tier.id.as_char()));
    }
    let areas = seats.areas.iter().map(|area| AreaLine {
        id: area.id.clone(),
        label: area.label.clone(),
        price: price_of(area.tier),
        available: area.available,
        left: thousands(area.available.into()),
        colour: colour(area.tier),
    });
    let map = event.row.seat_map_id.map(|map| map.to_string()).unwrap_or_default();
    Picker {
        event_id: event.row.id.to_string(),
        visit: chosen.is_some().then(|| Visit { key: new_key(), word: new_visit(app) }),
        map_url: format!("/assets/maps/{map}.json"),
        seated: !seats.sections.is_empty(),
        floors: Vec::new(),
        tiers: sold,
        areas: areas.collect(),
        available: thousands(free as u64),
        gone: free == 0,
        limit: event.row.buyer_limit.unwrap_or(LIMIT).min(LIMIT),
        chosen: chosen.unwrap_or_default(),
    }
}

fn tiers(event: &Event) -> Vec<TierLine> {
    let line = |tier: &domain::Tier| TierLine {
        id: tier.id.to_string(),
        name: tier.name.clone(),
        price: tier.price.told(),
        colour: colour(tier.id),
        badge: None,
        seated: false,
    };
    event.row.tiers.iter().map(line).collect()
}

/// The colour's place in the style sheet's palette of eight.
fn colour(tier: TierId) -> usize {
    tier.index() % 8 + 1
}
