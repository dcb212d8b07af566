//! What a buyer asks to hold, by form or by map, and how a refusal is told.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use booking::{Best, Wanted};
use catalog::model::Event;
use domain::TierId;

use crate::pages::asked::Asked;
use crate::pages::buy::event::{lay_out, load};
use crate::pages::form::Form;
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

/// Holds what a form or the map asks for.  `POST /events/{id}/hold`
///
/// Gives     303 to the checkout; to a script, its address as JSON. A refusal comes back as the event's page with the words.
pub async fn hold(
    app: App,
    Path(id): Path<String>,
    headers: HeaderMap,
    (shopper, origin): (Shopper, Origin),
    form: Form,
) -> PageResult {
    let event = load(&app, &id).await?;
    let outcome = match wanted(&form.fields) {
        Ok(wanted) => partner::hold(&app, (shopper.buyer.clone(), origin), event.row.id, wanted, form.idempotency()).await,
        Err(invalid) => Err(invalid),
    };
    let response = match outcome {
        Ok(held) => held_at(&headers, &format!("/holds/{}", held.value.id)),
        Err(error) if error.code() == Code::Internal => return Err(error.into()),
        Err(error) if wants_json(&headers) => told_as_json(error),
        Err(error) => refused(&app, &event, &form.fields, &error).await?,
    };
    Ok(shopper.remember(response))
}

fn held_at(headers: &HeaderMap, location: &str) -> Response {
    if !wants_json(headers) {
        return go(location);
    }
    (CachePolicy::Private, Json(serde_json::json!({ "location": location }))).into_response()
}

/// The API's problem, with words for people.
fn told_as_json(error: ApiError) -> Response {
    let (title, detail) = words(&error);
    error.detail(format!("{title}. {detail}")).into_response()
}

/// Shows the page once more, with what went wrong and a fresh key.
async fn refused(app: &App, event: &Event, fields: &Asked, error: &ApiError) -> PageResult {
    let (title, detail) = words(error);
    let notice = Notice::new(if error.code() == Code::SeatsHeld { "warn" } else { "bad" }, format!("{title}."), detail);
    let chosen = Chosen {
        quantity: fields.one("quantity").parse().unwrap_or(2),
        tier: fields.one("tier").to_owned(),
        area: fields.one("area").to_owned(),
        accessible: fields.has("accessible", "yes"),
    };
    show_as(error.status(), &lay_out(app, event, Some(notice), chosen).await?, CachePolicy::Private)
}

fn wanted(fields: &Asked) -> Result<Wanted, ApiError> {
    let quantity = || fields.one("quantity").parse().map_err(|_| ApiError::invalid("quantity", "must be a number"));
    match fields.one("kind") {
        "seats" => {
            Ok(Wanted::Seats(fields.pairs().iter().filter(|(name, _)| name == "seat").map(|(_, seat)| seat.clone()).collect()))
        }
        "best" => Ok(Wanted::Best(Best {
            quantity: quantity()?,
            tier: tier(fields.one("tier"))?,
            section: None,
            accessible: fields.has("accessible", "yes"),
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

    fn fields(pairs: &[(&str, &str)]) -> Asked {
        Asked::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_says_what_is_wanted() {
        let seats = wanted(&fields(&[("kind", "seats"), ("seat", "a-1-1"), ("seat", "a-1-2")]));
        assert!(matches!(seats, Ok(Wanted::Seats(ids)) if ids == ["a-1-1", "a-1-2"]));
        let best = wanted(&fields(&[("kind", "best"), ("quantity", "3"), ("tier", ""), ("accessible", "yes")]));
        assert!(matches!(best, Ok(Wanted::Best(Best { quantity: 3, tier: None, accessible: true, .. }))));
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
