//! Selling: seats of an event are held, paid for and become tickets; never twice, never half.
//!
//! ```text
//! verb ─► desk of the event ─► one SERIALIZABLE transaction per pile ─► journal ─► live streams, badges, audit
//! ```
//!
//! One event has one desk on a node: a task that owns the event's inventory and decides commands in order of arrival. Whatever
//! arrives while a transaction is in flight is decided and committed together. The floors, each of which may use those below it:
//!
//! | floor | holds |
//! |---|---|
//! | `proof/` | the plainest model, the table of states, the race: tests of the whole |
//! | `verbs/` | what can be asked, one noun a file: views, and methods of [`Booking`] (hold, release, checkout, confirm, cancel, block, …) |
//! | `sending` | a command on its way to the desk that decides it, here or on another node |
//! | `booking` | the handle |
//! | `desk/` | one task an event: piles, transactions, catching up |
//! | `watch/` | what viewers see without a desk: one picture an event, kept up to date |
//! | `waiting` | places by event that are filled once, for desks and pictures |
//! | `store/` | every statement, one file per aggregate |
//! | `live/` | what a version looks like to those who watch |
//! | `rules/` | pure: inventory, decisions, and the rows they are made of; no database, no clock, no waiting |
//!
//! It deliberately does not verify webhooks, sign ticket codes or speak HTTP: its callers do.

mod booking;
mod config;
mod desk;
mod error;
mod live;
mod neighbours;
mod proof;
mod rules;
mod sending;
mod store;
mod verbs;
mod waiting;
mod watch;

#[cfg(any(test, feature = "controls"))]
pub use proof::race;
#[cfg(test)]
use proof::{fixture, hall};

pub use booking::Booking;
pub use config::{BookingConfig, Pools};
pub use desk::keyed::{Decided, Idempotency};
pub use desk::passed::PassTold;
pub use error::{BookingError, Fault};
pub use live::encoded::{AreaChange, EncodedEntry, SeatChange};
pub use live::entry::JournalEntry;
pub use live::frame;
pub use live::seats::{AreaAvailability, RowStates, SeatListItem, SeatsView, SectionStates};
pub use neighbours::{Broker, Neighbours, Nodes, Unreached};
pub use rules::checkout::{Attendee, Checkout, Contact, Method, ProviderName};
pub use rules::controls::{Controls, Guard};
pub use rules::corrupt::Corrupt;
pub use rules::counts::Counts;
pub use rules::hoard::{Asker, HoardLimits};
pub use rules::hold::HoldState;
pub use rules::house::Access;
pub use rules::order::OrderState;
pub use rules::pass::{NoPass, PassState};
pub use rules::payment::{NoticeKind, PaymentNotice, PaymentState, RefundReason};
pub use rules::print::{PrintReason, PrintStatus};
pub use rules::refusal::{NotWaiting, Refusal};
pub use rules::seat::SeatLetter;
pub use rules::together::Together;
pub use rules::waitlist::entry::EntryState;
pub use rules::waitlist::knobs::Knobs as WaitlistKnobs;
pub use rules::wanted::{Best, Places, Wanted};
pub use rules::wire::{LONGEST as LONGEST_LETTER, Unreadable};
pub use store::desks::EventCounts;
pub use store::prints::{DrawnPrint, TakenPrint};
pub use store::sale_terms::Opening;
pub use verbs::audit::{AuditReport, Unheard, Violation};
pub use verbs::best::BestView;
pub use verbs::block::Blocked;
pub use verbs::cancel::CancelProgress;
pub use verbs::checkout::CheckoutView;
pub use verbs::hold::{AreaPlaces, HoldView, SeatView};
pub use verbs::journal::Watch;
pub use verbs::order::OrderView;
pub use verbs::payment::PaymentView;
pub use verbs::print::{MAX_PRINTS, PrintBatch, PrintDrawing, PrintView};
pub use verbs::provider::{Provider, ProviderFuture};
pub use verbs::purge::Purged;
pub use verbs::reader::Reader;
pub use verbs::sell::{Of as TicketsOf, PAGE as TICKETS_PAGE, SoldTicket};
pub use verbs::ticket::{TicketAreaView, TicketSeatView, TicketView};
pub use verbs::waitlist::{EntryView, EntryWatch, WaitingView, WaitlistView};
pub use watch::News;
