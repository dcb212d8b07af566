//! Errors as a client sees them: one table from word to status, and the problem document (RFC 9457) made of it.
//!
//! A handler answers `Err(ApiError)`; the response carries the [`ApiError`] as an extension, and the outermost middleware
//! (`observe.rs`) writes the body, since only it knows the request's id. docs/ERRORS.md is generated from [`Code::ALL`].

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a client is told where WebSocket is spoken and it did not ask for it.
const UPGRADE: [(HeaderName, &str); 3] =
    [(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade"), (header::SEC_WEBSOCKET_VERSION, "13")];

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

    fn http(self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field's path or the parameter's name.
    pub field: String,
    pub detail: String,
}

/// The problem document as OpenAPI shows it; further members depend on the code.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem<'a> {
    /// Where the code is explained.
    pub r#type: String,
    pub title: &'a str,
    pub status: u16,
    /// The stable word to program against.
    pub code: &'a str,
    pub detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [FieldError],
    pub request_id: &'a str,
    /// Members that belong to the code, such as `opens_at` or `seats`.
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    pub extra: &'a Map<String, Value>,
}

/// What a handler answers when it cannot do what was asked.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    extra: Map<String, Value>,
    retry_after_seconds: Option<u64>,
    headers: Vec<(HeaderName, HeaderValue)>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error that says what its code means.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            detail: Cow::Borrowed(code.meaning()),
            errors: Vec::new(),
            extra: Map::new(),
            retry_after_seconds: None,
            headers: Vec::new(),
            source: None,
        }))
    }

    /// One wrong field or parameter (422 `invalid`).
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let (field, detail) = (field.into(), detail.into());
        Self::new(Code::Invalid).detail(format!("{field}: {detail}")).field(field, detail)
    }

    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// A failure of ours: logged once with its sources, told to the client without them. Where the database is away or full, the
    /// client is told to come back.
    pub fn fault(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into();
        let mut error = if is_away(&*source) { Self::new(Code::Busy).retry_after(1) } else { Self::new(Code::Internal) };
        error.0.source = Some(Arc::from(source));
        error
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Cow::Owned(detail.into());
        self
    }

    #[must_use]
    pub fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(FieldError { field: field.into(), detail: detail.into() });
        self
    }

    /// Adds a member of the code, such as `opens_at`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Says where to wait for what is held or sold at this event; other refusals stay as they are.
    #[must_use]
    pub fn at_event(self, event: domain::EventId) -> Self {
        match self.code() {
            Code::SeatsHeld | Code::SoldOut => self.with("waitlist_url", format!("/v1/events/{event}/waitlist")),
            _ => self,
        }
    }

    /// Adds `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds the headers that tell a limit.
    #[must_use]
    pub fn limited(mut self, headers: [(HeaderName, HeaderValue); 2]) -> Self {
        self.0.headers.extend(headers);
        self
    }

    /// After how many seconds to come back, if that is known.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.0.retry_after_seconds
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn status(&self) -> StatusCode {
        self.0.code.http()
    }

    /// What failed within, for the log.
    pub fn source(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.0.source.as_deref()
    }

    /// What the façade says of this error in one request.
    pub fn short<'a>(&'a self, request_id: &'a str) -> Short<'a> {
        Short { error: &self.0.detail, request_id }
    }

    /// The problem document of this error in one request.
    pub fn problem<'a>(&'a self, request_id: &'a str) -> Problem<'a> {
        let code = self.0.code;
        Problem {
            r#type: format!("/docs/errors#{}", code.as_str()),
            title: code.title(),
            status: code.status(),
            code: code.as_str(),
            detail: &self.0.detail,
            errors: &self.0.errors,
            request_id,
            extra: &self.0.extra,
        }
    }
}

/// An error without the words of a problem document.
#[derive(Debug, Serialize)]
pub struct Short<'a> {
    error: &'a str,
    request_id: &'a str,
}

/// Whether an error comes of a database that is away.
fn is_away(error: &(dyn Error + 'static)) -> bool {
    let sources = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    // one that many share stands for itself, and its own source would skip it
    let shared = |error: &'_ (dyn Error + 'static)| {
        error.downcast_ref::<Arc<sqlx::Error>>().is_some_and(|error| pg::away(error).is_some())
    };
    let alone =
        |error: &'_ (dyn Error + 'static)| error.downcast_ref::<sqlx::Error>().is_some_and(|error| pg::away(error).is_some());
    sources.into_iter().any(|error| alone(error) || shared(error))
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

/// Gives status and headers, and itself as an extension from which `observe.rs` writes the body.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.0.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.headers_mut().extend(self.0.headers.iter().cloned());
        if self.code() == Code::Unauthorized {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if self.code() == Code::UpgradeRequired {
            response.headers_mut().extend(UPGRADE.map(|(name, value)| (name, HeaderValue::from_static(value))));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<booking::Refusal> for ApiError {
    fn from(refusal: booking::Refusal) -> Self {
        use booking::Refusal as R;
        let detail = refusal.to_string();
        let error = match refusal {
            R::TooManySeats { limit } => Self::new(Code::TooManySeats).with("limit", limit),
            R::SaleNotOpen { opens_at } => Self::new(Code::SaleNotOpen).with("opens_at", opens_at.map(|at| at.to_string())),
            R::SaleClosed => Self::new(Code::SaleClosed),
            R::QueueFirst { why } => Self::new(Code::QueueFirst).with("pass", why.as_str()),
            R::PassUsed { hold_id } => Self::new(Code::PassUsed).with("hold_id", hold_id.map(|id| id.to_string())),
            R::BuyerLimit { limit, taken } => Self::new(Code::BuyerLimit).with("limit", limit).with("taken", taken),
            R::SoldOut => Self::new(Code::SoldOut),
            R::SeatsUnavailable { seats, others_available } => {
                Self::new(Code::SeatsUnavailable).with("seats", seats).with("others_available", others_available)
            }
            R::OnlyAreas => Self::new(Code::SeatsUnavailable).with("seats", Vec::<String>::new()).with("others_available", true),
            R::NotTogether { together } => {
                let error = Self::new(Code::SeatsUnavailable).with("seats", Vec::<String>::new());
                error.with("others_available", true).with("together", together.as_str())
            }
            R::SeatsHeld => Self::new(Code::SeatsHeld),
            R::NotWaiting { why } => Self::new(Code::NotWaiting).with("why", serde_json::json!(why)),
            R::CompanionSeat { seats, companion_of } => {
                Self::new(Code::CompanionSeat).with("seats", seats).with("companion_of", companion_of)
            }
            R::OrphanSeat { seats, alternatives } => {
                Self::new(Code::OrphanSeat).with("seats", seats).with("alternatives", alternatives)
            }
            R::HoldLapsed => Self::new(Code::HoldLapsed),
            R::HoldReleased => Self::new(Code::HoldReleased),
            R::HoldOrdered { order_id } => Self::new(Code::HoldOrdered).with("order_id", order_id.to_string()),
            R::PaymentRequired { total } => Self::new(Code::PaymentRequired).with("total", serde_json::json!(total)),
            R::EventStarted => Self::new(Code::EventStarted),
            R::TicketReturned | R::Printed => Self::new(Code::Conflict),
        };
        error.detail(detail)
    }
}

impl From<queue::Refusal> for ApiError {
    fn from(refusal: queue::Refusal) -> Self {
        use queue::Refusal as R;
        let detail = refusal.to_string();
        let error = match refusal {
            R::NoQueue => Self::new(Code::NoQueue),
            R::Closed => Self::new(Code::SaleClosed),
            R::SignIn => Self::new(Code::SignInFirst),
            R::NotOpen { at } => Self::new(Code::QueueNotOpen).with("opens_at", at.map(|at| at.to_string())),
            R::Full => Self::new(Code::QueueFull),
            R::NotDrawn => Self::new(Code::NotDrawn),
        };
        error.detail(detail)
    }
}

impl From<queue::QueueError> for ApiError {
    fn from(error: queue::QueueError) -> Self {
        use queue::QueueError as E;
        match error {
            E::Refused(refusal) => refusal.into(),
            E::Invalid(invalid) => Self::invalid(invalid.field, invalid.detail),
            E::NotFound => Self::not_found(),
            E::Busy { retry_after } => Self::new(Code::Busy).retry_after(retry_after.as_secs().max(1)),
            E::Fault(queue::Fault::ShuttingDown) => Self::new(Code::NotReady).retry_after(1),
            fault if fault.is_away() => Self::new(Code::Busy).retry_after(1),
            fault => Self::fault(fault),
        }
    }
}

impl From<booking::BookingError> for ApiError {
    fn from(error: booking::BookingError) -> Self {
        use booking::BookingError as E;
        match error {
            E::Refused(refusal) => refusal.into(),
            E::Invalid(invalid) => Self::invalid(invalid.field, invalid.detail),
            E::KeyReused => Self::new(Code::KeyReused),
            E::InProgress => Self::new(Code::InProgress),
            E::NotFound => Self::not_found(),
            E::TooManyHolds { retry_after } => Self::new(Code::TooManyHolds).retry_after(retry_after.as_secs().max(1)),
            E::Busy { retry_after } => Self::new(Code::Busy).retry_after(retry_after.as_secs().max(1)),
            E::Fault(booking::Fault::ShuttingDown) => Self::new(Code::NotReady).retry_after(1),
            E::Fault(booking::Fault::Refused(_)) => {
                Self::new(Code::Busy).retry_after(5).detail("the node that has this event takes no commands from this one")
            }
            E::Fault(fault) => Self::fault(fault),
        }
    }
}

impl From<people::PeopleError> for ApiError {
    fn from(error: people::PeopleError) -> Self {
        use people::PeopleError as E;
        match error {
            E::Invalid { field, detail } => Self::invalid(field, detail),
            E::NotFound => Self::not_found(),
            E::Exceeds(scope) => {
                let detail = format!("your own key lacks the scope {}", scope.as_str());
                Self::new(Code::Forbidden).detail(detail).with("scope", scope.as_str())
            }
            E::ExceedsRole => Self::new(Code::Forbidden).detail("your own key is none of an admin"),
            E::Outlasts => Self::new(Code::Forbidden).detail("your own key ends sooner than that one"),
            E::OldSecret => Self::new(Code::Forbidden).detail("the old secret of a rotated key makes no keys: use the new one"),
            E::Spent(spent) => {
                let error = Self::new(Code::QuotaSpent).detail(spent.to_string()).retry_after(spent.seconds);
                error.with("quota", spent.quota).with("limit", spent.limit).with("used", spent.used)
            }
            E::TooManyTries { retry_after } => {
                let error = Self::new(Code::RateLimited).detail("too many tries to sign in; none is locked out");
                error.retry_after(seconds_up(retry_after))
            }
            E::Busy { retry_after } => Self::new(Code::Busy).retry_after(seconds_up(retry_after)),
            E::LoginFailed => Self::new(Code::LoginFailed),
            E::StepUp => Self::new(Code::StepUp),
            E::NoAccount => Self::new(Code::Forbidden).detail("this token belongs to no account; sign in first"),
            E::Fault(fault) => fault.into(),
        }
    }
}

/// Whole seconds, at least one.
fn seconds_up(wait: std::time::Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1)
}

impl From<people::Fault> for ApiError {
    fn from(fault: people::Fault) -> Self {
        Self::fault(fault)
    }
}

impl From<catalog::search::SearchError> for ApiError {
    fn from(error: catalog::search::SearchError) -> Self {
        use catalog::search::SearchError as E;
        match error {
            E::Invalid(invalid) => Self::invalid(invalid.field, invalid.detail),
            E::Cursor(error) => error.into(),
            E::NotReady => Self::new(Code::NotReady).detail("there is no search index yet").retry_after(5),
            E::Busy => Self::new(Code::Busy).retry_after(1),
            E::TooMany { most } => {
                let detail = format!("{most} searches of this address that look at much are under way; wait for one of them");
                Self::new(Code::RateLimited).detail(detail).retry_after(1)
            }
            E::Fault(fault) => Self::fault(fault),
        }
    }
}

impl From<catalog::reads::ReadError> for ApiError {
    fn from(error: catalog::reads::ReadError) -> Self {
        use catalog::reads::ReadError as E;
        match error {
            E::NotFound => Self::not_found(),
            E::Busy => Self::new(Code::Busy).retry_after(1),
            E::Fault(fault) => Self::fault(fault),
        }
    }
}

impl From<catalog::write::WriteError> for ApiError {
    fn from(error: catalog::write::WriteError) -> Self {
        use catalog::write::WriteError as E;
        match error {
            E::Invalid(invalid) => Self::invalid(invalid.field, invalid.detail),
            E::NotFound => Self::not_found(),
            E::Conflict { version } => Self::new(Code::VersionMismatch).with("version", version),
            E::InUse { by } => Self::new(Code::InUse).detail(format!("it is in use: {by}")),
            E::SeatMapInUse => Self::new(Code::SeatMapInUse),
            E::KeyReused => Self::new(Code::KeyReused),
            E::ImagesFull { quota, limit, used } => {
                let error = Self::new(Code::ImagesFull).detail(format!("{limit} {quota} of images may be kept, {used} are"));
                error.with("quota", quota).with("limit", limit).with("used", used)
            }
            E::Fault(fault) => Self::fault(fault),
        }
    }
}

impl From<domain::CursorError> for ApiError {
    fn from(error: domain::CursorError) -> Self {
        match error {
            domain::CursorError::Invalid => Self::new(Code::CursorInvalid),
            domain::CursorError::Mismatch => Self::new(Code::CursorMismatch),
        }
    }
}

/// The table as docs/ERRORS.md shows it.
pub fn errors_markdown() -> String {
    let mut text = String::from(
        "# Errors\n\nGenerated from `gateway/src/web/answer/error.rs` by `make bless`. Every error is `application/problem+json` with a stable `code`.\n\n\
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
    #[test]
    fn a_database_that_is_away_is_no_fault_of_ours_however_deep_it_stands() {
        let away = || sqlx::Error::PoolTimedOut;
        let told = [
            ApiError::fault(away()),
            ApiError::fault(booking::Fault::Database(away())),
            booking::BookingError::from(booking::Fault::Database(away())).into(),
            people::Fault::Database(away()).into(),
            catalog::write::WriteError::Fault(away()).into(),
        ];
        for error in told {
            assert_eq!((error.code(), error.0.retry_after_seconds), (Code::Busy, Some(1)), "{error}");
        }
        assert_eq!(ApiError::fault(sqlx::Error::RowNotFound).code(), Code::Internal);
    }

    use super::*;

    #[test]
    fn who_has_its_share_of_searches_is_told_to_come_back_and_whoever_finds_the_line_full_that_it_is_busy() {
        use catalog::search::SearchError;
        for (error, code) in [(SearchError::TooMany { most: 8 }, Code::RateLimited), (SearchError::Busy, Code::Busy)] {
            let error = ApiError::from(error);
            assert_eq!((error.code(), error.0.retry_after_seconds), (code, Some(1)), "{error}");
        }
    }

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

    #[test]
    fn a_problem_carries_its_field_and_its_members() {
        let error = ApiError::new(Code::SaleNotOpen).with("opens_at", "2027-01-01T00:00:00Z").field("event", "not yet");
        let json = serde_json::to_value(error.problem("r-1")).expect("plain data");
        assert_eq!(json["status"], 409);
        assert_eq!(json["code"], "sale_not_open");
        assert_eq!(json["opens_at"], "2027-01-01T00:00:00Z");
        assert_eq!(json["errors"][0]["field"], "event");
        assert_eq!(json["request_id"], "r-1");
    }

    #[test]
    fn what_failed_within_is_not_told() {
        let error = ApiError::fault(std::io::Error::other("password=secret"));
        let json = serde_json::to_string(&error.problem("r-1")).expect("plain data");
        assert!(!json.contains("secret"), "{json}");
        assert!(error.source().is_some());
    }
}
