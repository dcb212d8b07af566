//! A WebSocket client that may do what none should.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// The headers of a handshake.
pub const HANDSHAKE: [(&str, &str); 4] = [
    ("upgrade", "websocket"),
    ("connection", "upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// A client's end of a WebSocket.
pub struct Socket {
    stream: TcpStream,
    read: Vec<u8>,
    /// The head of the answer.
    pub head: String,
}

impl Socket {
    /// Shakes hands; an answer other than 101 is in the head.
    pub async fn open(address: SocketAddr, path: &str, protocol: Option<&str>) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        let protocol = protocol.map(|protocol| ("sec-websocket-protocol", protocol));
        Self::open_on(stream, path, protocol.as_slice()).await.expect("an answer")
    }

    /// A socket opened from an address of this machine, with headers; none where it is sent away without an answer.
    pub async fn open_from(source: [u8; 4], address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Option<Self> {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((source, 0))).expect("an address of this machine");
        Self::open_on(socket.connect(address).await.expect("a connection"), path, headers).await
    }

    async fn open_on(mut stream: TcpStream, path: &str, headers: &[(&str, &str)]) -> Option<Self> {
        let mut asked = format!("GET {path} HTTP/1.1\r\nhost: x\r\n");
        let headers = HANDSHAKE.iter().chain(headers);
        headers.for_each(|(name, value)| asked.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(format!("{asked}\r\n").as_bytes()).await.ok()?;
        let mut socket = Self { stream, read: Vec::new(), head: String::new() };
        loop {
            if let Some(end) = socket.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = socket.read.split_off(end + 4);
                socket.head = String::from_utf8(std::mem::replace(&mut socket.read, rest)).expect("text").to_lowercase();
                return Some(socket);
            }
            if !socket.more().await {
                return None;
            }
        }
    }

    /// Sends bytes as they are.
    pub async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("sent");
    }

    /// Sends a short frame as a client should.
    pub async fn send(&mut self, opcode: u8, message: &[u8]) {
        let mask = [7, 77, 177, 17];
        let masked = message.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        let bytes: Vec<u8> = [0x80 | opcode, 0x80 | message.len() as u8].into_iter().chain(mask).chain(masked).collect();
        self.raw(&bytes).await;
    }

    /// The next frame: its opcode and message; none at the end.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((opcode, from, length)) = self.head_of_frame()
                && self.read.len() >= from + length
            {
                let message = self.read[from..from + length].to_vec();
                self.read.drain(..from + length);
                return Some((opcode, message));
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// The next message, pings left out.
    pub async fn message(&mut self) -> Vec<u8> {
        loop {
            let (opcode, message) = self.frame().await.expect("it goes on");
            if opcode <= 2 {
                return message;
            }
            assert_eq!(opcode, 9, "{message:?}");
        }
    }

    /// The code with which it is closed, and that it ends then.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let (8, message) = self.frame().await? {
                assert_eq!(self.frame().await, None, "it ends");
                return message.first_chunk().map(|code| u16::from_be_bytes(*code));
            }
        }
    }

    fn head_of_frame(&self) -> Option<(u8, usize, usize)> {
        let &[first, second, ..] = self.read.as_slice() else { return None };
        let long = |from: usize, bytes: usize| {
            let length = self.read.get(from..from + bytes)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            Some((first & 0x0f, from + bytes, length))
        };
        match second {
            126 => long(2, 2),
            127 => long(2, 8),
            length => Some((first & 0x0f, 2, usize::from(length))),
        }
    }

    async fn more(&mut self) -> bool {
        let mut bytes = [0; 4_096];
        let read = tokio::time::timeout(Duration::from_secs(60), self.stream.read(&mut bytes)).await;
        let length = read.expect("something within a minute").unwrap_or(0);
        self.read.extend(&bytes[..length]);
        length > 0
    }
}
