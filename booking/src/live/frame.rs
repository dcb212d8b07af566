//! Binary frames of live seats: what a WebSocket carries.
//!
//! All numbers are varints: seven bits a byte, lowest first, the top bit says that more follow (LEB128). A frame is
//!
//! - changes: version, count, then a seat each: `gap << 2 | state`, where the gap is the difference to the seat before (of the first: its
//!   position); where areas changed, their count follows, then gap and free places of each; where held places moved in some of these,
//!   their count, then gap and held places of each. One seat is 6 bytes, a thousand 1.5 KB.
//! - or a word: version, 0, 0 and its kind: 0 the position from which the frames go on, 1 that all seats are to be read again, 2 the
//!   whole: number of areas, free places of each, number of seats, then, deflated, their states in 2 bits each, lowest first, and
//!   the held places of each area.
//!
//! States: 0 available, 1 held, 2 sold, 3 blocked.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::live::entry::JournalEntry;
use crate::live::picture::Picture;
use crate::rules::seat::SeatLetter;

/// Beyond so many changes the whole is shorter.  Source: measured, shared/design/onsale.md, section 5.
pub const MOST_CHANGES: usize = 5_000;
/// Seats and areas of a map at most: nobody makes us keep more than that by a frame.
const MOST_PLACES: u64 = 1_000_000;

/// Bytes of a number at most.
const MOST_OF_A_NUMBER: u64 = 10;

const POSITION: u8 = 0;
const RESET: u8 = 1;
const WHOLE: u8 = 2;

/// A frame that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatFrame {
    Changes { version: u64, seats: Vec<(u32, SeatLetter)>, areas: Vec<(u32, u32)>, held: Vec<(u32, u32)> },
    Position { version: u64 },
    Reset { version: u64 },
    Whole { version: u64, seats: Vec<SeatLetter>, areas: Vec<u32>, held: Vec<u32> },
}

/// What changed.
pub fn delta(entry: &JournalEntry) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + 2 * entry.seats.len());
    put(&mut bytes, entry.version);
    put(&mut bytes, entry.seats.len() as u64);
    let mut before = 0;
    for (seat, state) in &entry.seats {
        put(&mut bytes, u64::from(seat - before) << 2 | bits(*state));
        before = *seat;
    }
    // a version that shows nothing new is still told: 0 areas would begin a word
    if entry.areas.is_empty() {
        return bytes;
    }
    put_places(&mut bytes, &entry.areas);
    if !entry.held.is_empty() {
        put_places(&mut bytes, &entry.held);
    }
    bytes
}

/// Areas with places: their count, then gap and places of each.
fn put_places(bytes: &mut Vec<u8>, areas: &[(u32, u32)]) {
    put(bytes, areas.len() as u64);
    let mut before = 0;
    for (area, places) in areas {
        put(bytes, u64::from(area - before));
        put(bytes, u64::from(*places));
        before = *area;
    }
}

/// Areas with places; none where nothing more follows.
fn take_places(bytes: &mut &[u8]) -> Option<Vec<(u32, u32)>> {
    let mut areas = Vec::new();
    if !bytes.is_empty() {
        let mut before = 0_u32;
        for _ in 0..at_most(take(bytes)?)? {
            before = before.checked_add(u32::try_from(take(bytes)?).ok()?)?;
            areas.push((before, u32::try_from(take(bytes)?).ok()?));
        }
    }
    Some(areas)
}

/// From where the frames go on.
pub fn position(version: u64) -> Vec<u8> {
    word(version, POSITION)
}

/// All seats are to be read again, at this version or a later one.
pub fn reset(version: u64) -> Vec<u8> {
    word(version, RESET)
}

fn word(version: u64, kind: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16);
    put(&mut bytes, version);
    bytes.extend([0, 0, kind]);
    bytes
}

/// All seats and areas.
pub(crate) fn whole(picture: &Picture) -> Vec<u8> {
    let mut bytes = word(picture.version.unsigned_abs(), WHOLE);
    put(&mut bytes, picture.free_in_areas.len() as u64);
    picture.free_in_areas.iter().for_each(|free| put(&mut bytes, u64::from(*free)));
    put(&mut bytes, picture.letters.len() as u64);
    let letter = |letter: &u8| SeatLetter::parse(char::from(*letter)).map_or(3, bits) as u8;
    let four = |four: &[u8]| four.iter().rev().fold(0, |byte, seat| byte << 2 | letter(seat));
    let mut states: Vec<u8> = picture.letters.chunks(4).map(four).collect();
    picture.held_in_areas.iter().for_each(|held| put(&mut states, u64::from(*held)));
    let mut deflate = DeflateEncoder::new(bytes, Compression::new(6));
    let written = deflate.write_all(&states).and_then(|()| deflate.finish());
    written.unwrap_or_else(|fault| unreachable!("memory can be compressed: {fault}"))
}

/// Reads a frame; none where the bytes are none.
pub fn read(mut bytes: &[u8]) -> Option<SeatFrame> {
    let from = &mut bytes;
    let (version, count) = (take(from)?, take(from)?);
    if count == 0 && bytes.first() == Some(&0) {
        return read_word(version, &bytes[1..]);
    }
    let mut before = 0_u32;
    let mut seats = Vec::new();
    for _ in 0..at_most(count)? {
        let packed = take(&mut bytes)?;
        before = before.checked_add(u32::try_from(packed >> 2).ok()?)?;
        seats.push((before, state(packed & 3)));
    }
    let (areas, held) = (take_places(&mut bytes)?, take_places(&mut bytes)?);
    bytes.is_empty().then_some(SeatFrame::Changes { version, seats, areas, held })
}

fn read_word(version: u64, bytes: &[u8]) -> Option<SeatFrame> {
    let (kind, mut rest) = bytes.split_first()?;
    match *kind {
        POSITION => rest.is_empty().then_some(SeatFrame::Position { version }),
        RESET => rest.is_empty().then_some(SeatFrame::Reset { version }),
        WHOLE => {
            let areas = (0..at_most(take(&mut rest)?)?).map(|_| u32::try_from(take(&mut rest)?).ok());
            let areas = areas.collect::<Option<Vec<u32>>>()?;
            let count = at_most(take(&mut rest)?)? as usize;
            let mut states = vec![0; count.div_ceil(4)];
            let mut inflated = DeflateDecoder::new(rest);
            inflated.read_exact(&mut states).ok()?;
            let mut behind = Vec::new();
            inflated.take(areas.len() as u64 * MOST_OF_A_NUMBER).read_to_end(&mut behind).ok()?;
            let mut behind = &behind[..];
            let held = areas.iter().map(|_| u32::try_from(take(&mut behind)?).ok()).collect::<Option<Vec<u32>>>()?;
            let seats = (0..count).map(|seat| state(u64::from(states[seat / 4] >> (seat % 4 * 2)) & 3)).collect();
            Some(SeatFrame::Whole { version, seats, areas, held })
        }
        _ => None,
    }
}

fn at_most(count: u64) -> Option<u64> {
    (count <= MOST_PLACES).then_some(count)
}

fn bits(state: SeatLetter) -> u64 {
    match state {
        SeatLetter::Available => 0,
        SeatLetter::Held => 1,
        SeatLetter::Sold => 2,
        SeatLetter::Blocked => 3,
    }
}

fn state(bits: u64) -> SeatLetter {
    match bits {
        0 => SeatLetter::Available,
        1 => SeatLetter::Held,
        2 => SeatLetter::Sold,
        _ => SeatLetter::Blocked,
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..MOST_OF_A_NUMBER as u32 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u64, seats: Vec<(u32, SeatLetter)>, areas: Vec<(u32, u32)>, held: Vec<(u32, u32)>) -> JournalEntry {
        JournalEntry { after: version - 1, version, at: crate::fixture::noon(), seats, areas, held, counts: Default::default() }
    }

    /// Of 50,000 seats, anywhere, at a version of two bytes.  Source: shared/design/onsale.md, section 5.
    #[test]
    fn frames_are_as_short_as_was_promised() {
        for (changed, bytes) in [(1_u32, 6), (50, 104), (1_000, 1_600)] {
            let anywhere: std::collections::BTreeSet<u32> =
                (1..=changed).map(|n| n.wrapping_mul(2_654_435_761) % 50_000).collect();
            let length =
                delta(&entry(10_000, anywhere.into_iter().map(|seat| (seat, SeatLetter::Sold)).collect(), vec![], vec![])).len();
            assert!(length <= bytes, "{changed}: {length}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let all = SeatLetter::ALL.into_iter().enumerate();
        let seats: Vec<_> = all.map(|(n, state)| (n as u32 * 70_000, state)).collect();
        for (seats, areas, held) in [
            (seats.clone(), vec![(0, 7), (3, 100_000)], vec![(3, 200)]),
            (seats.clone(), vec![(0, 7), (3, 100_000)], vec![]),
            (seats, vec![], vec![]),
            (vec![], vec![(1, 0)], vec![(1, 0)]),
            (vec![], vec![], vec![]),
        ] {
            let written = delta(&entry(300, seats.clone(), areas.clone(), held.clone()));
            assert_eq!(read(&written), Some(SeatFrame::Changes { version: 300, seats, areas, held }));
        }
        assert_eq!(read(&position(0)), Some(SeatFrame::Position { version: 0 }));
        assert_eq!(read(&reset(u64::MAX)), Some(SeatFrame::Reset { version: u64::MAX }));
    }

    #[test]
    fn what_is_no_frame_is_none() {
        let endless = [0x80; 11];
        let too_many = [1, 0xff, 0xff, 0xff, 0xff, 1];
        let other_kind = [1, 0, 0, 3];
        let too_long = [1, 0, 0, 0, 0];
        let cut = [1, 2, 4];
        let bomb = [1, 0, 0, 2, 0, 0xff, 0xff, 0xff, 0x7f];
        for bytes in [&endless[..], &too_many, &other_kind, &too_long, &cut, &bomb, &[], &[1]] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }
}
