//! What partners may do: their own requests and those of their buyers count towards their quotas.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use booking::{Asker, BookingError, Decided, HoldView, Idempotency, Wanted};
use domain::{EventId, HoldId, PresentedPass};
use people::{KeyView, Role, Scope, looks_like_key};

use crate::web::acting::needs;
use crate::web::app::App;
use crate::web::auth::{self, Buyer, unauthorized};
use crate::web::class::Class;
use crate::web::error::{ApiError, Code};
use crate::web::origin::Origin;
use crate::web::shown::{ShownPass, lead_to_queue};
use crate::web::token::bearer;

/// Counts a request that a partner makes with its key; a search also needs the scope.
pub async fn count(app: &App, class: Class, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(text) = bearer(headers).filter(|text| looks_like_key(text)) else { return Ok(()) };
    match app.people.find_key(text).await? {
        Some(key) if key.role == Role::Partner => {
            if class == Class::Search {
                needs(&key, Scope::Search)?;
            }
            Ok(app.people.count_request(&key).await?)
        }
        _ => Ok(()),
    }
}

/// Holds for a buyer, in place of a hold that he has; a partner's buyers hold within the partner's quota of open holds, whatever the address of its servers.
pub async fn hold(
    app: &App,
    (buyer, origin, ShownPass(pass)): (Buyer, Origin, ShownPass),
    event: EventId,
    (wanted, old): (Wanted, Option<HoldId>),
    key: Idempotency,
) -> Result<Decided<HoldView>, ApiError> {
    let Some(partner) = buyer.partner else {
        let held = app.booking.hold_in_place_of(old, event, origin.asker(buyer.ids, pass), wanted, key).await;
        return held.map_err(|error| lead_to_queue(ApiError::from(error).at_event(event), event));
    };
    Box::pin(hold_within_quota(app, (&partner, buyer), pass, event, (wanted, old), key)).await
}

async fn hold_within_quota(
    app: &App,
    (partner, buyer): (&KeyView, Buyer),
    pass: Option<PresentedPass>,
    event: EventId,
    (wanted, old): (Wanted, Option<HoldId>),
    key: Idempotency,
) -> Result<Decided<HoldView>, ApiError> {
    needs(partner, Scope::Hold)?;
    let claim = key.key.clone();
    app.people.take_hold_room(partner, buyer.id, &claim).await?;
    let held = app.booking.hold_in_place_of(old, event, Origin(None).asker(buyer.ids, pass), wanted, key).await;
    match &held {
        Ok(held) => app.people.settle_hold_room(partner, buyer.id, &claim, Some((held.value.id, held.value.until))).await?,
        Err(error) if is_open(error) => {}
        Err(_) => app.people.settle_hold_room(partner, buyer.id, &claim, None).await?,
    }
    held.map_err(|error| lead_to_queue(ApiError::from(error).at_event(event), event))
}

/// Who waits: a partner's buyer whatever the address of its servers, if its key says so.
pub fn asker(buyer: &Buyer, (origin, ShownPass(pass)): (Origin, ShownPass)) -> Result<Asker, ApiError> {
    match &buyer.partner {
        None => Ok(origin.asker(buyer.ids.clone(), pass)),
        Some(partner) => {
            needs(partner, Scope::Hold)?;
            Ok(Asker { buyer: buyer.ids.clone(), client: None, pass })
        }
    }
}

/// Whether a hold may have been made all the same, by this request or by another one with its key: the room stays until it would have
/// been settled.
fn is_open(error: &BookingError) -> bool {
    matches!(error, BookingError::Fault(_) | BookingError::InProgress | BookingError::KeyReused | BookingError::Busy { .. })
}

/// Whether a buyer may pay: a partner's only if its key says so.
pub fn may_pay(buyer: &Buyer) -> Result<(), ApiError> {
    buyer.partner.as_ref().map_or(Ok(()), |partner| needs(partner, Scope::Checkout))
}

/// Who opens a session: a partner for a buyer of its own, or a buyer.
#[derive(Debug, Clone, Copy)]
pub struct Opener(pub Option<KeyView>);

impl<S: Send + Sync> FromRequestParts<S> for Opener
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let Some(text) = bearer(&parts.headers).filter(|text| looks_like_key(text)) else { return Ok(Self(None)) };
        let key = app.people.find_key(text).await?.ok_or_else(|| unauthorized(parts))?;
        if key.role != Role::Partner {
            return Ok(Self(None));
        }
        needs(&key, Scope::Hold)?;
        Ok(Self(Some(key)))
    }
}

/// A partner, by its key or by the session of one of its buyers.
#[derive(Debug, Clone, Copy)]
pub struct Partner(pub KeyView);

impl<S: Send + Sync> FromRequestParts<S> for Partner
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        if let Some(buyer) = auth::buyer(&app, parts).await? {
            return buyer.partner.map(Self).ok_or_else(|| ApiError::new(Code::Forbidden));
        }
        auth::key(&app, parts, &[Role::Partner]).await.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn room_is_given_back_only_by_the_request_that_was_refused_for_good() {
        let retry_after = Duration::from_secs(1);
        for open in [BookingError::InProgress, BookingError::KeyReused, BookingError::Busy { retry_after }] {
            assert!(is_open(&open), "{open}: the first request's room");
        }
        assert!(is_open(&BookingError::Fault(booking::Fault::Gone)));
        for refused in [BookingError::NotFound, BookingError::TooManyHolds { retry_after }] {
            assert!(!is_open(&refused), "{refused}");
        }
    }
}
