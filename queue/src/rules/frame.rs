//! Frames: what one block of 1,024 turns is told at a beat, the same bytes for everybody in it, and what a client makes of them.
//!
//! ```text
//! frame    = 0 version base now admitted changes ahead left…        some 60 bytes
//! place    = 2 turn+1|0 JSON                                     one's own: where he stands in the block, and his place in words
//! snapshot = 1 version now zero slots inside buffer a_minute+1|0 block ahead bits[128] seconds…
//! changes  = count (signed: first second − now | gap << 2 | 0: one less, 1: one more, 2: signed number follows)…
//! left     = count (gap to the one before)…
//! ```
//! All numbers are LEB128 (`wire.rs`), signed ones in zigzag; `bits` are sixteen words, little endian. `now` counts from `zero`, seconds of
//! changes from `now`. A frame is good for whoever stands at its `base` or further; a snapshot for everybody.

use super::estimate::{Estimate, Pace};
use super::line::{Bits, ones_before};
use super::wire::{Reader, put, put_signed};

/// What happened to a block since its last frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    pub version: u64,
    /// The version of the frame before.
    pub base: u64,
    /// In seconds from the snapshot's zero.
    pub now: i64,
    /// How many were let in since then.
    pub admitted: u64,
    /// How many more or less run out in which second from zero, in order: who was let in, and who left early.
    pub changes: Vec<(i64, i32)>,
    /// How many wait before the block.
    pub ahead: u32,
    /// Who of the block waits no more, in order.
    pub left: Vec<u16>,
}

/// All that a client must know of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub version: u64,
    pub now: i64,
    /// The second since 1970 from which the others count.
    pub zero: i64,
    pub pace: Pace,
    pub block: u32,
    pub ahead: u32,
    pub bits: Bits,
    /// How many run out in which second, in order.
    pub inside: Vec<(i64, u32)>,
}

/// What only one is told: his turn, of which turn / 1,024 is the block, and his place in words of whoever tells it.
///
/// Takes     `turn`: none before the start and for whoever does not wait.
pub fn place(turn: Option<u32>, words: &[u8]) -> Vec<u8> {
    let mut to = Vec::with_capacity(8 + words.len());
    to.push(2);
    put(&mut to, turn.map_or(0, |turn| u64::from(turn) + 1));
    to.extend_from_slice(words);
    to
}

impl Frame {
    /// Takes     `changes`: as [`Frame::encode_changes`] writes them, the same for all blocks of one beat.
    pub fn encode(&self, changes: &[u8]) -> Vec<u8> {
        let mut to = Vec::with_capacity(32 + changes.len() + 2 * self.left.len());
        to.push(0);
        [self.version, self.version - self.base].into_iter().for_each(|number| put(&mut to, number));
        put_signed(&mut to, self.now);
        put(&mut to, self.admitted);
        to.extend_from_slice(changes);
        put(&mut to, u64::from(self.ahead));
        put(&mut to, self.left.len() as u64);
        let mut last = 0;
        for offset in &self.left {
            put(&mut to, u64::from(offset - last));
            last = *offset;
        }
        to
    }

    pub fn encode_changes(now: i64, changes: &[(i64, i32)]) -> Vec<u8> {
        let mut to = Vec::with_capacity(4 + 2 * changes.len());
        put(&mut to, changes.len() as u64);
        let mut last = changes.first().map_or(0, |(second, _)| *second);
        if !changes.is_empty() {
            put_signed(&mut to, last - now);
        }
        for (second, change) in changes {
            let gap = (second - last) as u64;
            last = *second;
            match change {
                -1 => put(&mut to, gap << 2),
                1 => put(&mut to, gap << 2 | 1),
                many => {
                    put(&mut to, gap << 2 | 2);
                    put_signed(&mut to, i64::from(*many));
                }
            }
        }
        to
    }

    fn decode(from: &mut Reader<'_>) -> Option<Self> {
        let version = from.number()?;
        let base = version.checked_sub(from.number()?)?;
        let (now, admitted) = (from.signed()?, from.number()?);
        let changes = decode_changes(from, now)?;
        let (ahead, count) = (from.small()?, from.small()?);
        let mut last = 0_u64;
        let left = (0..count.min(1_024)).map(|_| {
            last = last.checked_add(from.number()?)?;
            u16::try_from(last).ok().filter(|offset| *offset < 1_024)
        });
        let left = left.collect::<Option<Vec<_>>>()?;
        Some(Self { version, base, now, admitted, changes, ahead, left })
    }
}

fn decode_changes(from: &mut Reader<'_>, now: i64) -> Option<Vec<(i64, i32)>> {
    let count = from.small()?;
    let mut second = if count > 0 { now.checked_add(from.signed()?)? } else { 0 };
    let mut changes = Vec::new();
    for _ in 0..count {
        let word = from.number()?;
        second = second.checked_add((word >> 2) as i64)?;
        let change = match word & 3 {
            0 => -1,
            1 => 1,
            2 => i32::try_from(from.signed()?).ok()?,
            _ => return None,
        };
        changes.push((second, change));
    }
    Some(changes)
}

impl Snapshot {
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(192 + 2 * self.inside.len());
        to.push(1);
        put(&mut to, self.version);
        [self.now, self.zero].into_iter().for_each(|number| put_signed(&mut to, number));
        let a_minute = self.pace.a_minute.map_or(0, |a_minute| u64::from(a_minute) + 1);
        let pace = [self.pace.slots, self.pace.inside, self.pace.buffer].map(u64::from);
        let place = [self.block, self.ahead].map(u64::from);
        pace.into_iter().chain([a_minute]).chain(place).for_each(|number| put(&mut to, number));
        self.bits.iter().for_each(|word| to.extend_from_slice(&word.to_le_bytes()));
        let inside: Vec<_> = self.inside.iter().map(|(second, count)| (*second, *count as i32)).collect();
        to.extend_from_slice(&Frame::encode_changes(self.now, &inside));
        to
    }

    fn decode(from: &mut Reader<'_>) -> Option<Self> {
        let (version, now, zero) = (from.number()?, from.signed()?, from.signed()?);
        let (slots, inside, buffer) = (from.small()?, from.small()?, from.small()?);
        let a_minute = u32::try_from(from.number()?).ok()?.checked_sub(1);
        let (block, ahead) = (from.small()?, from.small()?);
        let mut bits = Bits::default();
        for word in &mut bits {
            *word = u64::from_le_bytes(from.take(8)?.try_into().ok()?);
        }
        let changes = decode_changes(from, now)?;
        let count = |(second, count)| Some((second, u32::try_from(count).ok()?));
        let seconds = changes.into_iter().map(count).collect::<Option<_>>()?;
        Some(Self { version, now, zero, pace: Pace { slots, inside, buffer, a_minute }, block, ahead, bits, inside: seconds })
    }
}

/// What a client knows of its block: the place of anybody in it and his time, counted on without being told.
#[derive(Debug, Clone)]
pub struct Follower {
    pub version: u64,
    block: u32,
    ahead: u32,
    bits: Bits,
    pace: Pace,
    estimate: Estimate,
}

impl Follower {
    /// Begins with a snapshot.
    pub fn begin(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.take(1)? != [1] {
            return None;
        }
        let Snapshot { version, now, pace, block, ahead, bits, inside, .. } = Snapshot::decode(&mut from)?;
        let mut estimate = Estimate::default();
        for (second, count) in inside.into_iter().filter(|(second, _)| near(*second, now)) {
            estimate.change(second, i32::try_from(count).ok()?);
        }
        Some(Self { version, block, ahead, bits, pace, estimate })
    }

    /// Follows a frame or a new snapshot. None: it does not follow on what is known here, or makes no sense.
    pub fn follow(&mut self, bytes: &[u8]) -> Option<()> {
        let mut from = Reader(bytes);
        if from.take(1)? == [1] {
            *self = Self::begin(bytes)?;
            return Some(());
        }
        let frame = Frame::decode(&mut from)?;
        if frame.base != self.version {
            return None;
        }
        self.estimate.expire(frame.now);
        for (second, change) in frame.changes.into_iter().filter(|(second, _)| near(*second, frame.now)) {
            self.estimate.change(second, change);
        }
        frame.left.into_iter().for_each(|offset| self.bits[usize::from(offset) / 64] &= !(1 << (offset % 64)));
        (self.version, self.ahead) = (frame.version, frame.ahead);
        Some(())
    }

    /// How many wait before a turn of the block; none where it is of another one.
    pub fn ahead(&self, turn: u32) -> Option<u32> {
        let offset = turn.checked_sub(self.block * super::line::BLOCK).filter(|offset| *offset < super::line::BLOCK)?;
        Some(self.ahead + ones_before(&self.bits, offset))
    }

    /// In how many seconds a turn of the block is let in.
    ///
    /// Takes     `now`: in seconds from the snapshot's zero.
    pub fn eta(&mut self, turn: u32, now: i64) -> Option<u32> {
        self.estimate.expire(now);
        Some(self.estimate.eta(self.ahead(turn)?, now, &self.pace))
    }
}

/// Whether somebody may run out then: nobody is inside for more than two hours.
fn near(second: i64, now: i64) -> bool {
    second > now && second.saturating_sub(now) <= 7_200
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_encoded_comes_back_and_what_is_cut_off_is_refused() {
        let changes = vec![(-3, -1), (0, 1), (600, 40), (601, -2), (700, 1)];
        let frame = Frame { version: 900, base: 897, now: 77, admitted: 33, changes, ahead: 99_999, left: vec![0, 5, 1_023] };
        let bytes = frame.encode(&Frame::encode_changes(frame.now, &frame.changes));
        assert_eq!((bytes[0], Frame::decode(&mut Reader(&bytes[1..]))), (0, Some(frame)));
        assert!((1..bytes.len()).all(|end| Frame::decode(&mut Reader(&bytes[1..end])).is_none()));
        let pace = Pace { slots: 500, inside: 600, buffer: 10, a_minute: Some(2_000) };
        let bits = std::array::from_fn(|n| 1 << n);
        let snapshot = Snapshot {
            version: 9,
            now: 5,
            zero: 1_800_000_000,
            pace,
            block: 7,
            ahead: 6_000,
            bits,
            inside: vec![(6, 2), (9, 1)],
        };
        let bytes = snapshot.encode();
        assert_eq!((bytes[0], Snapshot::decode(&mut Reader(&bytes[1..]))), (1, Some(snapshot)));
        assert!((1..bytes.len()).all(|end| Snapshot::decode(&mut Reader(&bytes[1..end])).is_none()));
    }

    #[test]
    fn a_frame_that_does_not_follow_is_refused() {
        let pace = Pace { slots: 1, inside: 600, buffer: 10, a_minute: None };
        let snapshot =
            Snapshot { version: 9, now: 0, zero: 0, pace, block: 1, ahead: 4, bits: [u64::MAX; 16], inside: vec![(600, 1)] };
        let mut follower = Follower::begin(&snapshot.encode()).expect("a snapshot");
        assert_eq!((follower.ahead(1_025), follower.eta(1_024, 100)), (Some(5), Some(500 + 4 * 600 + 10)));
        assert_eq!((follower.ahead(1_023), follower.ahead(2_048)), (None, None));
        let later = Frame { version: 12, base: 11, ..Frame::default() };
        assert_eq!(follower.follow(&later.encode(&Frame::encode_changes(0, &[]))), None);
        let next =
            Frame { version: 12, base: 9, now: 200, ahead: 3, left: vec![0], changes: vec![(600, -1)], ..Frame::default() };
        assert_eq!(follower.follow(&next.encode(&Frame::encode_changes(200, &next.changes))), Some(()));
        assert_eq!((follower.ahead(1_025), follower.eta(1_025, 200)), (Some(3), Some(3 * 600 + 10)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_client_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0u8..3) {
            let bytes = [&[kind], &bytes[..]].concat();
            let mut follower = Follower::begin(&Snapshot {
                version: 0, now: 0, zero: 0, pace: Pace { slots: 1, inside: 600, buffer: 10, a_minute: None }, block: 0, ahead: 0,
                bits: [0; 16], inside: vec![],
            }.encode()).expect("a snapshot");
            let _ = Frame::decode(&mut Reader(&bytes));
            let _ = Snapshot::decode(&mut Reader(&bytes));
            let _ = follower.follow(&bytes);
            prop_assert!(Follower::begin(&[]).is_none());
        }
    }
}
