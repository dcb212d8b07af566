//! What is drawn: a seat map with its present state, a ticket.

use std::sync::Arc;

use domain::{EventId, Money, SeatIndex, SeatMap, TicketId, Tier, TierId};

use crate::logo::Logo;
use crate::palette::Colour;

/// The state of a seat as the picture tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum SeatState {
    #[default]
    Available,
    Held,
    Sold,
    Blocked,
}

impl SeatState {
    /// Reads the letter of the seats' API: `A`, `H`, `S`, `B`.
    pub fn from_letter(letter: char) -> Option<Self> {
        match letter {
            'A' => Some(Self::Available),
            'H' => Some(Self::Held),
            'S' => Some(Self::Sold),
            'B' => Some(Self::Blocked),
            _ => None,
        }
    }
}

/// The present state of one general-admission area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaState {
    pub tier: TierId,
    pub available: u32,
}

/// One event's seat map at one version.
#[derive(Debug, Clone)]
pub struct SeatMapDrawing {
    pub map: Arc<SeatMap>,
    pub title: String,
    pub subtitle: String,
    /// In the order of the legend.
    pub tiers: Vec<Tier>,
    /// By [`SeatIndex`]; a missing one has its section's tier.
    pub seat_tiers: Vec<TierId>,
    /// By [`SeatIndex`]; a missing one is available.
    pub seat_states: Vec<SeatState>,
    /// In the order of `map.areas`; a missing one is free and has the map's tier.
    pub areas: Vec<AreaState>,
    /// The viewer's own seats.
    pub selected: Vec<SeatIndex>,
    pub event: EventId,
    pub edition: u32,
    /// The version of the event's desk that the states belong to.
    pub version: u64,
}

/// Where a ticket lets its holder in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketPlace {
    Seat { section: String, row: String, number: String },
    Area { label: String },
}

/// What a door scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CodeForm {
    #[default]
    Qr,
    Aztec,
}

/// How an organiser's tickets look; what is not set is as we draw it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TicketTheme {
    /// Of the head; else the tier's, darkened.
    pub head: Option<Colour>,
    /// Of the words on the head; else paper or ink, whichever is read more easily.
    pub on_head: Option<Colour>,
    /// Of the place; else the tier's.
    pub accent: Option<Colour>,
    /// Below the code; may be empty.
    pub small_print: String,
    pub code: CodeForm,
    /// In the head, above the title.
    pub logo: Option<Arc<Logo>>,
}

/// One ticket as it is printed: always from the current edition of its event.
#[derive(Debug, Clone)]
pub struct TicketDrawing {
    pub event_title: String,
    pub venue: String,
    /// Street and number, as the venue says them; may be empty.
    pub address: String,
    pub city: String,
    /// Who sells the ticket; may be empty.
    pub organiser: String,
    /// `2027-03-12`, as the venue's calendar shows it.
    pub local_date: String,
    /// `20:00`, as the venue's wall shows it.
    pub local_time: String,
    /// `19:00`, when people are let in; may be empty.
    pub local_doors: String,
    pub place: TicketPlace,
    /// What a wheelchair space or a companion's seat is beside, such as `Wheelchair space · companion in seat 5`; may be empty.
    pub access: String,
    pub holder: String,
    pub tier: String,
    pub tier_id: TierId,
    pub price: Money,
    /// How people name the order, such as its id's last part.
    pub order_ref: String,
    pub ticket: TicketId,
    pub edition: u32,
    /// What [`domain::ticket_code::sign`] gave.
    pub code: String,
    pub theme: TicketTheme,
}

impl TicketDrawing {
    /// `A$45`; nothing where there is no price.
    pub fn price_line(&self) -> String {
        // XXX is ISO 4217's word for no currency: what has none has no price
        if self.price.currency.code() == "XXX" { String::new() } else { self.price.to_string() }
    }
}

/// An event as others show it when they link to it.
#[derive(Debug, Clone)]
pub struct PictureDrawing {
    pub event: EventId,
    pub edition: u32,
    pub title: String,
    pub category: String,
    /// `Saturday 13 March 2027, 20:00`.
    pub when: String,
    /// `13`.
    pub day: String,
    /// `Mar`.
    pub month: String,
    /// `Riverside Hall, Brisbane`.
    pub place: String,
}
