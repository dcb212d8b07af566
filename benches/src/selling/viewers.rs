//! A process of viewers: so many WebSockets on one server, told by one thread, so that the load costs little beside what is measured.
//!
//! One line in (`address path count`), `open` out when all are connected; then, when the input ends, a line a frame: its version, when
//! it reached half of them, 99 of 100 and the last (nanoseconds of the clock), how many it reached, and the seats that it names.

use std::collections::BTreeMap;
use std::io::{BufRead as _, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use booking::frame::{self, SeatFrame};
use domain::Clock;
use mio::{Events, Interest, Poll, Token};

/// An empty answer to a ping, masked with zeros.
const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

/// When a frame came to each, and the seats that it names.
#[derive(Default)]
struct Seen {
    at: Vec<i128>,
    seats: Vec<u32>,
}

struct Viewer {
    socket: mio::net::TcpStream,
    /// A frame that has not come to its end.
    begun: Vec<u8>,
}

/// Plays the viewers of this process until its input ends.
pub fn play() -> Result<()> {
    let mut input = std::io::stdin().lock();
    let mut line = String::new();
    input.read_line(&mut line)?;
    let [address, path, count] = line.split_whitespace().collect::<Vec<_>>()[..] else { bail!("address, path, count") };
    let (mut poll, mut viewers) = (Poll::new()?, Vec::new());
    for n in 0..count.parse::<usize>()? {
        let mut viewer = open(address, path).with_context(|| format!("viewer {n}"))?;
        poll.registry().register(&mut viewer.socket, Token(n), Interest::READABLE)?;
        viewers.push(viewer);
    }
    println!("open");
    let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let ends = std::sync::Arc::clone(&ended);
    std::thread::spawn(move || {
        let _ = std::io::stdin().lock().read_line(&mut String::new());
        ends.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    drop(input);
    let (mut events, mut seen) = (Events::with_capacity(1_024), BTreeMap::new());
    while !ended.load(std::sync::atomic::Ordering::Relaxed) {
        poll.poll(&mut events, Some(Duration::from_millis(50)))?;
        for event in &events {
            viewers[event.token().0].hear(&mut seen)?;
        }
    }
    tell(seen)
}

fn open(address: &str, path: &str) -> Result<Viewer> {
    let mut stream = TcpStream::connect(address)?;
    let handshake =
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{handshake}\r\n\r\n").as_bytes())?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        bail!("{}", String::from_utf8_lossy(&head));
    }
    stream.set_nonblocking(true)?;
    Ok(Viewer { socket: mio::net::TcpStream::from_std(stream), begun: Vec::new() })
}

impl Viewer {
    fn hear(&mut self, seen: &mut BTreeMap<u64, Seen>) -> Result<()> {
        let mut buffer = [0; 16 << 10];
        loop {
            match self.socket.read(&mut buffer) {
                Ok(0) => bail!("a viewer was dropped"),
                Ok(length) => self.begun.extend(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        let mut taken = 0;
        while let Some((opcode, from, length)) = head(&self.begun[taken..])
            && self.begun.len() >= taken + from + length
        {
            let message = &self.begun[taken + from..taken + from + length];
            match opcode {
                9 => self.socket.write_all(&PONG)?,
                _ => note(message, seen),
            }
            taken += from + length;
        }
        self.begun.drain(..taken);
        // most have nothing half read: their memory is given back
        if self.begun.is_empty() {
            self.begun = Vec::new();
        }
        Ok(())
    }
}

fn head(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    match *bytes {
        [first, length @ ..126, ..] => Some((first & 15, 2, length.into())),
        [first, 126, high, low, ..] => Some((first & 15, 4, usize::from(u16::from_be_bytes([high, low])))),
        _ => None,
    }
}

/// All are told the same bytes, so they are read once.
fn note(message: &[u8], seen: &mut BTreeMap<u64, Seen>) {
    let now = Clock::System.now().as_nanosecond();
    let version = message.iter().enumerate().take_while(|(n, _)| *n == 0 || message[n - 1] & 0x80 != 0);
    let version = version.fold(0, |version, (n, byte)| version | u64::from(byte & 0x7f) << (7 * n));
    let frame = seen.entry(version).or_insert_with(|| {
        let seats = match frame::read(message) {
            Some(SeatFrame::Changes { seats, .. }) => seats.into_iter().map(|(seat, _)| seat).collect(),
            _ => Vec::new(),
        };
        Seen { at: Vec::new(), seats }
    });
    frame.at.push(now);
}

fn tell(seen: BTreeMap<u64, Seen>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for (version, Seen { mut at, seats }) in seen {
        at.sort_unstable();
        let quantile = |q: usize| at[(at.len() * q / 100).min(at.len() - 1)];
        let seats = seats.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        writeln!(out, "{version} {} {} {} {} {seats}", quantile(50), quantile(99), at[at.len() - 1], at.len())?;
    }
    Ok(())
}
