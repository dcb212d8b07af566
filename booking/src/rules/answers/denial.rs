//! A no that is not an outcome, or not yet one.

use domain::Invalid;

use crate::rules::corrupt::Corrupt;
use crate::rules::refusal::Refusal;

/// A no that is no outcome of a keyed request, or not yet one.
#[derive(Debug)]
pub enum Denial {
    Refused(Refusal),
    Invalid(Invalid),
    NotFound,
    Gone,
    /// The state contradicts itself.
    Corrupt(Corrupt),
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Invalid> for Denial {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Corrupt> for Denial {
    fn from(corrupt: Corrupt) -> Self {
        Self::Corrupt(corrupt)
    }
}
