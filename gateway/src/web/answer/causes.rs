//! What each room refuses and where it fails, as an error that a client is told.

use super::error::{ApiError, Code};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_its_share_of_searches_is_told_to_come_back_and_whoever_finds_the_line_full_that_it_is_busy() {
        use catalog::search::SearchError;
        for (error, code) in [(SearchError::TooMany { most: 8 }, Code::RateLimited), (SearchError::Busy, Code::Busy)] {
            let error = ApiError::from(error);
            assert_eq!((error.code(), error.retry_after_seconds()), (code, Some(1)), "{error}");
        }
    }
}
