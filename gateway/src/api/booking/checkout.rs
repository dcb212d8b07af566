//! Checkout: a hold begins to be paid, or becomes an order at once when nothing is due.

use axum::response::{IntoResponse, Response};
use booking::{Attendee, Checkout, Contact, Decided, Idempotency};
use domain::HoldId;
use domain::text::unturn;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::base::Base;
use crate::api::booking::contact::{AttendeeBody, ContactBody};
use crate::api::booking::orders::OrderBody;
use crate::api::booking::payments::PaymentBody;
use crate::api::booking::replay::Replayed;
use crate::api::refusals::{BadBody, BadIdempotency, BadToken, Refuses, no};
use crate::payments;
use crate::settings::config::Config;
use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::ApiResult;
use crate::web::extract::{Idempotent, Path};
use crate::web::partner;
use crate::web::policy::{CachePolicy, Created};

/// How a hold is paid, and by whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "method": "sandbox", "contact": { "name": "Ada Lovelace", "email": "ada@example.com" } }))]
pub struct NewCheckout {
    /// `sandbox` (our own hosted page, which takes no money: only where the server offers it), or `free` for a total of 0.
    #[schema(pattern = "^(sandbox|free)$")]
    pub method: String,
    pub contact: ContactBody,
    /// Who will sit there: one a place, in the order of the hold's seats; missing ones are the contact.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub attendees: Vec<AttendeeBody>,
}

/// A payment that waits for the buyer at its `url`; with nothing due, the order.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckoutBody {
    pub payment: PaymentBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderBody>,
}

impl NewCheckout {
    fn checkout(mut self, config: &Config) -> ApiResult<Checkout> {
        unturn(&mut self.contact.name);
        self.attendees.iter_mut().for_each(|attendee| unturn(&mut attendee.name));
        let method = payments::offered(&self.method, config)?;
        let contact = Contact { name: self.contact.name, email: self.contact.email };
        let attendees = self.attendees.into_iter().map(|attendee| Attendee { name: attendee.name }).collect();
        Ok(Checkout { method, contact, attendees })
    }
}

/// Begins to pay for the buyer's hold; may be tried again until the hold lapses.
#[utoipa::path(
    post, path = "/v1/holds/{id}/checkout", operation_id = "checkout_hold", tag = "booking",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The hold."),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters; kept 24 hours."),
    ),
    request_body = NewCheckout,
    responses(
        (status = 201, body = CheckoutBody, links(("get_payment" = (operation_id = "get_payment", parameters(("id" = "$response.body#/payment/id")))), ("press_sandbox_button" = (operation_id = "press_sandbox_button", parameters(("id" = "$response.body#/payment/id")))))),
        Refuses<(
            BadToken, BadBody, BadIdempotency, no::NotFound, no::HoldLapsed, no::HoldReleased, no::HoldOrdered,
            no::PaymentRequired, no::Forbidden, no::Busy,
        )>,
    ),
)]
pub async fn checkout_hold(
    app: App,
    base: Base,
    hold: Path<HoldId>,
    buyer: Buyer,
    wanted: Idempotent<NewCheckout>,
) -> ApiResult<Response> {
    partner::may_pay(&buyer)?;
    let Idempotent { key, fingerprint, body } = wanted;
    let key = Idempotency { key, fingerprint };
    let checkout = body.checkout(&app.config)?;
    let Decided { value, replayed } = app.booking.checkout(*hold, buyer.ids, checkout, key).await?;
    let location = match &value.order {
        Some(order) => format!("/v1/orders/{}", order.id),
        None => format!("/v1/payments/{}", value.payment.id),
    };
    let body = CheckoutBody {
        payment: PaymentBody::of(&base, value.payment),
        order: value.order.map(|order| OrderBody::of(&app, order)),
    };
    Ok((CachePolicy::Private, Replayed(replayed), Created(body).at(location)).into_response())
}
