//! Why a write is refused.

use domain::Invalid;

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("there is no such record")]
    NotFound,
    /// If-Match named another version than the current one.
    #[error("the record has moved on to version {version}")]
    Conflict { version: i64 },
    /// Something else stands on the record: what.
    #[error("the record is in use: {by}")]
    InUse { by: &'static str },
    /// Something was held or sold on the event's seat map.
    #[error("the event's seat map is in use")]
    SeatMapInUse,
    /// The organiser has as many images, or bytes of them, as may be kept.
    #[error("the organiser may keep {limit} {quota} of images and has {used}")]
    ImagesFull { quota: &'static str, limit: u64, used: u64 },
    /// The Idempotency-Key made something else before.
    #[error("the key was used for another request")]
    KeyReused,
    #[error("the database failed")]
    Fault(#[source] sqlx::Error),
}

/// Constraints that a race can break after the checks: what the caller may hear of them.
const FIELDS: [(&str, &str, &str); 9] = [
    ("venues_external_id_key", "external_id", "another venue has it"),
    ("performers_external_id_key", "external_id", "another performer has it"),
    ("series_external_id_key", "external_id", "another series has it"),
    ("events_external_id_key", "external_id", "another event has it"),
    ("events_venue_id_fkey", "venue_id", "there is no such venue"),
    ("events_series_id_fkey", "series_id", "there is no such series"),
    ("events_seat_map_id_fkey", "seat_map_id", "there is no such seat map"),
    ("image_links_image_id_fkey", "image_id", "there is no such image"),
    ("event_performers_performer_id_fkey", "performers", "there is no such performer"),
];

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        let Some(told) = error.as_database_error() else { return Self::Fault(error) };
        if let Some((_, field, detail)) = FIELDS.iter().find(|(name, ..)| told.constraint() == Some(name)) {
            return Invalid::new(*field, *detail).into();
        }
        match told.message() {
            "seat_map_in_use" => Self::SeatMapInUse,
            "event_in_use" => Self::InUse { by: "seats of the event are held or sold" },
            _ => Self::Fault(error),
        }
    }
}
