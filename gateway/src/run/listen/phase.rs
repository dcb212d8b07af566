//! What a connection is doing: told by its requests and answers, read by the limits on its bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

/// Nothing has come yet.
pub const FRESH: u8 = 0;
/// A head has begun to come.
pub const HEAD: u8 = 1;
/// A request is being answered.
pub const BUSY: u8 = 2;
/// The last answer is written, nothing more has come.
pub const IDLE: u8 = 3;
/// What there is of an answer whose socket is to be parked was given to the HTTP layer.
const GIVEN: u8 = 4;
/// And is written: the socket can be taken.
pub const WRITTEN: u8 = 5;

/// The phase of one connection.
#[derive(Debug, Default)]
pub struct Phase(AtomicU8);

impl Phase {
    /// A request is there.
    pub fn begin(&self) {
        self.0.store(BUSY, Ordering::Relaxed);
    }

    /// Its answer is given.
    fn end(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }

    /// The HTTP layer has given all that it had to the system.
    pub fn flushed(&self) {
        let _ = self.0.compare_exchange(GIVEN, WRITTEN, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Bytes have come: of a new head, unless a request is being answered.
    pub fn came(&self) {
        for quiet in [FRESH, IDLE] {
            let _ = self.0.compare_exchange(quiet, HEAD, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    pub fn now(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An answer's body that tells when it is over, and when it waits, if its socket is to be parked then.
pub struct PhasedBody {
    body: Body,
    phase: Arc<Phase>,
    parks: bool,
}

impl PhasedBody {
    pub fn new(body: Body, phase: Arc<Phase>, parks: bool) -> Self {
        Self { body, phase, parks }
    }
}

impl Drop for PhasedBody {
    fn drop(&mut self) {
        self.phase.end();
    }
}

impl HttpBody for PhasedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if self.parks && frame.is_pending() {
            // asked again after it was written, it is written still
            let _ = self.phase.0.compare_exchange(BUSY, GIVEN, Ordering::Relaxed, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.body)
    }
}

/// A request's body that tells whether it was read to its end.
pub struct Watched {
    body: Incoming,
    read: Arc<AtomicBool>,
}

impl Watched {
    pub fn new(body: Incoming, read: Arc<AtomicBool>) -> Self {
        Self { body, read }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
