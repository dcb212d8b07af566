//! What an event says beside what every event has.

use jiff::civil::Date;
use serde_json::{Map, Value};

/// Language, release and whatever else its source knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct More {
    /// Of the performance, as a tag of BCP 47: `en`, `pt-BR`; empty: unknown, or none.
    pub language: String,
    /// When what is shown or played came out.
    pub released: Option<Date>,
    /// Kept and given back as it is.
    pub extras: Map<String, Value>,
}

impl More {
    /// The day of the release as it is stored; nothing where it is not known.
    pub fn released_text(&self) -> String {
        self.released.map(|day| day.to_string()).unwrap_or_default()
    }
}
