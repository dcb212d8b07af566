//! One hold an event: who holds seats already and asks for others is asked first, and then gets these instead of those.

use booking::{Decided, HoldView, Idempotency, Wanted};
use domain::{EventId, HoldId};
use serde_json::Value;

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
use crate::web::shown::Shown;

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
/// given back before; then a refusal brings them back, if nobody was faster. Asked again with the same key, all of it is answered as it
/// was, though the old hold is released by then.
pub async fn hold_instead(
    app: &App,
    (buyer, origin, shown): (Buyer, Origin, Shown),
    event: EventId,
    wanted: Wanted,
    key: Idempotency,
    old: &HoldView,
) -> Result<Decided<HoldView>, ApiError> {
    let again = |name: &str| Idempotency { key: format!("{:.200}-{name}", key.key), ..key.clone() };
    let ask = |wanted: Wanted, key: Idempotency| partner::hold(app, (buyer.clone(), origin, shown), event, wanted, key);
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
        Err(error) if in_the_way(&error, old, &wanted) => {
            release().await?;
            let mut second = ask(wanted.clone(), again("instead")).await;
            // It may have been made all the same: the key tells.
            if second.as_ref().is_err_and(|error| matches!(error.code(), Code::Internal | Code::Busy)) {
                second = ask(wanted, again("instead")).await;
            }
            match second {
                Ok(held) => Ok(held),
                // The same form, sent twice, is at it: what it takes must not be taken from it.
                Err(error) if error.code() == Code::InProgress => Err(error),
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
        Some(Value::Null) => " The seats you held are on sale again.",
        Some(_) => " The seats you held are still yours.",
    }
}

/// Whether it is the old hold that keeps the new one from being made.
///
/// Too many holds are no such thing: what is given back is counted for a while yet.
fn in_the_way(error: &ApiError, old: &HoldView, wanted: &Wanted) -> bool {
    let problem = error.problem("");
    let seats = || problem.extra.get("seats").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    match error.code() {
        Code::BuyerLimit => {
            let number = |name: &str| problem.extra.get(name).and_then(Value::as_u64);
            let count = number("limit").zip(number("taken"));
            count.is_some_and(|(limit, taken)| taken.saturating_sub(quantity(old)) + u64::from(wanted.quantity()) <= limit)
        }
        Code::SeatsHeld => true,
        // One pass has one live hold.
        Code::PassUsed => problem.extra.get("hold_id").and_then(Value::as_str) == Some(&*old.id.to_string()),
        // A seat beside the old ones is no longer alone once they are given back.
        Code::OrphanSeat | Code::CompanionSeat => {
            seats().any(|seat| old.seats.iter().any(|mine| row_of(&mine.id) == row_of(seat)))
        }
        Code::SeatsUnavailable => seats().next().is_some() && seats().all(|seat| old.seats.iter().any(|mine| mine.id == seat)),
        _ => false,
    }
}

/// Section and row of a seat's id: `stalls-C` of `stalls-C-12`.
fn row_of(seat: &str) -> &str {
    seat.rsplit_once('-').map_or(seat, |(row, _)| row)
}

/// How many places a hold has.
fn quantity(hold: &HoldView) -> u64 {
    hold.area.as_ref().map_or(hold.seats.len() as u64, |area| area.quantity.into())
}

fn as_wanted(hold: &HoldView) -> Wanted {
    match &hold.area {
        Some(area) => Wanted::Area { area: area.id.clone(), quantity: area.quantity },
        None => Wanted::Seats(hold.seats.iter().map(|seat| seat.id.clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use booking::{Access, HoldState, SeatView};
    use domain::{Money, TierId};
    use jiff::Timestamp;

    /// A hold of seats in row C of the stalls.
    fn held(numbers: &[&str]) -> HoldView {
        let price = Money::new(4500, "AUD".parse().expect("a currency"));
        let tier = TierId::try_from('1').expect("a tier");
        let seat = |number: &&str| SeatView {
            id: format!("stalls-C-{number}"),
            section: "stalls".to_owned(),
            row: "C".to_owned(),
            number: (*number).to_owned(),
            access: Access { accessible: false, companion: None, companion_of: None },
            tier,
            price,
        };
        HoldView {
            id: HoldId::at(Timestamp::UNIX_EPOCH),
            event_id: EventId::at(Timestamp::UNIX_EPOCH),
            state: HoldState::Held,
            until: Timestamp::UNIX_EPOCH,
            seconds_left: 60,
            seats: numbers.iter().map(seat).collect(),
            together: None,
            area: None,
            total: price,
            order_id: None,
        }
    }

    #[test]
    fn the_old_hold_is_in_the_way_only_where_giving_it_back_can_help() {
        let (old, three) = (held(&["1", "2"]), Wanted::Best(booking::Best::of(3)));
        let limit = |limit: u32, taken: u32| ApiError::new(Code::BuyerLimit).with("limit", limit).with("taken", taken);
        let seats = |code: Code, seats: &[&str]| ApiError::new(code).with("seats", seats.to_vec());
        for (error, way) in [
            (limit(4, 3), true),
            (limit(4, 4), false),
            (ApiError::new(Code::TooManyHolds), false),
            (ApiError::new(Code::SeatsHeld), true),
            (seats(Code::SeatsUnavailable, &["stalls-C-1", "stalls-C-2"]), true),
            (seats(Code::SeatsUnavailable, &["stalls-C-1", "stalls-C-3"]), false),
            (seats(Code::SeatsUnavailable, &[]), false),
            (seats(Code::OrphanSeat, &["stalls-B-3", "stalls-C-3"]), true),
            (seats(Code::OrphanSeat, &["stalls-B-3"]), false),
            (seats(Code::CompanionSeat, &["circle-C-3"]), false),
        ] {
            assert_eq!(in_the_way(&error, &old, &three), way, "{error}: {:?}", error.problem("").extra);
        }
    }
}
