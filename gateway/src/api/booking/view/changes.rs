//! Live seats as they are told: an event's frames in each form.

use std::pin::Pin;
use std::sync::atomic::AtomicUsize;

use axum::body::Bytes;
use booking::{AreaChange, EncodedEntry, News, SeatChange, Watch, frame};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::booking::seats::CountsBody;
use crate::live::{Encoding, Feed, FeedMessage};

/// What changed between two versions: the `data:` of a message whose `id:` is the later one. It says the last state of whatever it
/// names, so that it fits whoever knows any version from `after` on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangesBody {
    /// The version on which it follows; who knows none as late reads all seats again.
    pub after: u64,
    pub version: u64,
    pub as_of: Timestamp,
    pub seats: Vec<SeatChangeBody>,
    pub areas: Vec<AreaChangeBody>,
    pub counts: CountsBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SeatChangeBody {
    #[schema(example = "stalls-C-12")]
    pub id: String,
    /// The seat's position in the map, in the order sections → rows → seats.
    pub index: u32,
    /// available, held, sold or blocked.
    #[schema(example = "held")]
    pub state: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AreaChangeBody {
    pub id: String,
    pub available: u32,
    /// Absent where it is as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<u32>,
}

impl From<&EncodedEntry> for ChangesBody {
    fn from(told: &EncodedEntry) -> Self {
        let seat = |SeatChange { id, index, state }| SeatChangeBody { id, index, state: state.as_str() };
        let area = |AreaChange { id, available, held }| AreaChangeBody { id, available, held };
        let entry = &told.entry;
        Self {
            after: entry.after,
            version: entry.version,
            as_of: entry.at,
            seats: told.seats().map(seat).collect(),
            areas: told.areas().map(area).collect(),
            counts: entry.counts.into(),
        }
    }
}

/// An event's seats as a channel: what has been seen is a version.
pub struct SeatsFeed(pub Watch);

impl Feed for SeatsFeed {
    fn next(&self, seen: u64, _who: u64, encoding: Encoding) -> Option<FeedMessage> {
        let (bytes, seen) = match self.0.after(seen) {
            News::Nothing => return None,
            News::Gone { version } => (reset(version, encoding), version),
            // where the whole is shorter and cannot be told, it is read again
            News::Told(told) if told.is_long() && encoding != Encoding::Binary => {
                (reset(told.entry.version, encoding), told.entry.version)
            }
            News::Told(told) => {
                (told.encoded(encoding.index(), |told| encoding.wrap(&changes(told, encoding))), told.entry.version)
            }
        };
        Some(FeedMessage { bytes, seen, last: false })
    }

    fn moved<'f>(&'f self, viewers: &'f AtomicUsize) -> Pin<Box<dyn Future<Output = bool> + Send + 'f>> {
        Box::pin(self.0.moved(viewers))
    }
}

fn changes(told: &EncodedEntry, encoding: Encoding) -> Vec<u8> {
    let json = || {
        let data = serde_json::to_string(&ChangesBody::from(told));
        data.unwrap_or_else(|fault| unreachable!("changes are plain data: {fault}"))
    };
    match encoding {
        Encoding::Binary => told.frame(),
        Encoding::Json => json().into_bytes(),
        Encoding::Text(_) => format!("id: {}\ndata: {}\n\n", told.entry.version, json()).into_bytes(),
    }
}

fn reset(version: u64, encoding: Encoding) -> Bytes {
    encoding.wrap(&match encoding {
        Encoding::Binary => frame::reset(version),
        Encoding::Json => format!("{{\"reset\":true,\"version\":{version}}}").into_bytes(),
        Encoding::Text(_) => format!("event: reset\nid: {version}\ndata: {{\"version\":{version}}}\n\n").into_bytes(),
    })
}

/// Says from which version it goes on. An event without data sets the client's position and is not dispatched (WHATWG HTML, 9.2.6).
pub fn position(version: u64, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Binary => frame::position(version),
        Encoding::Json => format!("{{\"version\":{version}}}").into_bytes(),
        Encoding::Text(_) => format!("id: {version}\n\n").into_bytes(),
    }
}
