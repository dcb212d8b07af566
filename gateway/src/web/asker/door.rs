//! Through which door a connection came, and the room for streams.
//!
//! Ordinary requests and streams have room of their own, so that neither crowds out the other. A small reserve is kept for those who
//! run the server and for payment providers: a connection that finds the ordinary room full is taken in there, and only their
//! requests are answered on it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::web::class::Class;
use crate::web::error::{ApiError, ApiResult, Code};

/// Through which door a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The main port, with room for ordinary requests.
    Main,
    /// The main port while its ordinary room is full.
    Reserve,
    /// The listener of those who run the server.
    Admin,
}

impl Door {
    /// Looks whether requests of a class are answered here.
    ///
    /// Takes     `apart`: whether there is a listener of their own for operations.
    /// Refuses   busy in the reserve; not_found where the class is served at the other door alone.
    pub fn admit(self, class: Class, apart: bool) -> Result<(), ApiError> {
        let kept_for = matches!(class, Class::Operations | Class::Webhooks);
        match self {
            Self::Main if apart && class == Class::Operations => Err(ApiError::not_found().detail("there is no such path")),
            Self::Main => Ok(()),
            Self::Reserve if kept_for && !(apart && class == Class::Operations) => Ok(()),
            Self::Reserve => Err(ApiError::new(Code::Busy).detail("too many connections are open").retry_after(1)),
            Self::Admin if kept_for => Ok(()),
            Self::Admin => Err(ApiError::not_found().detail("there is no such path on this listener")),
        }
    }
}

/// The room for streams.
#[derive(Debug, Clone)]
pub struct Streams(Arc<Semaphore>);

impl Streams {
    pub fn new(places: u32) -> Self {
        Self(Arc::new(Semaphore::new(places as usize)))
    }

    /// Takes a place in it, for as long as what it gives lives.
    ///
    /// Refuses   busy when it is full.
    pub fn enter(&self) -> ApiResult<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.0).try_acquire_owned();
        place.map_err(|_| ApiError::new(Code::Busy).detail("too many streams are open").retry_after(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_door_admits_its_own() {
        let told = |door: Door, class, apart| door.admit(class, apart).err().map_or(200, |error| error.status().as_u16());
        for (door, class, apart, status) in [
            (Door::Main, Class::Search, false, 200),
            (Door::Main, Class::Operations, false, 200),
            (Door::Main, Class::Operations, true, 404),
            (Door::Main, Class::Webhooks, true, 200),
            (Door::Reserve, Class::Search, false, 503),
            (Door::Reserve, Class::Holds, false, 503),
            (Door::Reserve, Class::Operations, false, 200),
            (Door::Reserve, Class::Webhooks, false, 200),
            (Door::Reserve, Class::Webhooks, true, 200),
            (Door::Reserve, Class::Operations, true, 503),
            (Door::Admin, Class::Operations, true, 200),
            (Door::Admin, Class::Webhooks, true, 200),
            (Door::Admin, Class::Search, true, 404),
            (Door::Admin, Class::Holds, true, 404),
        ] {
            assert_eq!(told(door, class, apart), status, "{door:?} {class:?} {apart}");
        }
    }

    #[test]
    fn a_full_room_says_so() {
        let streams = Streams::new(1);
        let stream = streams.enter().expect("free");
        assert_eq!(streams.enter().expect_err("full").code(), Code::Busy);
        drop(stream);
        assert!(streams.enter().is_ok());
    }
}
