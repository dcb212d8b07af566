//! No, what?, ouch: why a verb about people did not do what was asked.

use std::time::Duration;

use crate::model::quota::Spent;
use crate::model::scope::Scope;

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    #[error("{field}: {detail}")]
    Invalid { field: &'static str, detail: String },
    /// Also what another organiser's key looks like.
    #[error("there is no such thing")]
    NotFound,
    /// Nobody gives what he does not have.
    #[error("your own key lacks {}", .0.as_str())]
    Exceeds(Scope),
    #[error("your own key is none of an admin")]
    ExceedsRole,
    #[error("your own key ends sooner")]
    Outlasts,
    /// The secret before a rotation may be in other hands.
    #[error("the old secret of a rotated key makes no keys")]
    OldSecret,
    #[error(transparent)]
    Spent(#[from] Spent),
    /// Too many tries to sign in, of one address or under one e-mail; never for good.
    #[error("too many tries")]
    TooManyTries { retry_after: Duration },
    /// More passwords are to be hashed than can be now.
    #[error("too many passwords are being checked")]
    Busy { retry_after: Duration },
    /// The e-mail is unknown or the password is wrong: which of them is not said.
    #[error("the e-mail or the password is wrong")]
    LoginFailed,
    /// The step needs the account's password, entered afresh.
    #[error("the password is not this account's")]
    StepUp,
    /// The session is an anonymous buyer's.
    #[error("this token belongs to no account")]
    NoAccount,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl PeopleError {
    pub(crate) fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { field, detail: detail.into() }
    }
}

impl From<sqlx::Error> for PeopleError {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(Fault::Database(error))
    }
}

impl pg::Retry for PeopleError {
    fn database(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Fault(Fault::Database(error)) => Some(error),
            _ => None,
        }
    }
}

/// We failed; the source is kept for the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    #[error("a password cannot be hashed: {0}")]
    Hash(String),
}
