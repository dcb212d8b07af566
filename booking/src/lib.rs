//! Selling: seats of an event are held, paid for and become tickets; never twice, never half.
//!
//! ```text
//! verb ─► desk of the event ─► one SERIALIZABLE transaction per pile ─► journal ─► live streams, badges, audit
//! ```
//!
//! One event has one desk on a node: a task that owns the event's [`inventory`] and decides commands in order of arrival. Whatever
//! arrives while a transaction is in flight is decided and committed together. The pure core (`seat`, `inventory`, `best`) knows no
//! database; `store/` holds every statement, one file per aggregate. Verbs are methods of [`Booking`], next to their noun:
//! hold, release, checkout, confirm, cancel, block, seats, subscribe, audit.
//!
//! It deliberately does not verify webhooks, sign ticket codes or speak HTTP: its callers do.

mod audit;
mod best;
mod block;
mod booking;
mod cancel;
mod change;
mod checkout;
mod command;
mod config;
mod controls;
mod decide;
mod desk;
mod error;
mod facts;
mod hold;
mod house;
mod idempotency;
mod inventory;
mod journal;
#[cfg(test)]
mod naive;
mod order;
mod payment;
mod refusal;
mod seat;
mod seats;
mod settle;
#[cfg(test)]
mod states;
mod store;
mod terms;
mod ticket;
mod wanted;

#[cfg(test)]
mod fixture;
#[cfg(any(test, feature = "controls"))]
pub mod race;

pub use audit::{AuditReport, Violation};
pub use block::Blocked;
pub use booking::Booking;
pub use cancel::CancelProgress;
pub use checkout::{Attendee, Checkout, CheckoutView, Contact, Method};
pub use config::BookingConfig;
pub use controls::{Controls, Guard};
pub use error::{BookingError, Fault, Invalid};
pub use hold::{AreaPlaces, HoldState, HoldView, SeatView};
pub use idempotency::{Decided, Idempotency};
pub use journal::{AreaChange, JournalEntry, SeatChange, Subscription};
pub use order::{OrderState, OrderView};
pub use payment::{NoticeKind, PaymentNotice, PaymentState, PaymentView};
pub use refusal::Refusal;
pub use seat::SeatLetter;
pub use seats::{AreaAvailability, Counts, EventCounts, RowStates, SeatListItem, SeatsView, SectionStates};
pub use ticket::{TicketAreaView, TicketSeatView, TicketView};
pub use wanted::{Best, Places, Wanted};
