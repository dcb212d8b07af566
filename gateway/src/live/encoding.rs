//! In which words a connection is told.

use std::sync::LazyLock;

use bytes::Bytes;

use super::{packed, websocket};

/// How bytes go to a client: all who have the same form get the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A WebSocket with binary messages.
    Binary,
    /// A WebSocket with JSON messages.
    Json,
    /// Server-Sent Events.
    Text(TextFraming),
}

/// How Server-Sent Events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextFraming {
    /// In chunks, as HTTP/1.1 has it; else until the connection ends.
    pub chunked: bool,
    /// Compressed with gzip. It ends with the connection: nobody keeps a checksum for each of them.
    pub packed: bool,
}

/// A comment.
const ALIVE: &[u8] = b":\n\n";
/// Up to so long after it was sent away one may come back.
const JITTER_MS: u64 = 30_000;
/// What a client is told who is sent away: the service starts again.  Source: RFC 6455, IANA registry of close codes.
const RESTARTS: u16 = 1012;

impl Encoding {
    pub const COUNT: usize = 6;

    /// Its number, below [`Encoding::COUNT`].
    pub fn index(self) -> usize {
        match self {
            Encoding::Binary => 0,
            Encoding::Json => 1,
            Encoding::Text(TextFraming { chunked, packed }) => 2 + usize::from(chunked) + 2 * usize::from(packed),
        }
    }

    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Binary => "binary",
            Encoding::Json => "json",
            Encoding::Text(_) => "text",
        }
    }

    pub fn is_socket(self) -> bool {
        !matches!(self, Encoding::Text(_))
    }

    /// One message as it goes over the wire.
    pub fn wrap(self, message: &[u8]) -> Bytes {
        match self {
            Encoding::Binary => websocket::frame(websocket::BINARY, message).into(),
            Encoding::Json => websocket::frame(websocket::TEXT, message).into(),
            Encoding::Text(text) => text.wrap(message),
        }
    }

    /// What shows that a quiet connection lives.
    pub(super) fn alive(self) -> Bytes {
        static TEXTS: LazyLock<[Bytes; 4]> = LazyLock::new(|| {
            let text = |n: usize| TextFraming { chunked: n & 1 == 1, packed: n & 2 == 2 };
            [0, 1, 2, 3].map(|n| text(n).wrap(ALIVE))
        });
        match self {
            Encoding::Binary | Encoding::Json => Bytes::from_static(&websocket::PING),
            Encoding::Text(_) => TEXTS[self.index() - 2].clone(),
        }
    }

    /// The last word to one who is to come back at a moment of his own within half a minute.
    pub fn sends_away(self) -> Bytes {
        self.farewell(rand::random_range(0..=JITTER_MS))
    }

    /// The last word to one who is to come back.
    ///
    /// Takes     `after_ms`: when; a script that speaks WebSocket chooses its time itself.
    fn farewell(self, after_ms: u64) -> Bytes {
        match self {
            Encoding::Binary | Encoding::Json => websocket::close(Some(RESTARTS)).into(),
            Encoding::Text(text) => {
                let last = text.wrap(format!("retry: {after_ms}\n\n").as_bytes());
                if text.chunked && !text.packed { [&last[..], b"0\r\n\r\n"].concat().into() } else { last }
            }
        }
    }
}

impl TextFraming {
    /// What stands before the first message, inside the coding.
    pub fn begin(self, message: &[u8]) -> Bytes {
        if self.packed { [&packed::HEADER[..], &packed::piece(message)].concat().into() } else { Bytes::copy_from_slice(message) }
    }

    fn wrap(self, message: &[u8]) -> Bytes {
        let packed;
        let coded = if self.packed {
            packed = packed::piece(message);
            &packed
        } else {
            message
        };
        if !self.chunked {
            return Bytes::copy_from_slice(coded);
        }
        [format!("{:x}\r\n", coded.len()).as_bytes(), coded, b"\r\n"].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_a_number_of_its_own_and_wraps_a_message() {
        let text = |chunked, packed| Encoding::Text(TextFraming { chunked, packed });
        let forms =
            [Encoding::Binary, Encoding::Json, text(false, false), text(true, false), text(false, true), text(true, true)];
        assert_eq!(forms.map(Encoding::index), [0, 1, 2, 3, 4, 5]);
        assert_eq!(forms.len(), Encoding::COUNT);
        assert_eq!(&Encoding::Binary.wrap(b"abc")[..], b"\x82\x03abc");
        assert_eq!(&Encoding::Json.wrap(b"{}")[..], b"\x81\x02{}");
        assert_eq!(&text(false, false).wrap(b"id: 1\n\n")[..], b"id: 1\n\n");
        assert_eq!(&text(true, false).wrap(b"id: 10\n\ndata: x\n\n")[..], b"11\r\nid: 10\n\ndata: x\n\n\r\n");
        assert_eq!(&text(true, false).alive()[..], b"3\r\n:\n\n\r\n");
        assert_eq!(&Encoding::Json.farewell(7)[..], b"\x88\x02\x03\xf4");
        assert_eq!(&text(true, false).farewell(7)[..], b"a\r\nretry: 7\n\n\r\n0\r\n\r\n");
    }
}
