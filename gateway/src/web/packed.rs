//! Pieces of gzip that are compressed once and sent to many.
//!
//! A piece ends on a byte and refers to nothing before it (RFC 1951, section 3.2.3; zlib's full flush), so that it fits into any stream;
//! what a stream tells at its end of all that it said is put together from what each piece says of itself.

use axum::body::Bytes;
use axum::http::HeaderValue;
use booking::Packed;
use flate2::{Compress, Compression, FlushCompress};

/// RFC 1952, section 2.3: deflate, no name, no time, written by nobody in particular.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty last block.
const LAST: [u8; 2] = [3, 0];
/// Bytes that a flush may add to what does not compress.
const FLUSH: usize = 64;

/// Whether the client takes gzip: it names it, and not with `q=0`.
pub fn wanted(accepted: Option<&HeaderValue>) -> bool {
    let Some(accepted) = accepted.and_then(|value| value.to_str().ok()) else { return false };
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        named && !refused
    })
}

/// Up to so many bytes are sent as they are: what compresses them takes a quarter of a megabyte for a moment, and saves nothing.
const STORED: usize = 128;

/// Compresses one piece.
pub fn pack(plain: &[u8]) -> Packed {
    let bytes = if plain.len() <= STORED { stored(plain) } else { compressed(plain) };
    Packed { bytes: bytes.into(), checksum: crc32fast::hash(plain), length: u32::try_from(plain.len()).unwrap_or(u32::MAX) }
}

/// A stored block (RFC 1951, section 3.2.4): its length, the length's complement, and the bytes.
fn stored(plain: &[u8]) -> Vec<u8> {
    let length = plain.len() as u16;
    [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), plain].concat()
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(plain.len() + plain.len() / 1_000 + FLUSH);
    let mut compress = Compress::new(Compression::new(4), false);
    let mut read = 0;
    loop {
        let done = compress.compress_vec(&plain[read..], &mut bytes, FlushCompress::Full);
        done.unwrap_or_else(|fault| unreachable!("memory can be compressed: {fault}"));
        read = compress.total_in() as usize;
        // room left over says that the flush is whole
        if read == plain.len() && bytes.len() < bytes.capacity() {
            break;
        }
        bytes.reserve(plain.len() / 2 + FLUSH);
    }
    bytes
}

/// One client's stream of pieces.
#[derive(Debug, Default)]
pub struct Stream {
    begun: bool,
    checksum: crc32fast::Hasher,
    length: u32,
}

impl Stream {
    /// The next bytes to send; the first ones begin the stream.
    pub fn piece(&mut self, piece: Packed) -> Bytes {
        self.checksum.combine(&crc32fast::Hasher::new_with_initial_len(piece.checksum, piece.length.into()));
        self.length = self.length.wrapping_add(piece.length);
        if std::mem::replace(&mut self.begun, true) {
            return piece.bytes;
        }
        [HEADER.as_slice(), &piece.bytes].concat().into()
    }

    /// The last bytes.
    pub fn end(&mut self) -> Bytes {
        let begin: &[u8] = if self.begun { &[] } else { &HEADER };
        let checksum = std::mem::take(&mut self.checksum).finalize().to_le_bytes();
        [begin, &LAST, &checksum, &self.length.to_le_bytes()].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn unpacked(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).map(|_| plain)
    }

    #[test]
    fn pieces_make_a_stream_whatever_came_before_them() {
        let random: Vec<u8> = (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let words: Vec<Vec<u8>> = vec![b"id: 7\n\n".to_vec(), vec![b'y'; STORED + 1], Vec::new(), vec![b'x'; 100_000], random];
        let packed: Vec<Packed> = words.iter().map(|word| pack(word)).collect();
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [3, 3, 0, 3, 4]] {
            let mut stream = Stream::default();
            let mut bytes = Vec::new();
            order.iter().for_each(|n| bytes.extend(stream.piece(packed[*n].clone())));
            bytes.extend(stream.end());
            let expected: Vec<u8> = order.iter().flat_map(|n| words[*n].clone()).collect();
            assert!(unpacked(&bytes).expect("a whole stream") == expected, "{order:?}");
            let at = bytes.len() - 6;
            bytes[at] ^= 1;
            unpacked(&bytes).expect_err("another checksum");
        }
        assert!(packed[3].bytes.len() < 1_000, "it compresses");
        assert_eq!(unpacked(&Stream::default().end()).expect("an empty stream"), b"");
    }

    #[test]
    fn a_piece_is_readable_before_the_next_one_comes() {
        let mut stream = Stream::default();
        let mut bytes = stream.piece(pack(b"id: 1\n\n")).to_vec();
        bytes.extend(stream.piece(pack(b"id: 2\n\n")));
        let mut plain = [0; 14];
        flate2::read::GzDecoder::new(bytes.as_slice()).read_exact(&mut plain).expect("as far as it is there");
        assert_eq!(&plain, b"id: 1\n\nid: 2\n\n");
    }

    #[test]
    fn gzip_is_taken_by_who_names_it() {
        for (accepted, expected) in
            [("gzip", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false), ("", false), ("gzip; q=0.0", false)]
        {
            assert_eq!(wanted(Some(&HeaderValue::from_static(accepted))), expected, "{accepted}");
        }
        assert!(!wanted(None));
    }
}
