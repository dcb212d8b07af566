//! The TicketOverflow interface under `/api/v1`: another published API over our verbs.
//!
//! ```text
//! users      a mock service: a list in memory
//! concerts   catalogue verbs: an event of the organiser `ticketoverflow`, of general admission, without a price
//! tickets    a sale at the event's desk: hold, order and ticket by one command
//! seats      one sheet a concert, shared by all who ask; some seconds old at most, three minutes while the database is away
//! print      the print queue
//! ```
//!
//! It asks nobody who he is and limits nobody, so it is off unless `--facade` says otherwise. What it sells has an owner who cannot sign
//! in; what it writes is its own organiser's. Errors are `{ "error": "…" }`; lists are bare arrays, sent while they are read.

mod array;
mod asked;
mod base;
mod concerts;
mod health;
mod known;
mod memory;
mod plans;
mod prints;
mod refused;
mod seats;
mod tickets;
mod users;

use std::sync::Arc;

use axum::Extension;
use memory::Memory;

use crate::settings::facade::Users;
use crate::web::class::Class;
use crate::web::routes::Routes;

/// All routes of the interface.
pub fn routes(users: Users) -> Routes {
    let facade = Arc::new(Memory::new(users));
    let class = Class::Facade;
    Routes::default()
        .get(class, "/api/v1/users/health", health::users)
        .get(class, "/api/v1/concerts/health", health::rows)
        .get(class, "/api/v1/tickets/health", health::rows)
        .get(class, "/api/v1/users", users::list)
        .get(class, "/api/v1/users/{id}", users::get)
        .get(class, "/api/v1/concerts", concerts::list)
        .post(class, "/api/v1/concerts", concerts::create)
        .get(class, "/api/v1/concerts/{id}", concerts::get)
        .put(class, "/api/v1/concerts/{id}", concerts::change)
        .get(class, "/api/v1/concerts/{id}/seats", seats::get)
        .get(class, "/api/v1/tickets", tickets::list)
        .post(class, "/api/v1/tickets", tickets::buy)
        .get(class, "/api/v1/tickets/{id}", tickets::get)
        .get(class, "/api/v1/tickets/{id}/print", prints::get)
        .post(class, "/api/v1/tickets/{id}/print", prints::ask)
        .get(class, "/api/v1/{*rest}", refused::nothing_here)
        .post(class, "/api/v1/{*rest}", refused::nothing_here)
        .put(class, "/api/v1/{*rest}", refused::nothing_here)
        .layer(Extension(facade))
}
