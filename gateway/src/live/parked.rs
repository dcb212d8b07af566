//! One parked socket: what it has seen, what is half written to it, and what it said.

use std::io::{self, Read as _, Write as _};

use bytes::Bytes;
use domain::Stopwatch;
use mio::net::TcpStream;

use super::channel::Member;
use super::encoding::Encoding;
use super::websocket::{self, ControlFrame};

/// What a client may send at once; nobody who only hears has so much to say.
const MOST_READ: usize = 64 << 10;
/// Pings and pongs of a client between two of ours.
const MOST_HEARD: u8 = 60;

/// What is kept for as long as a socket is open: places that it takes.
type SocketGuards = (Member, Box<dyn Send>, Box<dyn Send>);

/// A socket on its way to a shard.
pub struct Parked {
    pub socket: std::net::TcpStream,
    pub member: Member,
    pub encoding: Encoding,
    pub seen: u64,
    pub who: u64,
    pub first: Bytes,
    pub read: Bytes,
    /// Dropped with the socket.
    pub kept: (Box<dyn Send>, Box<dyn Send>),
}

/// A socket of a shard. What is seldom needed stands apart, so that a quiet one is small.
pub struct Connection {
    pub socket: TcpStream,
    pub encoding: Encoding,
    pub state: SocketState,
    /// Pings in a row that were not answered.
    silent: u8,
    /// Control frames since our last ping.
    heard: u8,
    /// Its channel's place in the shard, and its own place among the members.
    pub channel: u32,
    pub place: u32,
    pub seen: u64,
    pub who: u64,
    busy: Option<Box<Busy>>,
    #[expect(dead_code, reason = "dropped with the connection: places that it takes")]
    kept: Box<SocketGuards>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketState {
    Open,
    /// The last word is being written.
    Leaving,
    /// Nothing more is written; the client's end is waited for.
    Left,
}

/// What is half done.
#[derive(Default)]
struct Busy {
    /// What is still to be written, and since when nothing of it was taken.
    rest: Bytes,
    since: Option<Stopwatch>,
    /// A client's frame that has not come to its end.
    begun: Vec<u8>,
}

/// Why a connection ends without another word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client went away.
    Gone,
    /// It takes nothing.
    Slow,
    /// It does not answer.
    Silent,
    /// It says too much.
    Flood,
    /// It broke the protocol and was told so, or said goodbye, or was sent away.
    Said,
}

impl End {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Slow => "slow",
            Self::Silent => "silent",
            Self::Flood => "flood",
            Self::Said => "said",
        }
    }
}

impl Connection {
    pub fn new(parked: Parked, channel: u32, place: u32) -> (Self, Bytes, Bytes) {
        let Parked { socket, member, encoding, seen, who, first, read, kept } = parked;
        let socket = TcpStream::from_std(socket);
        let kept = Box::new((member, kept.0, kept.1));
        let (state, busy) = (SocketState::Open, None);
        (Self { socket, encoding, state, silent: 0, heard: 0, channel, place, seen, who, busy, kept }, first, read)
    }

    /// Whether something is half written.
    pub fn is_busy(&self) -> bool {
        self.busy.as_ref().is_some_and(|busy| !busy.rest.is_empty())
    }

    /// Since when a client takes nothing.
    pub fn waits_since(&self) -> Option<Stopwatch> {
        self.busy.as_ref().and_then(|busy| busy.since)
    }

    /// Writes bytes behind what is half written, as far as the socket takes them. Gives how many it took.
    pub fn write(&mut self, bytes: Bytes) -> Result<usize, End> {
        if let Some(busy) = self.busy.as_mut().filter(|busy| !busy.rest.is_empty()) {
            busy.rest = [&busy.rest[..], &bytes[..]].concat().into();
            return Ok(0);
        }
        let written = self.push(&bytes)?;
        if written < bytes.len() {
            let busy = self.busy.get_or_insert_default();
            (busy.rest, busy.since) = (bytes.slice(written..), Some(Stopwatch::start()));
        } else {
            self.written();
        }
        Ok(written)
    }

    /// Goes on with what is half written.
    pub fn go_on(&mut self) -> Result<usize, End> {
        let Some(rest) = self.busy.as_mut().map(|busy| std::mem::take(&mut busy.rest)) else { return Ok(0) };
        let written = self.push(&rest)?;
        if written == rest.len() {
            self.written();
            return Ok(written);
        }
        let busy = self.busy.get_or_insert_default();
        busy.rest = rest.slice(written..);
        if written > 0 {
            busy.since = Some(Stopwatch::start());
        }
        Ok(written)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<usize, End> {
        let mut written = 0;
        while written < bytes.len() {
            match self.socket.write(&bytes[written..]) {
                Ok(0) => return Err(End::Gone),
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(End::Gone),
            }
        }
        Ok(written)
    }

    /// All was taken.
    fn written(&mut self) {
        if let Some(busy) = &mut self.busy {
            busy.since = None;
            if busy.begun.is_empty() {
                self.busy = None;
            }
        }
        if self.state == SocketState::Leaving {
            self.state = SocketState::Left;
            let _ = self.socket.shutdown(std::net::Shutdown::Write);
        }
    }

    /// Says the last word; what was half written is finished first, since a frame cannot be left open.
    pub fn leave(&mut self, word: Bytes) -> Result<(), End> {
        if self.state != SocketState::Open {
            return Ok(());
        }
        self.state = SocketState::Leaving;
        self.write(word).map(|_| ())
    }

    /// Shows that it lives, unless something is half written.
    pub fn show_alive(&mut self) -> Result<(), End> {
        self.heard = 0;
        // whoever is busy is asked nothing now: that he takes something is watched anyway
        if self.state != SocketState::Open || self.is_busy() {
            return Ok(());
        }
        if self.encoding.is_socket() {
            if self.silent >= 2 {
                return Err(End::Silent);
            }
            self.silent += 1;
        }
        self.write(self.encoding.alive()).map(|_| ())
    }

    /// Reads what the client sent: of a stream nothing is expected, of a WebSocket answers to pings and a goodbye.
    pub fn read(&mut self) -> Result<(), End> {
        let (mut buffer, mut read) = ([0; 4_096], 0);
        loop {
            match self.socket.read(&mut buffer) {
                Ok(0) => return Err(if self.state == SocketState::Open { End::Gone } else { End::Said }),
                Ok(length) => {
                    read += length;
                    if read > MOST_READ {
                        return Err(End::Flood);
                    }
                    self.hear(&buffer[..length])?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(End::Gone),
            }
        }
    }

    /// Takes what the client said.
    pub fn hear(&mut self, bytes: &[u8]) -> Result<(), End> {
        if !self.encoding.is_socket() || self.state != SocketState::Open || bytes.is_empty() {
            return Ok(());
        }
        let mut begun = self.busy.as_mut().map(|busy| std::mem::take(&mut busy.begun)).unwrap_or_default();
        begun.extend(bytes);
        let mut taken = 0;
        while self.state == SocketState::Open {
            match websocket::read(&begun[taken..]) {
                Ok(None) => break,
                Ok(Some((heard, length))) => {
                    taken += length;
                    self.obey(heard)?;
                }
                Err(code) => self.leave(websocket::close(Some(code)).into())?,
            }
        }
        // a copy of the little that is left: what came at once may have been much
        let begun = begun.split_off(taken);
        if self.state == SocketState::Open && !begun.is_empty() {
            self.busy.get_or_insert_default().begun = begun;
        } else if !self.is_busy() {
            self.busy = None;
        }
        Ok(())
    }

    fn obey(&mut self, heard: ControlFrame) -> Result<(), End> {
        (self.silent, self.heard) = (0, self.heard.saturating_add(1));
        if self.heard > MOST_HEARD {
            return self.leave(websocket::close(Some(websocket::POLICY)).into());
        }
        match heard {
            ControlFrame::Pong => Ok(()),
            // one that takes nothing gets no answers either
            ControlFrame::Ping(_) if self.is_busy() => Ok(()),
            ControlFrame::Ping(message) => self.write(websocket::pong(&message).into()).map(|_| ()),
            ControlFrame::Close(code) => self.leave(websocket::close(code).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::OwnedSemaphorePermit;

    use super::*;

    /// Beside the socket's own in the system: its place in the shard and among the members, and what it takes up elsewhere.
    #[test]
    fn a_quiet_socket_is_kept_in_less_than_two_hundred_bytes() {
        let place = size_of::<Option<Connection>>() + size_of::<u32>();
        let (kept, room) = (size_of::<SocketGuards>(), size_of::<OwnedSemaphorePermit>());
        let guest = crate::run::listen::GUEST;
        println!("place {place}, kept {kept}, room {room}, guest {guest}");
        assert!(place + kept + room + guest < 200, "{}", place + kept + room + guest);
    }
}
