//! The waiting room: entering it, one's place in it, leaving it, and the way from it to the seats.
//!
//! The place is a cookie for the addresses of its event, and so is the pass; a script reads only until when the time inside runs.

use axum::extract::Path;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use catalog::model::Event;
use domain::EventId;
use domain::text::thousands;
use jiff::Timestamp;
use queue::{PlaceState, Status};

use crate::pages::buy::event::{load, path};
use crate::pages::buy::hold::event_line;
use crate::pages::shopper::{KnownBuyer, Shopper};
use crate::pages::show::{PageResult, go, show_as, words};
use crate::pages::view::queue::{QueuePage, QueuePlace};
use crate::pages::view::{Notice, Page, When, when};
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, Code};
use crate::web::policy::CachePolicy;
use crate::web::shown;
use crate::web::waiting_room;

/// The token of the place.
const PLACE: &str = "boxoffice_queue";
/// Until when the time inside runs, in milliseconds: for the script that shows it.
const INSIDE: &str = "boxoffice_inside";
/// How long a browser remembers a place.
const REMEMBERED: i64 = 86_400;
/// How often a page without scripts looks again, in seconds: more often near the door.
const AGAIN: [(u32, u32); 3] = [(60, 5), (600, 15), (u32::MAX, 30)];

/// The waiting room.  `GET /events/{id}/queue`
///
/// Gives     the place, or the way in; who is admitted goes on to the seats with a pass, and so does everybody where there is no queue.
pub async fn queue_page(app: App, Path(id): Path<String>, known: KnownBuyer, headers: HeaderMap) -> PageResult {
    let event = load(&app, &id).await?;
    if !event.row.queue_required {
        return Ok(go(&path(&event)));
    }
    let mine = mine(&app, event.row.id, known.0.as_ref(), &headers).await?;
    if let Some((_, Status { pass: Some(pass), pass_until: Some(until), .. })) = &mine {
        let seconds = (until.as_second() - app.clock.now().as_second()).max(0);
        let response = go(&format!("{}#sale", path(&event)));
        let response = set(&app, response, &event, (shown::COOKIE_NAME, pass, seconds), true);
        return Ok(set(&app, response, &event, (INSIDE, &until.as_millisecond().to_string(), seconds), false));
    }
    show_as(axum::http::StatusCode::OK, &lay_out(&app, &event, &known, mine, None).await?, CachePolicy::Private)
}

/// Enters the waiting room.  `POST /events/{id}/queue`
pub async fn join(app: App, Path(id): Path<String>, shopper: Shopper) -> PageResult {
    let event = load(&app, &id).await?;
    let here = format!("/events/{}/queue", event.row.id);
    let joined = match waiting_room::join(&app, event.row.id, &shopper.buyer).await {
        Ok(joined) => joined,
        Err(error) if error.code() == Code::NoQueue => return Ok(go(&path(&event))),
        Err(error) if error.code() == Code::SignInFirst => return Ok(go(&format!("/account/login?next={here}"))),
        Err(error) if error.code() == Code::Internal => return Err(error.into()),
        Err(error) => return Ok(shopper.remember(refused(&app, &event, &shopper, error).await?)),
    };
    Ok(shopper.remember(set(&app, go(&here), &event, (PLACE, &joined.token, REMEMBERED), true)))
}

/// Leaves it.  `POST /events/{id}/queue/leave`
pub async fn leave(app: App, Path(id): Path<String>, shopper: Shopper, headers: HeaderMap) -> PageResult {
    let event = load(&app, &id).await?;
    if let Some((token, _)) = mine(&app, event.row.id, Some(&shopper.buyer), &headers).await? {
        waiting_room::leave(&app, &token).await?;
    }
    let gone = |response, name, hidden| set(&app, response, &event, (name, "", 0), hidden);
    Ok(gone(gone(gone(go(&path(&event)), PLACE, true), shown::COOKIE_NAME, true), INSIDE, false))
}

/// Where a form was sent and somebody looks at the address: the room itself.  `GET /events/{id}/queue/leave`
pub async fn back(app: App, Path(id): Path<String>) -> PageResult {
    let event = load(&app, &id).await?;
    Ok(go(&format!("/events/{}/queue", event.row.id)))
}

/// The browser's place at this event. What is no token of ours, or another event's, is none; so is the place of whoever used the browser
/// before, whose pass would open nothing.
async fn mine(app: &App, event: EventId, buyer: Option<&Buyer>, headers: &HeaderMap) -> PageResult<Option<(String, Status)>> {
    let own = |token: &&str| app.queue.holder_of(token).is_ok_and(|holder| buyer.is_some_and(|buyer| buyer.ids.has(holder)));
    let Some(token) = shown::cookie(headers, PLACE).filter(own) else { return Ok(None) };
    match app.queue.status(token).await {
        Ok(status) if status.event == event => Ok(Some((token.to_owned(), status))),
        Ok(_) | Err(queue::QueueError::NotFound) => Ok(None),
        Err(fault) => Err(ApiError::from(fault).into()),
    }
}

async fn refused(app: &App, event: &Event, shopper: &Shopper, error: ApiError) -> PageResult {
    let (title, detail) = words(&error);
    let notice = Notice::new("bad", format!("{title}."), detail);
    let known = KnownBuyer(Some(shopper.buyer.clone()));
    let mut response = show_as(error.status(), &lay_out(app, event, &known, None, Some(notice)).await?, CachePolicy::Private)?;
    // The outermost layer logs it; the page stays as it is.
    response.extensions_mut().insert(error);
    Ok(response)
}

/// A cookie that the browser sends to the addresses of this event alone.
fn set(app: &App, mut response: Response, event: &Event, (name, value, seconds): (&str, &str, i64), hidden: bool) -> Response {
    let hidden = if hidden { "; HttpOnly" } else { "" };
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/events/{}; Max-Age={seconds}{hidden}; SameSite=Lax{secure}", event.row.id);
    response.headers_mut().extend(HeaderValue::try_from(text).map(|cookie| (SET_COOKIE, cookie)));
    response
}

async fn lay_out(
    app: &App,
    event: &Event,
    known: &KnownBuyer,
    mine: Option<(String, Status)>,
    notice: Option<Notice>,
) -> PageResult<QueuePage> {
    let view = match app.queue.view(event.row.id).await {
        Ok(view) => Some(view),
        Err(queue::QueueError::NotFound | queue::QueueError::Refused(_)) => None,
        Err(fault) => return Err(ApiError::from(fault).into()),
    };
    let zone = &event.row.timezone;
    let by_lot = view.as_ref().is_some_and(|view| view.settings.order == queue::Order::Shuffle);
    let (title, detail) = told(mine.as_ref().map(|(_, status)| status), by_lot, zone);
    let drawn = view.as_ref().filter(|view| view.seed.is_some() && by_lot);
    let mark = known.0.as_ref().map(|buyer| hex::encode(queue::holder(buyer.id)));
    Ok(QueuePage {
        page: Page::private(format!("Waiting room: {}", event.row.title)),
        event: event_line(event),
        action: format!("/events/{}/queue", event.row.id),
        event_path: path(event),
        title: title.to_owned(),
        detail,
        waiting: view.as_ref().filter(|view| view.waiting > 0).map(|view| thousands(view.waiting.into())),
        place: mine
            .filter(|(_, status)| matches!(status.state, PlaceState::Before | PlaceState::Waiting))
            .map(|(token, status)| place(token, &status, app.clock.now())),
        seed_hash: view.as_ref().filter(|_| by_lot).map(|view| hex::encode(view.seed_hash)).unwrap_or_default(),
        mark: mark.filter(|_| drawn.is_some()),
        notice,
    })
}

/// What stands over the room, and what happens next.
///
/// Takes     `by_lot`: whether who is here before the start is put in order by lot.
fn told(status: Option<&Status>, by_lot: bool, zone: &str) -> (&'static str, String) {
    let Some(status) = status else {
        return ("The waiting room", "You get a place when you enter, keep it when you close this page, and see it exactly. When it is your turn you have some minutes to choose your seats.".to_owned());
    };
    match status.state {
        PlaceState::Before => {
            let opens = status.opens_at.map(|at| When::of(at, zone, true).with_time()).unwrap_or_default();
            let order = if by_lot { "Then places are drawn by lot among all who are here: coming earlier is no better." } else { "Then places go by arrival." };
            ("You are in before the start", format!("The sale begins {opens}. {order} Stay, or come back: your entry is kept."))
        }
        PlaceState::Waiting => ("You are in line", "Your place is kept, also when this page is closed or your phone locks. When it is your turn, this page leads you to the seats.".to_owned()),
        PlaceState::Admitted => ("It is your turn", "Go on to the seats.".to_owned()),
        PlaceState::Left => ("You left the line", "Your place went to the next one. You can enter again, at the end of the line.".to_owned()),
        PlaceState::Over => ("Your turn is over", "Your time inside ran out, you were away when your turn came, or the sale has ended. You can enter again, at the end of the line.".to_owned()),
    }
}

fn place(token: String, status: &Status, now: Timestamp) -> QueuePlace {
    let until = status.opens_at.map(|at| (at.as_millisecond() - now.as_millisecond()).max(0));
    let ahead = status.ahead.unwrap_or(0);
    let eta = status.eta_seconds;
    let again = AGAIN.iter().find(|(below, _)| eta.unwrap_or(u32::MAX) <= *below).map_or(30, |(_, again)| *again);
    QueuePlace {
        token,
        state: status.state.as_str(),
        version: status.version,
        number: status.place.map(|place| thousands(place.into())),
        ahead: status.place.map(|_| thousands(ahead.into())),
        passed: status.of.saturating_sub(ahead),
        of: status.of.max(1),
        eta,
        wait: eta.map(|seconds| when::wait(seconds.into())),
        scarce: status.scarce.then(|| status.seats_left.map(|left| thousands(left.into()))).flatten(),
        opens: until.map(|ms| (ms, when::wait(ms.div_euclid(1_000)))),
        again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(state: PlaceState, eta: Option<u32>) -> Status {
        Status {
            event: EventId(uuid::Uuid::nil()),
            state,
            place: Some(1_201),
            ahead: Some(1_200),
            of: 3_000,
            eta_seconds: eta,
            joined_at: Timestamp::UNIX_EPOCH,
            opens_at: Some(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(90)),
            pass: None,
            pass_until: None,
            seats_left: Some(700),
            scarce: true,
            version: 7,
            turn: None,
        }
    }

    #[test]
    fn a_place_is_told_with_its_numbers_and_looks_again_sooner_near_the_door() {
        let told = place("t".into(), &status(PlaceState::Waiting, Some(61)), Timestamp::UNIX_EPOCH);
        assert_eq!(
            (told.number.as_deref(), told.ahead.as_deref(), told.scarce.as_deref()),
            (Some("1,201"), Some("1,200"), Some("700"))
        );
        assert_eq!((told.passed, told.of, told.again), (1_800, 3_000, 15));
        assert_eq!(told.opens, Some((90_000, "1 minute 30 seconds".to_owned())));
        for (eta, again) in [(Some(5), 5), (Some(60), 5), (Some(601), 30), (None, 30)] {
            assert_eq!(place("t".into(), &status(PlaceState::Waiting, eta), Timestamp::UNIX_EPOCH).again, again, "{eta:?}");
        }
    }
}
