//! A JPEG's markers, walked before anything is decoded: the decoder fills what is missing with grey, and walks all blocks once a scan.
//!
//! Source    ITU-T T.81, section B.1.

use super::limits::MAX_SCANS;
use super::wrong::Wrong;

const START_OF_SCAN: u8 = 0xda;
const END: u8 = 0xd9;

/// Looks whether a JPEG goes on to its end, in a sane number of scans. What stands behind the end is nobody's business.
///
/// Refuses   cut_off, too_many_scans.
pub fn check(bytes: &[u8]) -> Result<(), Wrong> {
    let (mut rest, mut scans) = (bytes.get(2..).unwrap_or_default(), 0);
    loop {
        let (marker, after) = next_marker(rest).ok_or(Wrong::CutOff)?;
        rest = match marker {
            END => return Ok(()),
            // without a length: TEM, RST, SOI
            0x01 | 0xd0..=0xd8 => after,
            _ => behind_segment(after).ok_or(Wrong::CutOff)?,
        };
        scans += usize::from(marker == START_OF_SCAN);
        if scans > MAX_SCANS {
            return Err(Wrong::TooManyScans);
        }
    }
}

/// The next marker and what follows it. Within a scan `ff 00` is data, and before a marker any number of `ff` may stand.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = bytes;
    loop {
        let at = rest.iter().position(|byte| *byte == 0xff)?;
        rest = rest.get(at + 1..)?;
        match rest.first()? {
            0x00 | 0xff => {}
            marker => return Some((*marker, &rest[1..])),
        }
    }
}

fn behind_segment(bytes: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]);
    bytes.get(usize::from(length).max(2)..)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"\xff\xd8\xff\xe0\0\x04\xff\xd9\xff\xc0\0\x02";
    const SCAN: &[u8] = b"\xff\xda\0\x03\x01\x12\xff\0\x34\xff\xd0\x56";

    fn jpeg(scans: usize, tail: &[u8]) -> Vec<u8> {
        [HEAD, &SCAN.repeat(scans), tail].concat()
    }

    #[test]
    fn an_end_within_a_segment_is_none_and_behind_the_end_anything_may_stand() {
        assert_eq!(check(&jpeg(1, b"\xff\xff\xd9")), Ok(()));
        assert_eq!(check(&jpeg(1, b"\xff\xd9 of a camera \xff")), Ok(()));
        assert_eq!(check(&jpeg(MAX_SCANS, b"\xff\xd9")), Ok(()));
        assert_eq!(check(&jpeg(MAX_SCANS + 1, b"\xff\xd9")), Err(Wrong::TooManyScans));
        let whole = jpeg(2, b"\xff\xd9");
        for length in 0..whole.len() {
            assert_eq!(check(&whole[..length]), Err(Wrong::CutOff), "{length}");
        }
    }
}
