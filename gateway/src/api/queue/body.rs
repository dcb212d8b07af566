//! A place in a queue as its holder sees it.

use std::str::FromStr;

use jiff::Timestamp;
use queue::Status;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The token of a place, whatever it is: who signed it, the queue looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl FromStr for Token {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// A place in an event's queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceBody {
    /// Who has it may ask after the place and leave it.
    pub token: String,
    pub event_id: Uuid,
    /// before, waiting, admitted, left or over.
    #[schema(example = "waiting")]
    pub state: &'static str,
    /// From 1 on; null before a start that draws lots, and for whoever does not wait.
    pub place: Option<u32>,
    /// How many are before it.
    pub ahead: Option<u32>,
    /// How many wait in all.
    pub waiting: u32,
    /// In how many seconds its holder is let in, as it looks now.
    pub eta_seconds: Option<u32>,
    pub joined_at: Timestamp,
    /// When the sale begins, before it does.
    pub opens_at: Option<Timestamp>,
    /// Goes as `Boxoffice-Pass` with each hold, while the time inside runs.
    pub pass: Option<String>,
    /// The server waits five seconds longer than this.
    pub pass_until: Option<Timestamp>,
    /// How many places of the event are free; null where nothing was sold yet.
    pub seats_left: Option<u32>,
    /// Whether fewer are left than people are before it.
    pub scarce: bool,
    /// Grows with whatever changes the line; goes as `after` with the next long poll.
    pub version: u64,
    pub links: PlaceLinks,
}

/// Where to go from a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceLinks {
    #[serde(rename = "self")]
    pub this: String,
    pub stream: String,
    pub live: String,
    pub event: String,
    pub holds: String,
}

impl PlaceBody {
    pub fn of(token: &str, status: Status) -> Self {
        let Status {
            event,
            state,
            place,
            ahead,
            of,
            eta_seconds,
            joined_at,
            opens_at,
            pass,
            pass_until,
            seats_left,
            scarce,
            version,
            turn: _,
        } = status;
        let this = format!("/v1/queue/{token}");
        let links = PlaceLinks {
            stream: format!("{this}/stream"),
            live: format!("{this}/live"),
            this,
            event: format!("/v1/events/{event}"),
            holds: format!("/v1/events/{event}/holds"),
        };
        Self {
            token: token.to_owned(),
            event_id: event.0,
            state: state.as_str(),
            place,
            ahead,
            waiting: of,
            eta_seconds,
            joined_at,
            opens_at,
            pass,
            pass_until,
            seats_left,
            scarce,
            version,
            links,
        }
    }
}
