//! A connection's bytes with limits on how long a client may take, and with words where the HTTP layer has none.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use domain::Clock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::limits::ConnectionTimes;
use super::own;
use super::phase::{BUSY, IDLE, Phase};
use super::timer::Timer;

pub struct Guarded<T> {
    inner: T,
    phase: Arc<Phase>,
    /// The phase in which the reading timer began.
    seen: u8,
    times: ConnectionTimes,
    clock: Clock,
    reading: Timer,
    writing: Timer,
    /// What is to be written in place of what the HTTP layer wrote, and how much of it is.
    own: (Vec<u8>, usize),
}

impl<T> Guarded<T> {
    pub fn new(inner: T, phase: Arc<Phase>, times: ConnectionTimes, clock: Clock) -> Self {
        let (reading, writing) = (Timer::default(), Timer::default());
        Self { inner, seen: phase.now(), phase, times, clock, reading, writing, own: (Vec::new(), 0) }
    }

    /// The bytes without limits.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// Waits for the client to send something, so long as it may in this phase.
    ///
    /// While a request is answered nothing need come, and its own time limit counts. The HTTP layer does not ask again when the answer
    /// is given, so the wait for the next request begins when this one is over: an idle connection ends after once to twice its time.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = self.phase.now();
            if now != self.seen {
                self.seen = now;
                self.reading.clear();
            }
            let patience = if matches!(now, BUSY | IDLE) { self.times.idle } else { self.times.head };
            ready!(self.reading.poll(patience, cx));
            if now != BUSY {
                return Poll::Ready(());
            }
            self.reading.clear();
        }
    }

    /// Bounds a write that waits for the client.
    fn in_time<R>(&mut self, written: Poll<io::Result<R>>, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.writing.clear();
            return written;
        }
        ready!(self.writing.poll(self.times.write, cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }

    /// Where the HTTP layer's own word begins in what it writes, if it does. It has none while a request is answered.
    fn own_word(&self, bytes: &[u8]) -> Option<usize> {
        if self.phase.now() == BUSY { None } else { own::begins(bytes) }
    }
}

impl<T: AsyncWrite + Unpin> Guarded<T> {
    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.own.1 < self.own.0.len() {
            let written = Pin::new(&mut self.inner).poll_write(cx, &self.own.0[self.own.1..]);
            match ready!(self.in_time(written, cx))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                bytes => self.own.1 += bytes,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guarded<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buf);
        if read.is_ready() && buf.filled().len() > before {
            self.phase.came();
        }
        if read.is_ready() {
            return read;
        }
        ready!(self.poll_patience(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client sends nothing")))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guarded<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let bytes = match self.own_word(bytes) {
            Some(0) => {
                self.own = (own::problem(bytes, &self.clock), 0);
                return Poll::Ready(Ok(bytes.len()));
            }
            // first what stands before it: the end of the last answer
            Some(before) => &bytes[..before],
            None => bytes,
        };
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.in_time(written, cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if parts.iter().any(|part| self.own_word(part).is_some()) {
            let first = parts.iter().find(|part| !part.is_empty()).map_or(&[][..], |part| part);
            return self.poll_write(cx, first);
        }
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, parts);
        self.in_time(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(cx))?;
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        // it is flushed when nothing is left to be written
        self.phase.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
