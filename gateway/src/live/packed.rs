//! Pieces of gzip that are compressed once and sent to many.
//!
//! A piece ends on a byte and refers to nothing before it (RFC 1951, section 3.2.3; zlib's full flush), so that it fits into any stream.

use flate2::{Compress, Compression, FlushCompress};

/// RFC 1952, section 2.3: deflate, no name, no time, written by nobody in particular.
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// Bytes that a flush may add to what does not compress.
const FLUSH: usize = 64;
/// Up to so many bytes are sent as they are: what compresses them takes a quarter of a megabyte for a moment, and saves nothing.
const STORED: usize = 128;

/// Compresses one piece.
pub fn piece(plain: &[u8]) -> Vec<u8> {
    if plain.len() <= STORED { stored(plain) } else { compressed(plain) }
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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// What can be read of a stream that has not ended.
    fn unpacked(bytes: &[u8], length: usize) -> Vec<u8> {
        let mut plain = vec![0; length];
        flate2::read::GzDecoder::new(bytes).read_exact(&mut plain).expect("as far as it is there");
        plain
    }

    #[test]
    fn pieces_make_a_stream_whatever_came_before_them() {
        let random: Vec<u8> = (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let words: Vec<Vec<u8>> = vec![b"id: 7\n\n".to_vec(), vec![b'y'; STORED + 1], Vec::new(), vec![b'x'; 100_000], random];
        let packed: Vec<Vec<u8>> = words.iter().map(|word| piece(word)).collect();
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [3, 3, 0, 3, 4]] {
            let bytes: Vec<u8> = HEADER.into_iter().chain(order.iter().flat_map(|n| packed[*n].clone())).collect();
            let expected: Vec<u8> = order.iter().flat_map(|n| words[*n].clone()).collect();
            assert!(unpacked(&bytes, expected.len()) == expected, "{order:?}");
        }
        assert!(packed[3].len() < 1_000, "it compresses");
    }
}
