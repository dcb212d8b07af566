//! What a buyer asks to hold, by form or by map, and how a refusal is told.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use booking::{Best, HoldState, HoldView, Together, Wanted};
use catalog::model::Event;
use domain::{HoldId, TierId};

use crate::pages::buy::event::{lay_out, load};
use crate::pages::buy::held::{Remembered, is_live};
use crate::pages::buy::replace::{asked_as_json, of_the_old, question};
use crate::pages::form::Form;
use crate::pages::params::FilledParams;
use crate::pages::shopper::{Shopper, wants_json};
use crate::pages::show::{PageResult, go, show_as, words};
use crate::pages::view::Notice;
use crate::pages::view::event::Chosen;
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::extract::Json;
use crate::web::origin::Origin;
use crate::web::partner;
use crate::web::policy::CachePolicy;
use crate::web::shown::ShownPass;

/// Holds what a form or the map asks for.  `POST /events/{id}/hold`
///
/// Gives     303 to the checkout; to a script, its address as JSON. A refusal comes back as the event's page with the words; who holds
///           seats here already is asked first (409), and `replace` is the answer.
pub async fn hold(
    app: App,
    Path(id): Path<String>,
    headers: HeaderMap,
    (shopper, origin, shown): (Shopper, Origin, ShownPass),
    form: Form,
) -> PageResult {
    let (event, key, mine) = (load(&app, &id).await?, form.idempotency(), Remembered::of(&headers));
    let named: Option<HoldId> = form.fields.one("replace").parse().ok();
    // A form that was answered names its old hold still, when the browser has forgotten it.
    let here = mine.with(named, &[]).read_at(&app, &shopper.buyer, event.row.id).await?;
    let (named, live) = (here.iter().find(|hold| Some(hold.id) == named), here.iter().rfind(|hold| is_live(hold)));
    // A form that was decided before is answered as it was then, also by one who holds its seats or gave others back for them.
    let decided = match (named, live) {
        (None, None) => false,
        (Some(old), _) if is_live(old) => false,
        _ => app.booking.is_decided(shopper.buyer.ids.clone(), key.clone()).await?,
    };
    let replaced = named.filter(|old| is_live(old) || (decided && old.state == HoldState::Released));
    if let Some(other) = live.filter(|_| replaced.is_none() && !decided) {
        let response = ask_first(&app, &headers, (&event, &form.fields), other).await?;
        return Ok(shopper.remember(response));
    }
    let outcome = match wanted(&form.fields) {
        Ok(wanted) => {
            let wish = (wanted, replaced.map(|old| old.id));
            partner::hold(&app, (shopper.buyer.clone(), origin, shown), event.row.id, wish, key).await
        }
        Err(invalid) => Err(invalid),
    };
    let response = match outcome {
        Ok(held) => {
            let gone: Vec<HoldId> = replaced.into_iter().map(|hold| hold.id).collect();
            let response = shopper.remember(held_at(&headers, &checkout(&held.value, &form.fields)));
            return Ok(mine.with(Some(held.value.id), &gone).tell(&app, response));
        }
        // Without a good pass the way leads through the waiting room.
        Err(error) if error.code() == Code::QueueFirst => held_at(&headers, &format!("/events/{}/queue", event.row.id)),
        Err(error) if error.code() == Code::Internal => return Err(error.into()),
        Err(error) => {
            let kept = of_the_old(&error, replaced);
            match wants_json(&headers) {
                true => told_as_json(error, kept),
                false => refused(&app, &event, &form.fields, (&error, kept)).await?,
            }
        }
    };
    Ok(shopper.remember(response))
}

/// Asks whether the new seats shall take the place of those that are held.
async fn ask_first(app: &App, headers: &HeaderMap, (event, fields): (&Event, &FilledParams), old: &HoldView) -> PageResult {
    if wants_json(headers) {
        return Ok(asked_as_json(old).into_response());
    }
    show_as(StatusCode::CONFLICT, &question(app, event, fields, old).await?, CachePolicy::Private)
}

/// Where the hold is paid for; the page is told when we chose seats that are not side by side.
fn checkout(hold: &HoldView, fields: &FilledParams) -> String {
    let ours = fields.one("kind") == "best" && hold.together.is_some_and(|together| together != Together::Row);
    format!("/holds/{}{}", hold.id, if ours { "?chosen=best" } else { "" })
}

fn held_at(headers: &HeaderMap, location: &str) -> Response {
    if !wants_json(headers) {
        return go(location);
    }
    (CachePolicy::Private, Json(serde_json::json!({ "location": location }))).into_response()
}

/// The API's problem, with words for people.
fn told_as_json(error: ApiError, kept: &str) -> Response {
    let (title, detail) = words(&error);
    let detail = format!("{title}. {detail}{kept}");
    error.detail(detail).into_response()
}

/// Shows the page once more, with what went wrong and a fresh key.
async fn refused(app: &App, event: &Event, fields: &FilledParams, (error, kept): (&ApiError, &str)) -> PageResult {
    let (title, detail) = words(error);
    let tone = if error.code() == Code::SeatsHeld { "warn" } else { "bad" };
    let notice = Notice::new(tone, format!("{title}."), format!("{detail}{kept}"));
    let page = lay_out(app, event, Some(notice), Some(Chosen::of(fields))).await?;
    let mut response = show_as(error.status(), &page, CachePolicy::Private)?;
    // The outermost layer logs it; the page stays as it is.
    response.extensions_mut().insert(error.clone());
    Ok(response)
}

fn wanted(fields: &FilledParams) -> Result<Wanted, ApiError> {
    let quantity = || fields.one("quantity").parse().map_err(|_| ApiError::invalid("quantity", "must be a number"));
    match fields.one("kind") {
        "seats" => {
            Ok(Wanted::Seats(fields.pairs().iter().filter(|(name, _)| name == "seat").map(|(_, seat)| seat.clone()).collect()))
        }
        "best" => Ok(Wanted::Best(Best {
            quantity: quantity()?,
            tier: tier(fields.one("tier"))?,
            section: None,
            spaces: u32::from(fields.has("accessible", "yes")),
            together: false,
        })),
        "area" => Ok(Wanted::Area { area: fields.one("area").to_owned(), quantity: quantity()? }),
        _ => Err(ApiError::invalid("kind", "must be seats, best or area")),
    }
}

fn tier(text: &str) -> Result<Option<TierId>, ApiError> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (None, _) => Ok(None),
        (Some(letter), None) => TierId::try_from(letter).map(Some).map_err(|wrong| ApiError::invalid("tier", wrong.to_string())),
        _ => Err(ApiError::invalid("tier", "must be one of the tiers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> FilledParams {
        FilledParams::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_says_what_is_wanted() {
        let seats = wanted(&fields(&[("kind", "seats"), ("seat", "a-1-1"), ("seat", "a-1-2")]));
        assert!(matches!(seats, Ok(Wanted::Seats(ids)) if ids == ["a-1-1", "a-1-2"]));
        let best = wanted(&fields(&[("kind", "best"), ("quantity", "3"), ("tier", ""), ("accessible", "yes")]));
        assert!(matches!(best, Ok(Wanted::Best(Best { quantity: 3, tier: None, spaces: 1, .. }))));
        let area = wanted(&fields(&[("kind", "area"), ("area", "floor"), ("quantity", "1")]));
        assert!(matches!(area, Ok(Wanted::Area { area, quantity: 1 }) if area == "floor"));
        for wrong in [
            &[("kind", "x")][..],
            &[("kind", "best"), ("quantity", "two")],
            &[("kind", "best"), ("quantity", "1"), ("tier", "12")],
        ] {
            assert_eq!(wanted(&fields(wrong)).map_err(|error| error.code()).err(), Some(Code::Invalid), "{wrong:?}");
        }
    }
}
