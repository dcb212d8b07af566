//! What this browser holds, on whichever page it is. Pages are the same bytes for everybody, so a script asks; and it asks only where a
//! cookie names holds. The cookie is a memory and no right: only holds of the buyer who asks are told.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use booking::{HoldState, HoldView};
use domain::{EventId, HoldId};
use serde::Serialize;

use crate::pages::buy::event::{load, path};
use crate::pages::find::cards::plural;
use crate::pages::shopper::KnownBuyer;
use crate::pages::show::PageResult;
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::extract::Json;
use crate::web::policy::CachePolicy;

const NAME: &str = "boxoffice_held";
/// Holds that are remembered, the newest ones.
const MOST: usize = 6;
/// How long the end of a hold is news, in seconds.
const NEWS: u64 = 3_600;

/// The holds that a browser remembers, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered(Vec<HoldId>);

impl Remembered {
    pub fn of(headers: &HeaderMap) -> Self {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
        let named = pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == NAME);
        Self(named.into_iter().flat_map(|(_, ids)| ids.split('.')).filter_map(|id| id.parse().ok()).take(MOST).collect())
    }

    /// With one more, without those that are gone.
    #[must_use]
    pub fn with(&self, new: Option<HoldId>, gone: &[HoldId]) -> Self {
        let kept = self.0.iter().copied().filter(|id| Some(*id) != new && !gone.contains(id));
        Self(new.into_iter().chain(kept).take(MOST).collect())
    }

    /// Tells the browser.
    pub fn tell(&self, app: &App, mut response: Response) -> Response {
        let ids = self.0.iter().map(HoldId::to_string).collect::<Vec<_>>().join(".");
        let seconds = if self.0.is_empty() { 0 } else { app.config.hold_ttl.as_secs() + NEWS };
        let secure = if app.config.is_https() { "; Secure" } else { "" };
        // A script reads whether there is anything to ask for.
        let text = format!("{NAME}={ids}; Path=/; Max-Age={seconds}; SameSite=Lax{secure}");
        if let Ok(cookie) = HeaderValue::try_from(text) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    /// Those that are the buyer's own, whatever has become of them.
    pub async fn read(&self, app: &App, buyer: Option<&Buyer>) -> PageResult<Vec<HoldView>> {
        let Some(buyer) = buyer.filter(|_| !self.0.is_empty()) else { return Ok(Vec::new()) };
        Ok(app.booking.get_holds(&self.0, buyer.ids.clone()).await?)
    }

    /// Those of one event that are the buyer's own, whatever has become of them.
    pub async fn read_at(&self, app: &App, buyer: &Buyer, event: EventId) -> PageResult<Vec<HoldView>> {
        let mut mine = self.read(app, Some(buyer)).await?;
        mine.retain(|hold| hold.event_id == event);
        Ok(mine)
    }
}

/// Whether its seats are the buyer's now.
pub fn is_live(hold: &HoldView) -> bool {
    matches!(hold.state, HoldState::Held | HoldState::Paying)
}

/// `2 seats`, `3 places`.
pub fn places(hold: &HoldView) -> String {
    match &hold.area {
        Some(area) => plural(area.quantity.into(), "place"),
        None => plural(hold.seats.len() as u64, "seat"),
    }
}

/// `4:05`.
pub fn left(hold: &HoldView) -> String {
    format!("{}:{:02}", hold.seconds_left / 60, hold.seconds_left % 60)
}

/// One hold, as the script shows it.
#[derive(Debug, Serialize)]
struct HeldBody {
    id: String,
    href: String,
    /// False once its time is over; nobody is told of those that were bought or given back.
    live: bool,
    seconds_left: u64,
    places: String,
    event: HeldEvent,
    /// The seats, for the map that draws them as one's own.
    seats: Vec<String>,
}

#[derive(Debug, Serialize)]
struct HeldEvent {
    id: String,
    title: String,
    href: String,
}

/// What this browser holds or held a moment ago, as JSON.  `GET /me/holds`
///
/// Gives     the live ones first, those that end first before others; a browser that holds nothing more is told to forget.
pub async fn my_holds(app: App, known: KnownBuyer, headers: HeaderMap) -> PageResult<Response> {
    let remembered = Remembered::of(&headers);
    let mut mine = remembered.read(&app, known.0.as_ref()).await?;
    mine.retain(|hold| is_live(hold) || hold.state == HoldState::Lapsed);
    mine.sort_by_key(|hold| (!is_live(hold), hold.until, hold.id));
    let mut told = Vec::with_capacity(mine.len());
    for hold in &mine {
        told.push(tell(&app, hold).await?);
    }
    let gone: Vec<HoldId> = remembered.0.iter().copied().filter(|id| mine.iter().all(|hold| hold.id != *id)).collect();
    let response = (CachePolicy::Private, Json(serde_json::json!({ "holds": told }))).into_response();
    Ok(if gone.is_empty() { response } else { remembered.with(None, &gone).tell(&app, response) })
}

async fn tell(app: &App, hold: &HoldView) -> PageResult<HeldBody> {
    let event = load(app, &hold.event_id.to_string()).await?;
    Ok(HeldBody {
        id: hold.id.to_string(),
        href: format!("/holds/{}", hold.id),
        live: is_live(hold),
        seconds_left: hold.seconds_left,
        places: places(hold),
        event: HeldEvent { id: hold.event_id.to_string(), href: path(&event), title: event.row.title },
        seats: hold.seats.iter().map(|seat| seat.id.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> HoldId {
        format!("0190aaaa-bbbb-7ccc-8ddd-eeeeffff00{n:02}").parse().expect("an id")
    }

    #[test]
    fn a_browser_remembers_the_newest_few() {
        let cookie =
            |text: &str| Remembered::of(&HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(text).expect("a value"))]));
        let two = cookie(&format!("a=b; {NAME}={}.nonsense.{}; c=d", id(2), id(1)));
        assert_eq!(two, Remembered(vec![id(2), id(1)]));
        assert_eq!(two.with(Some(id(3)), &[id(1)]), Remembered(vec![id(3), id(2)]));
        assert_eq!(two.with(Some(id(1)), &[]), Remembered(vec![id(1), id(2)]), "one stands there once");
        let many = (1..=9).fold(Remembered::default(), |kept, n| kept.with(Some(id(n)), &[]));
        assert_eq!(many, Remembered((4..=9).rev().map(id).collect()));
        let forged = (1..=20).map(|n| id(n).to_string()).collect::<Vec<_>>().join(".");
        assert_eq!(cookie(&format!("{NAME}={forged}")).0.len(), MOST, "no cookie makes us read more");
        assert_eq!(cookie("other=1"), Remembered::default());
    }
}
