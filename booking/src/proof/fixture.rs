//! Events to sell in tests, from a house of two rows to one of fifty thousand seats. Written past the catalogue's own verbs: only what
//! `sale_terms` shows.

use domain::{Area, EventId, Row, Seat, SeatMap, Section, TierId};
use jiff::{SignedDuration, Timestamp};

use crate::rules::terms::Terms;

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
    let seat = |row: u32, n: u32| Seat {
        number: (n + 1).to_string(),
        x: n as f32 * 10.0,
        y: row as f32 * 10.0,
        accessible: false,
        companion_of: None,
        gap_after: false,
    };
    let label = |n: u32| if n < 26 { char::from(b'A' + n as u8).to_string() } else { format!("R{n}") };
    let row = |n: u32| Row { label: label(n), seats: (0..seats).map(|at| seat(n, at)).collect() };
    let section = Section {
        id: "stalls".into(),
        label: "Stalls".into(),
        tier: tier(0),
        outline: vec![],
        floor: None,
        rows: (0..rows).map(row).collect(),
    };
    let area = Area { id: "floor".into(), label: "Floor".into(), tier: tier(1), capacity: floor, outline: vec![], floor: None };
    let sections = if rows == 0 { vec![] } else { vec![section] };
    let areas = if floor == 0 { vec![] } else { vec![area] };
    SeatMap { name: "Hall".into(), focal_point: None, stage: None, sections, areas }
}

/// Terms of a sale that opened at noon, without a database: tier 1 costs 45.00, tier 2 is free. Whoever chooses may leave single seats,
/// as in every race: which seats are taken is what is proven, not which are wise.
pub fn terms(map: &SeatMap) -> Terms {
    let house = std::sync::Arc::new(crate::rules::house::House::new(map));
    Terms {
        event: EventId::at(noon()),
        organiser: domain::OrganiserId::HOUSE,
        version: 1,
        edition: 1,
        status: domain::EventStatus::Scheduled,
        over_at: noon() + seconds(86_400),
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
        orphan_rule: domain::OrphanRule::Allow,
    }
}

pub const TIERS: &str = r#"[{"id":"1","name":"Stalls","price":{"amount":4500,"currency":"AUD"}},
    {"id":"2","name":"Floor","price":{"amount":0,"currency":"AUD"}}]"#;

/// Tier 2 alone, and it costs something.
#[cfg(test)]
pub const FLOOR_TIER: &str = r#"[{"id":"2","name":"Floor","price":{"amount":1500,"currency":"AUD"}}]"#;

#[cfg(test)]
pub use hall::{Hall, checkout, key, refusal};

#[cfg(test)]
mod hall {
    use domain::{BuyerId, Clock, EventId, HoldId, OrderId};
    use sqlx::PgPool;

    use super::*;
    use crate::store::fixture;
    use crate::{
        Booking, BookingConfig, BookingError, Checkout, Contact, HoldView, Idempotency, Method, NoticeKind, OrderView,
        PaymentNotice, PaymentView, Places, Refusal, SeatLetter, Wanted,
    };

    /// An event on sale with rows A and B of five seats and a free floor of twenty, a node that sells it, and a clock that stands at noon.
    pub struct Hall {
        pub booking: Booking,
        pub clock: Clock,
        pub event: EventId,
        pub ada: BuyerId,
        pub bob: BuyerId,
    }

    impl Hall {
        pub async fn open(pool: &PgPool) -> Hall {
            let event = fixture::event(pool, &map(2, 5, 20), TIERS, noon()).await.expect("an event");
            Hall::node(pool, event, Clock::manual(noon()), BookingConfig::default()).await
        }

        /// Another node of the same event.
        pub async fn node(pool: &PgPool, event: EventId, clock: Clock, config: BookingConfig) -> Hall {
            let booking = Booking::start(pool.clone(), clock.clone(), config).await.expect("a start");
            let (ada, bob) = (BuyerId::at(noon()), BuyerId::at(noon()));
            Hall { booking, clock, event, ada, bob }
        }

        /// A node where nothing begins by itself.
        pub fn idle(pool: &PgPool, event: EventId, clock: Clock, config: BookingConfig) -> Hall {
            let booking = Booking::open(pool.clone(), clock.clone(), config);
            let (ada, bob) = (BuyerId::at(noon()), BuyerId::at(noon()));
            Hall { booking, clock, event, ada, bob }
        }

        pub async fn hold(&self, buyer: BuyerId, seats: &[&str]) -> Result<HoldView, BookingError> {
            let wanted = Wanted::Seats(seats.iter().map(|seat| format!("stalls-{seat}")).collect());
            Ok(self.booking.hold(self.event, buyer, wanted, key()).await?.value)
        }

        pub async fn floor(&self, buyer: BuyerId, quantity: u32) -> Result<HoldView, BookingError> {
            let wanted = Wanted::Area { area: "floor".into(), quantity };
            Ok(self.booking.hold(self.event, buyer, wanted, key()).await?.value)
        }

        pub async fn checkout(&self, hold: HoldId, buyer: BuyerId, method: Method) -> Result<crate::CheckoutView, BookingError> {
            Ok(self.booking.checkout(hold, buyer, checkout(method), key()).await?.value)
        }

        /// Begins to pay with the sandbox.
        pub async fn begin(&self, hold: &HoldView, buyer: BuyerId) -> PaymentView {
            self.checkout(hold.id, buyer, crate::proof::PLAY_MONEY).await.expect("a payment").payment
        }

        pub async fn say(&self, payment: &PaymentView, kind: NoticeKind, word: &str) -> PaymentView {
            let provider_event_id = format!("{}-{word}", payment.id);
            let notice = PaymentNotice { payment: payment.id, provider_event_id, kind, amount: payment.amount };
            self.booking.confirm(notice).await.expect("a payment")
        }

        pub async fn buy(&self, buyer: BuyerId, seats: &[&str]) -> OrderView {
            let hold = self.hold(buyer, seats).await.expect("a hold");
            let payment = self.begin(&hold, buyer).await;
            let order = self.say(&payment, NoticeKind::Captured, "buy").await.order_id.expect("an order");
            self.order(order, buyer).await
        }

        pub async fn order(&self, order: OrderId, buyer: BuyerId) -> OrderView {
            self.booking.get_order(order, buyer).await.expect("an order")
        }

        pub async fn block(&self, seats: &[&str]) -> Result<crate::Blocked, BookingError> {
            let seats = seats.iter().map(|seat| format!("stalls-{seat}")).collect();
            self.booking.block(&domain::Actor::house(), self.event, Places { seats, area: None }).await
        }

        pub fn wait(&self, micros: i64) {
            self.clock.advance(std::time::Duration::from_micros(micros.unsigned_abs()));
        }

        pub async fn letter(&self, seat: &str) -> SeatLetter {
            let view = self.booking.seats(self.event).await.expect("seats");
            view.list().find(|item| item.id == format!("stalls-{seat}")).expect("a seat").state
        }

        /// The books balance.
        pub async fn balanced(&self) {
            assert_eq!(self.booking.audit().await.expect("an audit").violations, []);
        }
    }

    /// A key that no request used before.
    pub fn key() -> Idempotency {
        Idempotency { key: HoldId::at(noon()).to_string(), fingerprint: [0; 32] }
    }

    pub fn checkout(method: Method) -> Checkout {
        Checkout { method, contact: Contact { name: "Ada".into(), email: "ada@example.com".into() }, attendees: Vec::new() }
    }

    /// The refusal, and nothing else.
    pub fn refusal<T: std::fmt::Debug>(answer: Result<T, BookingError>) -> Refusal {
        match answer {
            Err(BookingError::Refused(refusal)) => refusal,
            other => panic!("not a refusal: {other:?}"),
        }
    }
}
