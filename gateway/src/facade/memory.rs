//! What the handlers share beside the app.

use axum::body::Bytes;
use axum::http::HeaderValue;
use tokio::sync::Semaphore;

use super::known::KnownConcerts;
use super::plans::Plans;
use crate::settings::facade::Users;
use crate::web::policy::etag;

/// The interface's own memory: all of it can be made anew at any time.
pub struct Memory {
    pub users: Users,
    pub listed: Listed,
    pub known: KnownConcerts,
    pub plans: Plans,
    /// Concerts are written one after the other in the database: who waits for that waits here, without a connection.
    pub writing: Semaphore,
}

impl Memory {
    pub fn new(users: Users) -> Self {
        Self {
            listed: Listed::of(&users),
            users,
            known: KnownConcerts::default(),
            plans: Plans::default(),
            writing: Semaphore::new(1),
        }
    }
}

/// The list of all users as it is sent.
pub struct Listed {
    pub body: Bytes,
    pub tag: HeaderValue,
}

impl Listed {
    pub fn of(users: &Users) -> Self {
        // texts and ids always write
        let body = Bytes::from(serde_json::to_vec(users.all()).unwrap_or_default());
        Self { tag: etag(&body), body }
    }
}
