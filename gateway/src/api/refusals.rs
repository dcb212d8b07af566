//! What an operation refuses, said once beside its handler and written into OpenAPI from the table of errors.
//!
//! `Refuses<(no::NotFound, no::SaleClosed)>` in `responses(…)` becomes one response a status, whose description lists the codes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::marker::PhantomData;

use serde_json::json;
use utoipa::IntoResponses;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

use crate::web::error::Code;

/// The refusals of one operation; rate limits, parameters that it does not know and failures of ours come to every one.
pub struct Refuses<T>(PhantomData<T>);

/// A list of error codes as a type.
pub trait Codes {
    fn codes() -> Vec<Code>;
}

macro_rules! markers {
    ($($name:ident)+) => {
        /// One type for each code that an operation names.
        pub mod no {
            $(
                #[doc = concat!("[`crate::web::error::Code::", stringify!($name), "`]")]
                pub struct $name;
                impl super::Codes for $name {
                    fn codes() -> Vec<crate::web::error::Code> {
                        vec![crate::web::error::Code::$name]
                    }
                }
            )+
        }
    };
}

markers! {
    JsonMalformed CursorInvalid CursorMismatch KeyMissing KeyInvalid SignatureInvalid Invalid TooManySeats KeyReused Unauthorized Forbidden
    QueueFirst NotFound SaleNotOpen SaleClosed PassUsed BuyerLimit SoldOut SeatsUnavailable SeatsHeld NotWaiting CompanionSeat OrphanSeat
    HoldLapsed HoldReleased HoldOrdered InProgress SeatMapInUse InUse Conflict VersionMismatch BodyTooLarge MediaTypeUnsupported TooManyHolds
    RateLimited Busy EventStarted PaymentRequired PaymentDecided NotReady QuotaSpent LoginFailed StepUp ImagesFull NotAcceptable UpgradeRequired
    NoQueue QueueNotOpen QueueFull NotDrawn SignInFirst
}

macro_rules! lists {
    ($(($($name:ident)*))+) => {$(
        impl<$($name: Codes),*> Codes for ($($name,)*) {
            fn codes() -> Vec<Code> {
                [$($name::codes()),*].concat()
            }
        }
    )+};
}

lists! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

/// What every call with a JSON body can refuse.
pub type BadBody = (no::JsonMalformed, no::Invalid, no::BodyTooLarge, no::MediaTypeUnsupported);
/// What a call of a buyer can refuse.
pub type BadToken = (no::Unauthorized,);
/// What a call of an organiser can refuse.
pub type BadKey = (no::Unauthorized, no::Forbidden);
/// What a call with a required Idempotency-Key can refuse.
pub type BadIdempotency = (no::KeyMissing, no::KeyInvalid, no::KeyReused, no::InProgress);
/// What a list can refuse.
pub type BadList = (no::CursorInvalid, no::CursorMismatch, no::Invalid);

impl<T: Codes> IntoResponses for Refuses<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in T::codes().into_iter().chain([Code::Invalid, Code::RateLimited, Code::Internal]) {
            let codes = by_status.entry(code.status()).or_default();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        by_status.into_iter().map(|(status, codes)| (status.to_string(), RefOr::T(response(status, &codes)))).collect()
    }
}

fn response(status: u16, codes: &[Code]) -> Response {
    let mut text = String::new();
    for code in codes {
        let _ = writeln!(text, "- `{}`: {}", code.as_str(), code.meaning());
    }
    let example = codes.first().map(|code| {
        json!({
            "type": format!("/docs/errors#{}", code.as_str()), "title": code.title(), "status": status,
            "code": code.as_str(), "detail": code.meaning(), "request_id": "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44",
        })
    });
    let mut content = Content::new(Some(Ref::from_schema_name("Problem")));
    content.example = example;
    ResponseBuilder::new().description(text).content("application/problem+json", content).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_one_status_share_a_response() {
        let responses = Refuses::<(no::NotFound, no::SaleClosed, no::SoldOut)>::responses();
        let statuses: Vec<_> = responses.keys().map(String::as_str).collect();
        assert_eq!(statuses, ["404", "409", "422", "429", "500"]);
        let RefOr::T(conflict) = &responses["409"] else { panic!("a response") };
        assert!(conflict.description.contains("sale_closed") && conflict.description.contains("sold_out"));
    }
}
