//! One hold an event: who holds seats already and asks for others is asked first, and then gets these instead of those.

use booking::{Decided, HoldView, Idempotency, Wanted};
use domain::{EventId, HoldId};

use crate::pages::asked::Asked;
use crate::pages::buy::held::{left, places};
use crate::pages::buy::hold::{event_line, lines};
use crate::pages::form::new_key;
use crate::pages::show::PageResult;
use crate::pages::view::Page;
use crate::pages::view::checkout::ReplacePage;
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::{ApiError, Code};
use crate::web::origin::Origin;
use crate::web::partner;

/// What a refusal says of the old seats: their new hold, or nothing where others have them.
const KEPT: &str = "kept";

/// The question as a page: everything that was asked for goes along in it.
pub async fn question(app: &App, event: &catalog::model::Event, fields: &Asked, old: &HoldView) -> PageResult<ReplacePage> {
    Ok(ReplacePage {
        page: Page::private("You hold seats already"),
        event: event_line(event),
        lines: lines(app, old, event).await?,
        left: left(old),
        places: places(old),
        href: format!("/holds/{}", old.id),
        action: format!("/events/{}/hold", event.row.id),
        fields: fields.without(&["key", "replace"]).with("replace", &old.id.to_string()).with("key", &new_key()).pairs().to_vec(),
    })
}

/// The question for a script.
pub fn asked_as_json(old: &HoldView) -> ApiError {
    let told =
        serde_json::json!({ "id": old.id, "href": format!("/holds/{}", old.id), "places": places(old), "left": left(old) });
    let detail = format!("You hold {} here already ({} minutes left).", places(old), left(old));
    ApiError::new(Code::Conflict).detail(detail).with("held", told)
}

/// Holds something else instead of what is held.
///
/// The new seats come first, so that nobody loses the old ones to a refusal. Only where the old ones are themselves in the way are they
/// given back before; then a refusal brings them back, if nobody was faster.
pub async fn hold_instead(
    app: &App,
    (buyer, origin): (Buyer, Origin),
    event: EventId,
    wanted: Wanted,
    key: Idempotency,
    old: &HoldView,
) -> Result<Decided<HoldView>, ApiError> {
    let again = |name: &str| Idempotency { key: format!("{:.200}-{name}", key.key), ..key.clone() };
    let ask = |wanted: Wanted, key: Idempotency| partner::hold(app, (buyer.clone(), origin), event, wanted, key);
    let first = ask(wanted.clone(), key.clone()).await;
    let release = || app.booking.release(old.id, buyer.ids.clone());
    match first {
        Ok(held) => {
            // What cannot be given back now lapses by itself; the new seats are the buyer's all the same.
            if let Err(fault) = release().await {
                tracing::warn!(hold = %old.id, %fault, "a replaced hold was not released");
            }
            Ok(held)
        }
        Err(error) if in_the_way(&error, old) => {
            release().await?;
            match ask(wanted, again("instead")).await {
                Ok(held) => Ok(held),
                Err(error) => {
                    let back = ask(as_wanted(old), again("back")).await;
                    Err(error.with(KEPT, back.map(|held| held.value.id.to_string()).ok()))
                }
            }
        }
        Err(error) => Err(error),
    }
}

/// The old seats under their new hold, if they were given back in vain and taken again.
pub fn taken_back(error: &ApiError) -> Option<HoldId> {
    error.problem("").extra.get(KEPT)?.as_str()?.parse().ok()
}

/// What became of the old seats, where they were given back in vain.
pub fn of_the_old(error: &ApiError) -> &'static str {
    match error.problem("").extra.get(KEPT) {
        None => "",
        Some(serde_json::Value::Null) => " The seats you held are on sale again.",
        Some(_) => " The seats you held are still yours.",
    }
}

/// Whether it is the old hold that keeps the new one from being made.
fn in_the_way(error: &ApiError, old: &HoldView) -> bool {
    match error.code() {
        // A seat beside the old ones is no longer alone once they are given back.
        Code::BuyerLimit | Code::TooManyHolds | Code::SeatsHeld | Code::OrphanSeat | Code::CompanionSeat => true,
        Code::SeatsUnavailable => {
            let problem = error.problem("");
            let taken = problem.extra.get("seats").and_then(|seats| seats.as_array());
            let own = |seat: &serde_json::Value| old.seats.iter().any(|mine| seat == mine.id.as_str());
            taken.is_some_and(|taken| !taken.is_empty() && taken.iter().all(own))
        }
        _ => false,
    }
}

fn as_wanted(hold: &HoldView) -> Wanted {
    match &hold.area {
        Some(area) => Wanted::Area { area: area.id.clone(), quantity: area.quantity },
        None => Wanted::Seats(hold.seats.iter().map(|seat| seat.id.clone()).collect()),
    }
}
