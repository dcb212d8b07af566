//! Events to sell in tests, from a house of two rows to one of fifty thousand seats. Written past the catalogue's own verbs: only what
//! `sale_terms` shows.

use domain::{Area, EventId, Row, Seat, SeatMap, Section, TierId};
use jiff::{SignedDuration, Timestamp};

use crate::terms::Terms;

/// The instant at which tests begin.
pub fn noon() -> Timestamp {
    "2027-03-12T12:00:00Z".parse().expect("an instant")
}

pub fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

/// One section `stalls` of rows A, B, …, in tier 1; an area `floor` in tier 2 when it has a capacity.
pub fn map(rows: u32, seats: u32, floor: u32) -> SeatMap {
    let tier = |n| TierId::nth(n).expect("a tier");
    let seat = |row: u32, n: u32| Seat { number: (n + 1).to_string(), x: n as f32 * 10.0, y: row as f32 * 10.0, accessible: false, gap_after: false };
    let label = |n: u32| if n < 26 { char::from(b'A' + n as u8).to_string() } else { format!("R{n}") };
    let row = |n: u32| Row { label: label(n), seats: (0..seats).map(|at| seat(n, at)).collect() };
    let section = Section { id: "stalls".into(), label: "Stalls".into(), tier: tier(0), outline: vec![], rows: (0..rows).map(row).collect() };
    let area = Area { id: "floor".into(), label: "Floor".into(), tier: tier(1), capacity: floor, outline: vec![] };
    let sections = if rows == 0 { vec![] } else { vec![section] };
    SeatMap { name: "Hall".into(), stage: None, sections, areas: if floor == 0 { vec![] } else { vec![area] } }
}

/// Terms of a sale that opened at noon, without a database: tier 1 costs 45.00, tier 2 is free.
pub fn terms(map: &SeatMap) -> Terms {
    let house = std::sync::Arc::new(crate::house::House::new(map));
    Terms {
        event: EventId::at(noon()),
        version: 1,
        edition: 1,
        status: domain::EventStatus::Scheduled,
        starts_at: noon() + seconds(86_400),
        map: Some(domain::SeatMapId::at(noon())),
        section_tiers: house.sections.iter().map(|section| section.tier).collect(),
        area_tiers: house.areas.iter().map(|area| area.tier).collect(),
        house,
        tiers: serde_json::from_str(TIERS).expect("tiers"),
        currency: "AUD".parse().expect("a currency"),
        opens_at: Some(noon()),
        closes_at: noon() + seconds(86_400),
        buyer_limit: None,
        queue_required: false,
    }
}

pub const TIERS: &str = r#"[{"id":"1","name":"Stalls","price":{"amount":4500,"currency":"AUD"}},
    {"id":"2","name":"Floor","price":{"amount":0,"currency":"AUD"}}]"#;
