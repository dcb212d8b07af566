//! A socket that goes through this node to another one: bytes as they are, until one side ends or falls silent. When this node stops, the
//! client is told to come back, as one is whose socket is parked here.

use std::io;
use std::time::Duration;

use axum::body::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::live::{Encoding, TextFraming};

/// The other node shows each 20 s that it lives; one that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// How long either side may take nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is read at once: frames are some hundred bytes.
const PIECE: usize = 2 << 10;
/// What ends a body in chunks.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Carries a WebSocket's bytes, both ways.
///
/// Takes     `client`: not blocking.  `read`: what it has sent already.  `stopped`: when it comes, the client is sent away.
pub async fn carry(
    client: std::net::TcpStream,
    read: &[u8],
    mut owner: impl AsyncRead + AsyncWrite + Unpin,
    stopped: &CancellationToken,
) -> io::Result<()> {
    let mut client = TcpStream::from_std(client)?;
    write(&mut owner, read).await?;
    let (mut there, mut back, mut frames) = (vec![0; PIECE], vec![0; PIECE], Frames::default());
    // moved by what the other node says alone: whatever the client sends, that one may be gone
    let mut silent = std::pin::pin!(tokio::time::sleep(SILENCE));
    loop {
        tokio::select! {
            () = stopped.cancelled() => {
                return if frames.is_between() { write(&mut client, &Encoding::Binary.sends_away()).await } else { Ok(()) };
            }
            read = client.read(&mut there) => match read? {
                0 => return Ok(()),
                length => write(&mut owner, &there[..length]).await?,
            },
            read = owner.read(&mut back) => match read? {
                0 => return Ok(()),
                length => {
                    silent.as_mut().reset(Instant::now() + SILENCE);
                    frames.pass(&back[..length]);
                    write(&mut client, &back[..length]).await?;
                }
            },
            () = &mut silent => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Tells a client what another node says, as Server-Sent Events: pieces as they come. Whatever the client sends means nothing.
///
/// Takes     `client`: not blocking, the head is written.  `text`: how the client is told; the pieces are packed already if it is.
pub async fn tell(
    client: std::net::TcpStream,
    mut pieces: impl Stream<Item = Bytes> + Unpin,
    text: TextFraming,
    stopped: &CancellationToken,
) -> io::Result<()> {
    let encoding = Encoding::Text(TextFraming { packed: false, ..text });
    let (mut client, mut said, mut tail) = (TcpStream::from_std(client)?, vec![0; PIECE], Vec::new());
    while let Some(piece) = next(&mut pieces, (&mut client, &mut said), stopped).await? {
        write(&mut client, &encoding.wrap(&piece)).await?;
        tail.extend(piece.iter().rev().take(4).rev());
        tail.drain(..tail.len().saturating_sub(4));
    }
    match stopped.is_cancelled() {
        true if is_between(&tail) => write(&mut client, &Encoding::Text(text).sends_away()).await,
        // the other node has ended it, or is gone: who comes back at once is answered by the next one
        false if text.chunked => write(&mut client, LAST_CHUNK).await,
        _ => Ok(()),
    }
}

/// The next piece; none when the other node ends or falls silent, or this one stops.
async fn next(
    pieces: &mut (impl Stream<Item = Bytes> + Unpin),
    (client, said): (&mut TcpStream, &mut [u8]),
    stopped: &CancellationToken,
) -> io::Result<Option<Bytes>> {
    let mut piece = std::pin::pin!(tokio::time::timeout(SILENCE, pieces.next()));
    loop {
        tokio::select! {
            () = stopped.cancelled() => return Ok(None),
            // its end is heard
            read = client.read(said) => if read? == 0 { return Err(io::ErrorKind::UnexpectedEof.into()) },
            piece = &mut piece => return Ok(piece.ok().flatten()),
        }
    }
}

/// Whether a stream of events stands between two messages: after an empty line, or what a flush of gzip ends with (RFC 1951, section
/// 3.2.4: an empty stored block).
fn is_between(tail: &[u8]) -> bool {
    tail.is_empty() || tail.ends_with(b"\n\n") || tail.ends_with(&[0, 0, 0xff, 0xff])
}

async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    tokio::time::timeout(PATIENCE, async {
        to.write_all(bytes).await?;
        to.flush().await
    })
    .await?
}

/// Where one is among the frames of a server, which are not masked (RFC 6455, section 5.2).
#[derive(Debug, Default)]
struct Frames {
    /// The head of the frame that has begun, as far as it has come.
    head: Vec<u8>,
    /// Bytes that are left of the frame whose head has come.
    left: u64,
}

impl Frames {
    fn pass(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let within = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left -= within as u64;
                bytes = &bytes[within..];
                continue;
            }
            self.head.push(*first);
            bytes = rest;
            if let Some(length) = length(&self.head) {
                self.left = length;
                self.head.clear();
            }
        }
    }

    fn is_between(&self) -> bool {
        self.left == 0 && self.head.is_empty()
    }
}

/// The length of a frame whose head is whole.
fn length(head: &[u8]) -> Option<u64> {
    match (head.get(1)?, &head[2..]) {
        (126, two) => two.try_into().ok().map(|two| u64::from(u16::from_be_bytes(two))),
        (127, eight) => eight.try_into().ok().map(u64::from_be_bytes),
        (short, _) => Some(u64::from(*short)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A client, and its socket as it is handed over.
    async fn client() -> (TcpStream, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        (client.expect("connected"), accepted.expect("accepted").0.into_std().expect("a socket"))
    }

    async fn heard(client: &mut TcpStream) -> String {
        let mut all = Vec::new();
        client.read_to_end(&mut all).await.expect("read");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// What a client hears who is told these pieces before this node stops, or the other one ends.
    async fn told(text: TextFraming, pieces: &[&'static str], stops: bool) -> String {
        let (mut there, socket) = client().await;
        let stopped = CancellationToken::new();
        let stopping = stopped.clone();
        let pieces = futures::stream::iter(pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect::<Vec<_>>());
        // all is told when it is asked for more
        let end = futures::stream::once(async move {
            if stops {
                stopping.cancel();
                std::future::pending::<()>().await;
            }
            None
        });
        let pieces = pieces.map(Some).chain(end).filter_map(std::future::ready).boxed();
        tell(socket, pieces, text, &stopped).await.expect("told");
        heard(&mut there).await
    }

    /// The control: a message that is cut off in the middle is followed by nothing, since that would end it.
    #[tokio::test]
    async fn who_hears_through_this_node_is_told_when_to_come_back() {
        let (chunked, plain) = (TextFraming { chunked: true, packed: false }, TextFraming { chunked: false, packed: false });
        let heard = told(chunked, &["data: 1\n\n", "data: 2", "\n\n"], true).await;
        assert!(heard.starts_with("9\r\ndata: 1\n\n\r\n7\r\ndata: 2\r\n2\r\n\n\n\r\n"), "{heard:?}");
        assert!(heard.contains("retry: ") && heard.ends_with("\n\n\r\n0\r\n\r\n"), "{heard:?}");
        let heard = told(plain, &["data: 1\n\n"], true).await;
        assert!(heard.starts_with("data: 1\n\nretry: ") && heard.ends_with("\n\n"), "{heard:?}");
        assert_eq!(told(plain, &["data: 1\n\n", "data: 2"], true).await, "data: 1\n\ndata: 2");
        assert_eq!(told(chunked, &["data: 1\n\n"], false).await, "9\r\ndata: 1\n\n\r\n0\r\n\r\n", "the other node ends it");
    }

    #[tokio::test]
    async fn a_client_that_has_gone_is_told_nothing_more() {
        let (there, socket) = client().await;
        drop(there);
        let text = TextFraming { chunked: true, packed: false };
        let gone = tell(socket, futures::stream::pending(), text, &CancellationToken::new()).await;
        assert!(gone.is_err_and(|error| error.kind() == io::ErrorKind::UnexpectedEof));
    }

    #[tokio::test]
    async fn a_websocket_through_this_node_is_closed_between_two_frames_when_it_stops() {
        for (said, ends) in [(&b"\x82\x03abc"[..], "abc\u{88}\u{2}\u{3}\u{f4}"), (b"\x82\x03ab", "ab")] {
            let ((mut there, socket), (mut owner, far)) = (client().await, tokio::io::duplex(64));
            owner.write_all(said).await.expect("said");
            let stopped = CancellationToken::new();
            let carried = tokio::spawn({
                let stopped = stopped.clone();
                async move { carry(socket, b"", far, &stopped).await }
            });
            let mut first = vec![0; said.len()];
            there.read_exact(&mut first).await.expect("heard");
            stopped.cancel();
            carried.await.expect("no panic").expect("carried");
            there.read_to_end(&mut first).await.expect("heard");
            let heard: String = first.iter().map(|byte| char::from(*byte)).collect();
            assert!(heard.ends_with(ends), "{heard:?}");
        }
    }

    fn framed(length: usize) -> Vec<u8> {
        let head = match length {
            0..126 => vec![0x82, length as u8],
            126..65_536 => [&[0x82, 126][..], &(length as u16).to_be_bytes()].concat(),
            _ => [&[0x82, 127][..], &(length as u64).to_be_bytes()].concat(),
        };
        [head, vec![7; length]].concat()
    }

    #[test]
    fn frames_of_every_length_are_told_apart_however_they_are_cut() {
        let all: Vec<u8> = [0, 5, 125, 126, 70_000].into_iter().flat_map(framed).collect();
        for (cut, between) in [(1, 5), (7, 2), (all.len(), 1)] {
            let mut frames = Frames::default();
            let ends = all.chunks(cut).filter(|piece| {
                frames.pass(piece);
                frames.is_between()
            });
            assert_eq!(ends.count(), between, "{cut}");
            assert!(frames.is_between());
        }
    }
}
