//! The ledger: what changed since each block was told last, so that a frame says it once for everybody in it.
//!
//! Versions count the beats at which frames went out. Changes of the histogram are written in one list with the beat they belong to; of
//! the line, each watched block notes who left. Blocks further behind are told less often, so their frames cover several beats.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::estimate::{Estimate, Pace};
use super::frame::{Frame, Snapshot};
use super::line::{BLOCK, Line};

/// Changes kept for blocks that were not told yet; with more, everybody is told anew.
const MOST: usize = 200_000;

/// What a block was told last.
#[derive(Debug)]
struct Mark {
    base: u64,
    at: i64,
    ahead: u32,
    admitted: u64,
    left: Vec<u16>,
    /// Frames cannot say what happened: the next one is a snapshot.
    anew: bool,
}

#[derive(Debug, Default)]
pub struct Ledger {
    version: u64,
    log: VecDeque<(u64, i64, i32)>,
    marks: HashMap<u32, Mark>,
    admitted: u64,
}

/// What a frame is made from.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub line: &'a Line,
    pub estimate: &'a Estimate,
    pub pace: Pace,
    pub zero: i64,
    pub now: i64,
}

impl Ledger {
    /// Takes     `first`: a version greater than all that an owner before this one gave.
    pub fn new(first: u64) -> Self {
        Self { version: first, ..Self::default() }
    }

    /// The version of what this block was told last.
    pub fn version(&self, block: u32) -> u64 {
        self.marks.get(&block).map_or(self.version, |mark| mark.base)
    }

    /// Notes that so many more or less run out in a second.
    pub fn changed(&mut self, changes: &[(i64, i32)]) {
        if self.marks.is_empty() {
            return;
        }
        self.log.extend(changes.iter().map(|(second, change)| (self.version + 1, *second, *change)));
        if self.log.len() > MOST {
            self.anew();
        }
    }

    /// Notes that somebody was let in.
    pub fn admitted(&mut self) {
        self.admitted += 1;
    }

    /// Notes that nobody waits at a turn any more.
    pub fn left(&mut self, turn: u32) {
        if let Some(mark) = self.marks.get_mut(&(turn / BLOCK)) {
            mark.left.push((turn % BLOCK) as u16);
        }
    }

    /// Tells everybody anew at the next beat.
    pub fn anew(&mut self) {
        self.log.clear();
        self.marks.values_mut().for_each(|mark| mark.anew = true);
    }

    /// Tells a block anew at the next beat: somebody waits in it again.
    pub fn returned(&mut self, turn: u32) {
        if let Some(mark) = self.marks.get_mut(&(turn / BLOCK)) {
            mark.anew = true;
        }
    }

    /// Begins to watch a block, if it is not watched.
    pub fn watch(&mut self, block: u32, scene: Scene<'_>) {
        let ahead = scene.line.ahead_of_block(block);
        let (base, admitted) = (self.version, self.admitted);
        self.marks.entry(block).or_insert(Mark { base, at: scene.now, ahead, admitted, left: Vec::new(), anew: false });
    }

    /// Watches none of the blocks that this says no to.
    pub fn retain(&mut self, watched: impl Fn(u32) -> bool) {
        self.marks.retain(|block, _| watched(*block));
        let oldest = self.marks.values().map(|mark| mark.base).min().unwrap_or(u64::MAX);
        while self.log.front().is_some_and(|(version, _, _)| *version <= oldest) {
            self.log.pop_front();
        }
    }

    /// What somebody of a watched block must know to follow its frames: the line as it is, the histogram as the block was told last.
    pub fn snapshot(&self, block: u32, scene: Scene<'_>) -> Snapshot {
        let base = self.version(block);
        let mut bins: BTreeMap<i64, i64> = scene.estimate.bins().map(|(second, count)| (second, i64::from(count))).collect();
        for (_, second, change) in self.log.iter().filter(|(version, second, _)| *version > base && *second > scene.now) {
            *bins.entry(*second).or_default() -= i64::from(*change);
        }
        let inside = bins.into_iter().filter_map(|(second, count)| Some((second - scene.zero, u32::try_from(count).ok()?)));
        Snapshot {
            version: base,
            now: scene.now - scene.zero,
            zero: scene.zero,
            pace: scene.pace,
            block,
            ahead: scene.line.ahead_of_block(block),
            bits: scene.line.bits(block).unwrap_or_default(),
            inside: inside.filter(|(_, count)| *count > 0).collect(),
        }
    }

    /// Ends a beat: gives the frames of those watched blocks whose turn it is and for which something changed.
    ///
    /// Takes     `at_once`: whether this block must be told now, whatever its turn.
    pub fn beat(&mut self, scene: Scene<'_>, at_once: impl Fn(u32) -> bool) -> Vec<(u32, Vec<u8>)> {
        self.version += 1;
        let mut due: Vec<u32> =
            self.marks.iter().filter(|(block, mark)| at_once(**block) || mark.due(scene)).map(|(block, _)| *block).collect();
        due.sort_unstable();
        let mut said = HashMap::new();
        due.into_iter().filter_map(|block| Some((block, self.frame(block, scene, &mut said)?))).collect()
    }

    fn frame(&mut self, block: u32, scene: Scene<'_>, said: &mut HashMap<u64, Vec<u8>>) -> Option<Vec<u8>> {
        let ahead = scene.line.ahead_of_block(block);
        let (version, admitted, now) = (self.version, self.admitted, scene.now - scene.zero);
        let log = &self.log;
        let mark = self.marks.get_mut(&block)?;
        mark.at = scene.now;
        let base = mark.base;
        let changes = said.entry(base).or_insert_with(|| Frame::encode_changes(now, &net(log, base, scene)));
        // one byte: no change of the histogram
        if !mark.anew && changes.len() == 1 && mark.ahead == ahead && mark.left.is_empty() {
            return None;
        }
        let mut left = std::mem::take(&mut mark.left);
        left.sort_unstable();
        let frame = Frame { version, base, now, admitted: admitted - mark.admitted, changes: Vec::new(), ahead, left };
        let anew = std::mem::take(&mut mark.anew);
        (mark.base, mark.ahead, mark.admitted) = (version, ahead, admitted);
        if anew { Some(self.snapshot(block, scene).encode()) } else { Some(frame.encode(changes)) }
    }
}

impl Mark {
    /// Whether it is time: each second for the first two rounds of whoever is let in at once, each five up to twenty, each fifteen beyond.
    fn due(&self, scene: Scene<'_>) -> bool {
        let slots = u64::from(scene.pace.slots);
        let every = match u64::from(self.ahead) {
            ahead if ahead < 2 * slots => 1,
            ahead if ahead < 20 * slots => 5,
            _ => 15,
        };
        scene.now - self.at >= every
    }
}

/// What changed of the histogram since a version, by second from zero.
fn net(log: &VecDeque<(u64, i64, i32)>, base: u64, scene: Scene<'_>) -> Vec<(i64, i32)> {
    let mut net: BTreeMap<i64, i32> = BTreeMap::new();
    for (_, second, change) in log.iter().rev().take_while(|(version, _, _)| *version > base) {
        *net.entry(second - scene.zero).or_default() += change;
    }
    net.into_iter().filter(|(second, change)| *change != 0 && *second > scene.now - scene.zero).collect()
}
