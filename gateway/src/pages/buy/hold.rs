//! The checkout: what is held, for how long, for whom; then on to the payment.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use booking::{Access, Checkout, Contact, HoldView, Together};
use catalog::model::Event;
use domain::{HoldId, TierId};

use crate::pages::buy::event::{load, path};
use crate::pages::buy::held::{is_live, left};
use crate::pages::find::cards::{place, when};
use crate::pages::form::{Form, new_key};
use crate::pages::params::FilledParams;
use crate::pages::shopper::KnownBuyer;
use crate::pages::show::{PageResult, go, show, show_as, words};
use crate::pages::view::checkout::{CheckoutPage, EventLine, FieldError, SeatLine};
use crate::pages::view::{Notice, Page, Poster};
use crate::payments;
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::partner;
use crate::web::policy::CachePolicy;

/// What the buyer typed, to be shown again.
#[derive(Default)]
struct Typed {
    name: String,
    email: String,
    errors: Vec<FieldError>,
    notice: Option<Notice>,
}

/// Said where there is something to pay and no provider to pay at.
const NO_WAY_TO_PAY: &str = "There is no way to pay here yet. Your seats stay held until the time is over.";

/// The checkout page.  `GET /holds/{id}`
pub async fn checkout_page(app: App, Path(id): Path<String>, known: KnownBuyer, asked: FilledParams) -> PageResult<Response> {
    let (hold, event) = read(&app, &id, &known).await?;
    if let Some(order) = hold.order_id {
        return Ok(go(&format!("/orders/{order}")));
    }
    let declined = asked.has("payment", "declined") && is_live(&hold);
    let notice = declined.then(|| {
        Notice::new(
            "bad",
            "The payment was declined.",
            "Nothing was charged. Your seats are still held: try again, or another way to pay.",
        )
    });
    let notice = notice.or_else(|| apart(&hold).filter(|_| asked.has("chosen", "best")));
    let contact = if is_live(&hold) { known_contact(&app, &hold, &known).await? } else { None };
    let Contact { name, email } = contact.unwrap_or_else(|| Contact { name: String::new(), email: String::new() });
    show(&lay_out(&app, &hold, &event, Typed { name, email, notice, ..Typed::default() }).await?, CachePolicy::Private)
}

/// Says that a party does not sit together, before it is paid.
fn apart(hold: &HoldView) -> Option<Notice> {
    let how = match hold.together.filter(|_| is_live(hold))? {
        Together::Row => return None,
        Together::Rows => "They are in one section, but not all side by side.",
        Together::Sections => "They are in different sections.",
    };
    Some(Notice::new("warn", "These seats are not together.", format!("{how} You can give them back and choose on the map.")))
}

/// What need not be typed again: what was given at the last attempt, or what the account says.
async fn known_contact(app: &App, hold: &HoldView, known: &KnownBuyer) -> PageResult<Option<Contact>> {
    if let Some(contact) = app.booking.contact(hold, known.buyer()?).await? {
        return Ok(Some(contact));
    }
    let Some(me) = known.0.as_ref().and_then(|buyer| buyer.signed_in) else { return Ok(None) };
    let account = app.people.account(me).await?;
    Ok(Some(Contact { name: account.name, email: account.email }))
}

/// Begins the payment.  `POST /holds/{id}/checkout`
///
/// Gives     303 to the provider's page, or to the order where nothing is due; the same page again with what is missing.
pub async fn begin_payment(app: App, Path(id): Path<String>, known: KnownBuyer, form: Form) -> PageResult<Response> {
    let (hold, event) = read(&app, &id, &known).await?;
    let (mut name, email) = (form.fields.one("name").to_owned(), form.fields.one("email").to_owned());
    domain::text::unturn(&mut name);
    known.0.as_ref().map_or(Ok(()), partner::may_pay)?;
    let contact = Contact { name: name.clone(), email: email.clone() };
    let method = payments::for_pages(hold.total.amount, &app.config);
    let checkout = method.map(|method| Checkout { method, contact, attendees: Vec::new() });
    let begun = match checkout.clone() {
        Some(checkout) => {
            app.booking.checkout(hold.id, known.buyer()?, checkout, form.idempotency()).await.map_err(ApiError::from)
        }
        None => Err(ApiError::new(Code::Conflict).detail(NO_WAY_TO_PAY)),
    };
    let error = match begun {
        Ok(begun) => {
            let order = begun.value.order.map(|order| format!("/orders/{}", order.id));
            let next = order.or_else(|| payments::page(&begun.value.payment));
            return Ok(go(&next.unwrap_or_else(|| format!("/holds/{}", hold.id))));
        }
        Err(error) => error,
    };
    let typed = match (error.code(), &checkout) {
        (Code::Invalid, Some(checkout)) => Typed { errors: errors(checkout), name, email, notice: None },
        (Code::HoldOrdered | Code::HoldLapsed | Code::HoldReleased, _) => return Ok(go(&format!("/holds/{}", hold.id))),
        (Code::Internal | Code::NotFound, _) => return Err(error.into()),
        _ => {
            let (title, detail) = words(&error);
            Typed { name, email, notice: Some(Notice::new("bad", format!("{title}."), detail)), ..Typed::default() }
        }
    };
    show_as(error.status(), &lay_out(&app, &hold, &event, typed).await?, CachePolicy::Private)
}

/// Gives the seats back.  `POST /holds/{id}/release`
pub async fn release(app: App, Path(id): Path<String>, known: KnownBuyer) -> PageResult<Response> {
    let (hold, event) = read(&app, &id, &known).await?;
    match app.booking.release(hold.id, known.buyer()?).await.map_err(ApiError::from) {
        Err(error) if error.code() == Code::HoldOrdered => Ok(go(&format!("/holds/{}", hold.id))),
        released => {
            released?;
            Ok(go(&path(&event)))
        }
    }
}

async fn read(app: &App, id: &str, known: &KnownBuyer) -> PageResult<(HoldView, Event)> {
    let id: HoldId = id.parse().map_err(|_| ApiError::not_found())?;
    let hold = app.booking.get_hold(id, known.buyer()?).await?;
    let event = load(app, &hold.event_id.to_string()).await?;
    Ok((hold, event))
}

async fn lay_out(app: &App, hold: &HoldView, event: &Event, typed: Typed) -> PageResult<CheckoutPage> {
    let live = is_live(hold);
    Ok(CheckoutPage {
        page: Page::private(if live { "Checkout" } else { "No longer held" }),
        hold_id: hold.id.to_string(),
        key: new_key(),
        event: event_line(event),
        notice: typed.notice,
        seconds_left: hold.seconds_left,
        left: left(hold),
        lines: lines(app, hold, event).await?,
        total: hold.total.told(),
        free: hold.total.amount == 0,
        name: typed.name,
        email: typed.email,
        errors: typed.errors,
        live,
    })
}

/// The event as a reminder.
pub fn event_line(event: &Event) -> EventLine {
    EventLine {
        href: path(event),
        title: event.row.title.clone(),
        when: when(event),
        place: place(event.venue.as_ref()),
        poster: Poster::large(event.image.shown.as_ref(), event.row.id.0, &event.row.category),
    }
}

/// What kind of place a seat is, behind its number; nothing for a plain one.
pub fn kind(access: &Access) -> &'static str {
    match access {
        Access { accessible: true, .. } => " · wheelchair space",
        Access { companion_of: Some(_), .. } => " · companion’s seat",
        Access { .. } => "",
    }
}

/// What is held, place by place.
pub async fn lines(app: &App, hold: &HoldView, event: &Event) -> PageResult<Vec<SeatLine>> {
    let tier = |id: TierId| event.row.tiers.iter().find(|tier| tier.id == id).map(|tier| tier.name.clone()).unwrap_or_default();
    if let Some(area) = &hold.area {
        let price = area.price.checked_mul(area.quantity).unwrap_or(area.price);
        let label = format!("{} × {}", area.quantity, area.label);
        return Ok(vec![SeatLine { label, tier: tier(area.tier), price: price.told() }]);
    }
    let seats = app.booking.seats(hold.event_id).await?;
    let section =
        |id: &str| seats.sections.iter().find(|section| section.id == id).map_or(id, |section| &*section.label).to_owned();
    let line = |seat: &booking::SeatView| SeatLine {
        label: format!("{} · Row {} · Seat {}{}", section(&seat.section), seat.row, seat.number, kind(&seat.access)),
        tier: tier(seat.tier),
        price: seat.price.told(),
    };
    Ok(hold.seats.iter().map(line).collect())
}

/// What is wrong with the form, in words; booking, whose rules these are, has refused it already.
fn errors(checkout: &Checkout) -> Vec<FieldError> {
    let told = |fault: domain::Invalid| match fault.field.as_str() {
        "contact.email" => FieldError { field: "email", detail: "That does not look like an email address.".to_owned() },
        _ => FieldError { field: "name", detail: "Please give the name for the tickets.".to_owned() },
    };
    let errors: Vec<_> = checkout.faults().map(told).collect();
    let both = || vec![FieldError { field: "name", detail: "Please check both fields.".to_owned() }];
    if errors.is_empty() { both() } else { errors }
}

/// Nothing else may hang under a hold.  `GET /holds/{id}/checkout`: reloading after a refused form.
pub async fn back_to_checkout(Path(id): Path<String>) -> Response {
    match id.parse::<HoldId>() {
        Ok(id) => go(&format!("/holds/{id}")),
        Err(_) => axum::response::IntoResponse::into_response(StatusCode::NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_form_always_says_why() {
        let fields = |name: &str, email: &str| {
            let contact = Contact { name: name.into(), email: email.into() };
            let checkout = Checkout { method: booking::Method::Free, contact, attendees: Vec::new() };
            errors(&checkout).into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(fields("", "ada"), ["name", "email"]);
        assert_eq!(fields("Ada", "ada@"), ["email"]);
        assert_eq!(fields(" ", "ada@example.org"), ["name"]);
        assert_eq!(fields("Ada", "a da@example.org"), ["email"]);
        assert_eq!(fields("Ada", "ada@example.org"), ["name"]);
    }
}
