//! The words of errors: one table from word to status, of which docs/ERRORS.md is made.

use axum::http::StatusCode;

macro_rules! codes {
    ($($name:ident $status:literal $code:literal $title:literal $meaning:literal;)+) => {
        /// The stable word of an error; the table below is the only place where such a word meets a status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $meaning] $name,)+ }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status,)+ }
            }

            /// What stands in `code`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)+ }
            }

            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)+ }
            }

            /// One sentence for docs/ERRORS.md.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $meaning,)+ }
            }
        }
    };
}

codes! {
    // the request makes no sense
    JsonMalformed         400 "json_malformed"          "Malformed JSON"             "The body is not JSON, or is empty.";
    CursorInvalid         400 "cursor_invalid"          "Broken cursor"              "The cursor is broken or was not made here.";
    CursorMismatch        400 "cursor_mismatch"         "Cursor of another query"    "The cursor belongs to another query.";
    KeyMissing            400 "idempotency_key_missing" "Idempotency-Key missing"    "This call needs an Idempotency-Key header.";
    KeyInvalid            400 "idempotency_key_invalid" "Idempotency-Key invalid"    "An Idempotency-Key is 1 to 255 visible ASCII characters.";
    SignatureInvalid      400 "signature_invalid"       "Signature invalid"          "The webhook's signature is wrong or its timestamp too old.";
    BadRequest            400 "bad_request"             "Bad request"                "The request cannot be read.";
    Invalid               422 "invalid"                 "Invalid request"            "A field or parameter is unknown, missing or wrong; `errors` names it.";
    TooManySeats          422 "too_many_seats"          "Too many seats"             "A hold takes at most 10 seats.";
    CompanionSeat         422 "companion_seat"          "Seat of a companion"        "The seat belongs to a wheelchair space and is not sold without it while other seats are free; `seats` names such seats, `companion_of` their spaces.";
    OrphanSeat            422 "orphan_seat"             "Single seat left over"      "The choice would leave single seats, and as many seats of the same block can be had without; `seats` names the single ones, each of the `alternatives` is a whole choice that leaves none.";
    KeyReused             422 "idempotency_key_reused"  "Idempotency-Key reused"     "The key was used for another request.";
    // who asks, and where
    Unauthorized          401 "unauthorized"            "Unauthorized"               "A valid bearer token or API key is needed.";
    LoginFailed           401 "login_failed"            "Login failed"               "The e-mail or the password is wrong; which of them is not said.";
    StepUp                403 "step_up"                 "Password needed"            "This step needs the account's password, entered afresh.";
    Forbidden             403 "forbidden"               "Forbidden"                  "The key's role does not allow this, or it lacks the scope that `scope` names.";
    QueueFirst            403 "queue_first"             "Queue first"                "The sale has a waiting room: `queue_url` leads into it, and the pass that it gives goes with each hold as Boxoffice-Pass. `pass` says what is wrong with the one that was sent.";
    SignInFirst           403 "sign_in_first"           "Sign in first"              "Only who has signed in to an account may join this queue.";
    NotFound              404 "not_found"               "Not found"                  "There is no such thing, or it is not yours.";
    MethodNotAllowed      405 "method_not_allowed"      "Method not allowed"         "The path exists, the method does not; see Allow.";
    NotAcceptable         406 "not_acceptable"          "Not acceptable"             "None of the accepted media types can be given.";
    // the rules say no
    SaleNotOpen           409 "sale_not_open"           "Sale not open"              "The sale has not begun; `opens_at` says when it does, if that is known.";
    SaleClosed            409 "sale_closed"             "Sale closed"                "The sale is over, or the event is cancelled.";
    PassUsed              409 "pass_used"               "Pass in use"                "A pass has one live hold, which `hold_id` names; it is over with its order, and for who leaves the queue.";
    NoQueue               409 "no_queue"                "No queue"                   "The event has no queue: places can be held at once.";
    QueueNotOpen          409 "queue_not_open"          "Queue not open"             "The queue does not take anybody yet; `opens_at` says from when on, if that is known.";
    QueueFull             409 "queue_full"              "Queue full"                 "The queue takes nobody more.";
    NotDrawn              409 "not_drawn"               "Not drawn yet"              "The order and its seed are secret until the sale begins.";
    BuyerLimit            409 "buyer_limit"             "Buyer limit reached"        "One buyer may have only so many seats of this event.";
    SoldOut               409 "sold_out"                "Sold out"                   "Every seat that would fit is sold; `waitlist_url` is where to wait for what is given back.";
    SeatsUnavailable      409 "seats_unavailable"       "Seats unavailable"          "Some of the seats are taken; `seats` names them.";
    SeatsHeld             409 "seats_held"              "Seats held"                 "None is free now, some are only held and may come back; `waitlist_url` is where to wait for them.";
    NotWaiting            409 "not_waiting"             "Nothing to wait for"        "Nobody waits here: such places are free, the sale is over, or the waitlist is closed or full; `why` says which.";
    HoldLapsed            409 "hold_lapsed"             "Hold lapsed"                "The hold's time is over; its seats may be taken by others.";
    HoldReleased          409 "hold_released"           "Hold released"              "The hold was given back.";
    HoldOrdered           409 "hold_ordered"            "Already ordered"            "The hold has become an order.";
    PaymentRequired       409 "payment_required"        "Payment required"           "The method `free` is for a total of 0; `total` says what is due.";
    EventStarted          409 "event_started"           "Event started"              "The event has begun; its orders stay as they are.";
    PaymentDecided        409 "payment_decided"         "Payment already decided"    "The payment already ended another way.";
    InProgress            409 "in_progress"             "In progress"                "A request with this Idempotency-Key is still running.";
    SeatMapInUse          409 "seat_map_in_use"         "Seat map in use"            "Seats of this event are held or sold: its seat map stays.";
    InUse                 409 "in_use"                  "In use"                     "Other things refer to this one.";
    ImagesFull            409 "images_full"             "Images full"                "The organiser has as many images, or bytes of them, as may be kept: `quota` names which, `limit` and `used` count.";
    Conflict              409 "conflict"                "Conflict"                   "The thing's state does not allow this.";
    VersionMismatch       412 "version_mismatch"        "Version mismatch"           "If-Match does not name the current version.";
    BodyTooLarge          413 "body_too_large"          "Body too large"             "The body is longer than the limit.";
    UriTooLong            414 "uri_too_long"            "URI too long"               "The path and query are longer than the limit.";
    MediaTypeUnsupported  415 "media_type_unsupported"  "Media type unsupported"     "This call takes application/json unless it says otherwise.";
    UpgradeRequired       426 "upgrade_required"        "Upgrade required"           "This address speaks WebSocket (RFC 6455, version 13): the request must ask for it by GET.";
    QuotaSpent            429 "quota_spent"             "Quota spent"                "The key's quota is used up: `quota` names it, `limit` and `used` count it, Retry-After says when to come back.";
    TooManyHolds          429 "too_many_holds"          "Too many holds"             "One address or one buyer holds as much as may be held at once; Retry-After says when the first of it ends.";
    RateLimited           429 "rate_limited"            "Rate limited"               "Too many requests; Retry-After says when to come back.";
    HeadersTooLarge       431 "headers_too_large"       "Headers too large"          "The request's headers are longer than the limit.";
    // ouch
    Internal              500 "internal"                "Internal error"             "We failed; the request_id finds it in our log.";
    Busy                  503 "busy"                    "Busy"                       "More is asked than can be done now; Retry-After says when to come back.";
    NotReady              503 "not_ready"               "Not ready"                  "The server is starting or stopping.";
    Timeout               503 "timeout"                 "Timed out"                  "The request took longer than is allowed.";
}

impl Code {
    /// The general word for a status that something else than our handlers gave (the router, a library's extractor).
    pub fn of_status(status: StatusCode) -> Code {
        match status.as_u16() {
            401 => Code::Unauthorized,
            403 => Code::Forbidden,
            404 => Code::NotFound,
            405 => Code::MethodNotAllowed,
            406 => Code::NotAcceptable,
            409 => Code::Conflict,
            412 => Code::VersionMismatch,
            413 => Code::BodyTooLarge,
            414 => Code::UriTooLong,
            415 => Code::MediaTypeUnsupported,
            422 => Code::Invalid,
            429 => Code::RateLimited,
            431 => Code::HeadersTooLarge,
            503 => Code::Busy,
            400..=499 => Code::BadRequest,
            _ => Code::Internal,
        }
    }

    pub(super) fn http(self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The table as docs/ERRORS.md shows it.
pub fn errors_markdown() -> String {
    let mut text = String::from(
        "# Errors\n\nGenerated from `gateway/src/web/answer/code.rs` by `make bless`. Every error is `application/problem+json` with a stable `code`.\n\n\
         | status | code | means |\n|---|---|---|\n",
    );
    let mut codes = Code::ALL.to_vec();
    codes.sort_by_key(|code| code.status());
    for code in codes {
        text.push_str(&format!("| {} | `{}` | {} |\n", code.status(), code.as_str(), code.meaning()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_word_with_one_status() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code:?}");
        }
    }
}
