//! Support for the acceptance tests: a server of the test's own, buyers and organisers who speak HTTP, answers that can be asserted.
//!
//! ```text
//! App::start() ─► a copy of the seeded database ─► the whole server on a free port ─► app.buyer("ada").hold(event, &["stalls-A-1"])
//! ```

pub mod accounts;
mod app;
mod clients;
pub mod database;
pub mod house;
pub mod pictures;
mod reply;
mod seed;
mod socket;

pub use app::{App, Setup, client, eventually};
pub use clients::{Asked, Buyer, Organiser, new_key};
pub use pictures::{Form, picture, written};
pub use reply::Reply;
pub use seed::{MARKUP, SHOWN, hall};
pub use socket::{HANDSHAKE, Socket};
