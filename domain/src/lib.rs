//! The words that two rooms must both say: ids, money, time, place, cursors, ticket codes, events, seat maps.
//!
//! No I/O, no `async`, no clock: values and arithmetic only. One word per thing, in URLs, code, SQL, spans, metrics and tests:
//!
//! | word | means |
//! |---|---|
//! | event | one performance at one venue at one time; what is sold |
//! | series | what several events are dates of: a tour, a play's run, a film, a season (schema.org EventSeries) |
//! | performer | person or group on stage, with a role at an event |
//! | venue | a place with an address, a time zone and seat maps; inside a city |
//! | seat map | sections, rows, seats, general-admission areas and their coordinates: a venue's, versioned; an event uses one version |
//! | tier | a price category of an event, given to seats or areas |
//! | seat | one numbered place; its label is section, row, number |
//! | companion seat | the seat of who comes with a wheelchair user, beside the wheelchair space it belongs to |
//! | focal point | where in a seat map one would most like to sit near: best seats are the nearest to it |
//! | orphan | a free seat that a choice left single: neither neighbour is free any more |
//! | area | a general-admission part: a capacity, no numbers |
//! | inventory | all that an event can sell and its present state |
//! | available / held / sold / blocked | the four states of a seat |
//! | hold | a buyer's temporary claim on seats, all or none, with `until` |
//! | order | a paid (or free) hold: what the buyer owns |
//! | number | what people call an order: ten letters by chance |
//! | link | an order's own address, with a key: opens it and its tickets on any device |
//! | ticket | the right to one seat or area place at one event; signed; has an edition |
//! | edition | the event's version that a drawn ticket shows; an older edition is never served |
//! | desk | the task that decides an event's commands in order |
//! | pile | the commands that one transaction of a desk decides together |
//! | premises | what every desk of a node shares: the database, the clock, the limits |
//! | terms | all that booking may know of an event: its seat map, tiers, sale window, status, edition |
//! | conditions | what a pile is decided under: the database's time and how long a hold lives, the same for all its commands |
//! | notice | what a payment provider tells us, signed: that money was taken, refused or given back |
//! | journal | the event's committed changes by version |
//! | picture | an event's seats at one version, as readers see them |
//! | waitlist | buyers waiting, first come first served, for seats that others hold or give back |
//! | queue | the waiting room in front of an on-sale: who may enter |
//! | place / turn | one more than are before somebody in a queue / where he stands in its line: his number, or what the draw gave him |
//! | inside | who was let in by a queue and has not bought, left or run out of time |
//! | pass | the signed word that lets a buyer from the queue into booking |
//! | façade / concert | another published API over our verbs / an event as the TicketOverflow interface writes it |
//! | sale | a place sold at once: hold, order and ticket by one command, nothing due |
//! | generation | one published state of the search index |
//! | account | a person who can sign in; its things are those of its own buyer id and of every anonymous buyer that it took over |
//! | session | what a token stands for: an anonymous buyer's, or one browser's sign-in to an account |
//! | buyer / organiser / partner / admin | who acts: buys; runs events; calls the API with a key; runs the installation |
//! | organiser (tenant) | who owns events; has keys with scopes |
//! | actor | who changes something, as the audit log names it |

pub mod actor;
pub mod buyer;
pub mod event;
pub mod floors;
pub mod id;
pub mod invalid;
pub mod list;
pub mod money;
pub mod order_number;
pub mod place;
pub mod seat_map;
pub mod signed;
pub mod text;
pub mod tier_badges;
pub mod time;

pub use actor::{Actor, ActorKind};
pub use buyer::BuyerIds;
pub use event::{Availability, EventStatus, OrphanRule, Tier, TierId};
pub use id::{
    AccountId, BuyerId, CityId, EntryId, EventId, HoldId, ImageId, KeyId, OrderId, OrganiserId, PassId, PaymentId, PerformerId,
    SeatMapId, SeriesId, SessionId, TicketId, VenueId,
};
pub use invalid::Invalid;
pub use money::{Currency, Money};
pub use order_number::OrderNumber;
pub use place::{BoundingBox, Place};
pub use seat_map::{Area, Row, Seat, SeatIndex, SeatMap, Section};
pub use signed::cursor::{CursorError, CursorKey};
pub use signed::order_link::{OrderLinks, PresentedLink};
pub use signed::pass::{Pass, Passes, PresentedPass};
pub use signed::queue_token::{QueueToken, QueueTokens};
pub use signed::{cursor, ticket_code};
pub use tier_badges::TierBadges;
pub use time::{Clock, LocalTime, Stopwatch};
