//! The waitlist for people: a form where nothing is free, and a page that says where one stands and what to do next.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use booking::{EntryState, EntryView};
use domain::{EntryId, EventId, TierId};

use crate::pages::buy::event::{lay_out, load, path};
use crate::pages::buy::held::{Remembered, left};
use crate::pages::buy::hold::event_line;
use crate::pages::find::cards::plural;
use crate::pages::form::Form;
use crate::pages::shopper::{KnownBuyer, Shopper};
use crate::pages::show::{PageResult, go, show, show_as, words};
use crate::pages::view::event::Chosen;
use crate::pages::view::waitlist::{EntryMessage, WaitPage};
use crate::pages::view::{Notice, Page, When};
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::origin::Origin;
use crate::web::partner;
use crate::web::policy::CachePolicy;
use crate::web::shown::ShownPass;

/// Joins the waitlist.  `POST /events/{id}/waitlist`
///
/// Gives     303 to the entry; a refusal comes back as the event's page with the words.
pub async fn join(
    app: App,
    Path(id): Path<String>,
    (shopper, origin, shown): (Shopper, Origin, ShownPass),
    form: Form,
) -> PageResult<Response> {
    let event = load(&app, &id).await?;
    let wanted = wanted(&form);
    let joined = match wanted {
        Ok((quantity, tiers)) => {
            let asker = partner::asker(&shopper.buyer, (origin, shown))?;
            let joined = app.booking.join_waitlist(event.row.id, asker, quantity, tiers, Some(form.idempotency())).await;
            joined.map_err(ApiError::from)
        }
        Err(invalid) => Err(invalid),
    };
    let response = match joined {
        Ok(entry) => go(&href(&entry.value)),
        Err(error) if matches!(error.code(), Code::Internal | Code::NotFound) => return Err(error.into()),
        Err(error) => {
            let (title, detail) = words(&error);
            let notice = Notice::new("bad", format!("{title}."), detail);
            let page = lay_out(&app, &event, Some(notice), Some(Chosen::of(&form.fields))).await?;
            let mut page = show_as(error.status(), &page, CachePolicy::Private)?;
            // The outermost layer logs it; the page stays as it is.
            page.extensions_mut().insert(error);
            page
        }
    };
    Ok(shopper.remember(response))
}

fn wanted(form: &Form) -> Result<(u32, Vec<TierId>), ApiError> {
    let quantity = form.fields.one("quantity").parse().map_err(|_| ApiError::invalid("quantity", "must be a number"))?;
    let named = form.fields.pairs().iter().filter(|(name, _)| name == "tier");
    let tier = |text: &str| {
        let mut letters = text.chars();
        let tier = letters.next().and_then(|letter| TierId::try_from(letter).ok());
        tier.filter(|_| letters.next().is_none()).ok_or_else(|| ApiError::invalid("tier", "must be one of the tiers"))
    };
    Ok((quantity, named.map(|(_, text)| tier(text)).collect::<Result<_, _>>()?))
}

/// Where an entry is looked at.
pub fn href(entry: &EntryView) -> String {
    format!("/events/{}/waitlist/{}", entry.event_id, entry.id)
}

/// The entry's page.  `GET /events/{id}/waitlist/{entry}`
pub async fn entry_page(
    app: App,
    Path((event, entry)): Path<(String, String)>,
    known: KnownBuyer,
    headers: HeaderMap,
) -> PageResult<Response> {
    let (event_id, entry_id) = ids(&event, &entry)?;
    let event = load(&app, &event).await?;
    let entry = app.booking.entry(event_id, entry_id, known.buyer()?).await?;
    let address = href(&entry);
    let offer = entry.hold.as_ref().filter(|_| entry.state == EntryState::Offered);
    let page = WaitPage {
        page: Page::private("Waitlist"),
        event: event_line(&event),
        state: entry.state.as_str(),
        told: told(&entry, &event.row.timezone),
        places: plural(entry.quantity.into(), "ticket"),
        tiers: event.row.tiers.iter().filter(|tier| entry.tiers.contains(&tier.id)).map(|tier| tier.name.clone()).collect(),
        position: entry.position,
        offer: offer.map(|hold| format!("/holds/{}", hold.id)),
        left: offer.map(left),
        stream: format!("/v1{address}/stream"),
        leave: format!("{address}/leave"),
        event_page: path(&event),
        order: entry.hold.as_ref().and_then(|hold| hold.order_id).map(|order| format!("/orders/{order}")),
        live: entry.state.is_live(),
    };
    let response = show(&page, CachePolicy::Private)?;
    // what is offered stands among what this browser holds
    Ok(match offer {
        Some(hold) => Remembered::of(&headers).with(Some(hold.id), &[]).tell(&app, response),
        None => response,
    })
}

fn ids(event: &str, entry: &str) -> PageResult<(EventId, EntryId)> {
    let event = event.parse().map_err(|_| ApiError::not_found())?;
    Ok((event, entry.parse().map_err(|_| ApiError::not_found())?))
}

/// What an entry's state means, and what happens next.
pub fn told(entry: &EntryView, timezone: &str) -> EntryMessage {
    let (title, detail): (&str, String) = match entry.state {
        EntryState::Waiting => {
            let until = entry.waits_until.map(|until| When::of(until, timezone, true).time);
            let until = until.map_or_else(
                || "Everything is sold; you wait for what others give back, as long as the sale goes on.".to_owned(),
                |until| format!("Others are still paying for what is left; you wait until {until} at most."),
            );
            (
                "You are on the waitlist",
                format!("{until} When it is your turn, tickets are held for you for two minutes: keep this page open."),
            )
        }
        EntryState::Offered => {
            ("It is your turn", "These tickets are held for you. Pay for them before the time is over.".to_owned())
        }
        EntryState::Taken => ("The tickets are yours", "Your order is paid.".to_owned()),
        EntryState::Expired => ("Your time on the waitlist is over", "Nothing was charged. You may join again.".to_owned()),
        EntryState::Impossible => (
            "Not enough will come free",
            "So many tickets cannot be had any more. You may wait for what others give back.".to_owned(),
        ),
        EntryState::Left => ("You left the waitlist", "Nothing was charged.".to_owned()),
    };
    EntryMessage { title, detail }
}

/// Leaves the waitlist.  `POST /events/{id}/waitlist/{entry}/leave`
pub async fn leave(app: App, Path((event, entry)): Path<(String, String)>, known: KnownBuyer) -> PageResult<Response> {
    let (event, entry) = ids(&event, &entry)?;
    let left = app.booking.leave_waitlist(event, entry, known.buyer()?).await?;
    Ok(go(&href(&left)))
}

/// Where a form was sent to is no page of its own.  `GET /events/{id}/waitlist/{entry}/leave`
pub async fn back(Path((event, entry)): Path<(String, String)>) -> PageResult<Response> {
    let (event, entry) = ids(&event, &entry)?;
    Ok(go(&format!("/events/{event}/waitlist/{entry}")))
}
