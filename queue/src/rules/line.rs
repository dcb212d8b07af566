//! The line: who still waits, as one bit a turn, and how many in which block, as a Fenwick tree.
//!
//! Turns are dense numbers from 0 on. A million of them take 128 KiB of bits and 4 KiB of tree; how many wait before a turn is a sum of at
//! most eleven nodes and sixteen words.
//!
//! Source: Fenwick, "A new data structure for cumulative frequency tables", 1994.

/// Turns in one block: what one frame speaks of.
pub const BLOCK: u32 = 1_024;
const WORDS: usize = 16;

/// The bits of one block: turn `t` of it is bit `t % 64` of word `t / 64`.
pub type Bits = [u64; WORDS];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    words: Vec<u64>,
    /// Node `b` (from 1 on) counts the blocks above `b` without its lowest bit, up to `b`.
    tree: Vec<u32>,
    waiting: u32,
}

impl Line {
    /// The line that these bits stand for.
    pub fn of_words(mut words: Vec<u64>) -> Self {
        if words.is_empty() {
            return Self::default();
        }
        words.resize(words.len().next_multiple_of(WORDS), 0);
        let mut tree: Vec<u32> = std::iter::once(0).chain(words.chunks(WORDS).map(ones)).collect();
        let waiting = tree.iter().sum();
        for node in 1..tree.len() {
            let above = node + lowest_bit(node);
            if above < tree.len() {
                tree[above] += tree[node];
            }
        }
        Self { words, tree, waiting }
    }

    /// The line of these turns.
    pub fn of_turns(turns: impl Iterator<Item = u32>) -> Self {
        let mut words = Vec::new();
        for turn in turns {
            let (word, bit) = (turn as usize / 64, turn % 64);
            if word >= words.len() {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << bit;
        }
        Self::of_words(words)
    }

    /// How many wait.
    pub fn len(&self) -> u32 {
        self.waiting
    }

    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> u32 {
        (self.words.len() / WORDS) as u32
    }

    /// What it takes in memory, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.words[..]) + size_of_val(&self.tree[..])
    }

    pub fn waits(&self, turn: u32) -> bool {
        self.words.get(turn as usize / 64).is_some_and(|word| word >> (turn % 64) & 1 == 1)
    }

    /// Lets somebody wait at this turn. Gives whether nobody did before.
    pub fn join(&mut self, turn: u32) -> bool {
        while self.words.len() <= turn as usize / 64 {
            self.push_block();
        }
        if self.waits(turn) {
            return false;
        }
        self.words[turn as usize / 64] |= 1 << (turn % 64);
        self.waiting += 1;
        self.count(turn, |node| *node += 1);
        true
    }

    /// Lets nobody wait at this turn any more. Gives whether somebody did.
    pub fn leave(&mut self, turn: u32) -> bool {
        if !self.waits(turn) {
            return false;
        }
        self.words[turn as usize / 64] &= !(1 << (turn % 64));
        self.waiting -= 1;
        self.count(turn, |node| *node -= 1);
        true
    }

    /// How many wait before this turn.
    pub fn ahead(&self, turn: u32) -> u32 {
        let Some(bits) = self.bits(turn / BLOCK) else { return self.waiting };
        self.ahead_of_block(turn / BLOCK) + ones_before(&bits, turn % BLOCK)
    }

    /// How many wait in the blocks before this one.
    pub fn ahead_of_block(&self, block: u32) -> u32 {
        let mut node = (block as usize).min(self.tree.len().saturating_sub(1));
        let mut sum = 0;
        while node > 0 {
            sum += self.tree[node];
            node -= lowest_bit(node);
        }
        sum
    }

    /// The turn of the k-th who waits, counted from 0.
    pub fn kth(&self, k: u32) -> Option<u32> {
        if k >= self.waiting {
            return None;
        }
        let (mut node, mut left) = (0, k);
        let mut step = self.tree.len().next_power_of_two();
        while step > 0 {
            if let Some(count) = self.tree.get(node + step).filter(|count| **count <= left) {
                left -= count;
                node += step;
            }
            step /= 2;
        }
        self.kth_of_block(node as u32, left)
    }

    /// Who waits in a block; none where there is no such block.
    pub fn bits(&self, block: u32) -> Option<Bits> {
        let at = block as usize * WORDS;
        self.words.get(at..at + WORDS)?.try_into().ok()
    }

    fn kth_of_block(&self, block: u32, mut left: u32) -> Option<u32> {
        for (n, mut word) in self.bits(block)?.into_iter().enumerate() {
            if left >= word.count_ones() {
                left -= word.count_ones();
                continue;
            }
            (0..left).for_each(|_| word &= word - 1);
            return Some(block * BLOCK + n as u32 * 64 + word.trailing_zeros());
        }
        None
    }

    /// A new node counts what the nodes below it counted already; its own block is empty.
    fn push_block(&mut self) {
        if self.tree.is_empty() {
            self.tree.push(0);
        }
        let node = self.tree.len();
        let below = self.ahead_of_block((node - lowest_bit(node)) as u32);
        let sum = self.waiting - below;
        self.tree.push(sum);
        self.words.resize(self.words.len() + WORDS, 0);
    }

    fn count(&mut self, turn: u32, change: impl Fn(&mut u32)) {
        let mut node = (turn / BLOCK) as usize + 1;
        while node < self.tree.len() {
            change(&mut self.tree[node]);
            node += lowest_bit(node);
        }
    }
}

fn lowest_bit(n: usize) -> usize {
    n & n.wrapping_neg()
}

fn ones(words: &[u64]) -> u32 {
    words.iter().map(|word| word.count_ones()).sum()
}

/// How many bits of a block are set before this one.
pub fn ones_before(bits: &Bits, offset: u32) -> u32 {
    let (whole, rest) = (offset as usize / 64, offset % 64);
    let last = bits.get(whole).map_or(0, |word| (word & ((1 << rest) - 1)).count_ones());
    ones(&bits[..whole.min(WORDS)]) + last
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plainest line: turns in order.
    fn agree(line: &Line, plain: &std::collections::BTreeSet<u32>, turn: u32) {
        assert_eq!((line.len() as usize, line.waits(turn)), (plain.len(), plain.contains(&turn)));
        assert_eq!(line.ahead(turn) as usize, plain.range(..turn).count());
        let k = turn % (plain.len() as u32 + 2);
        assert_eq!(line.kth(k), plain.iter().nth(k as usize).copied());
    }

    proptest! {
        #[test]
        fn place_and_kth_are_those_of_a_plain_list(steps in proptest::collection::vec((any::<bool>(), 0u32..9_000), 1..400)) {
            let (mut line, mut plain) = (Line::default(), std::collections::BTreeSet::new());
            for (joins, turn) in steps {
                let changed = if joins { line.join(turn) } else { line.leave(turn) };
                let expected = if joins { plain.insert(turn) } else { plain.remove(&turn) };
                prop_assert_eq!(changed, expected);
                agree(&line, &plain, turn);
            }
            let rebuilt = Line::of_words(line.words.clone());
            prop_assert_eq!(&rebuilt, &line);
            prop_assert_eq!(&Line::of_turns(plain.iter().copied()).len(), &line.len());
        }
    }

    #[test]
    fn a_million_who_wait_take_135_kilobytes_and_lose_no_place_when_many_leave() {
        let mut line = Line::default();
        (0..1_048_576).for_each(|turn| assert!(line.join(turn)));
        assert_eq!((line.blocks(), line.ahead(777_777), line.kth(1_048_575)), (1_024, 777_777, Some(1_048_575)));
        assert!(line.bytes() <= 135_300, "{} bytes", line.bytes());
        (0..1_048_576).step_by(3).for_each(|turn| assert!(line.leave(turn)));
        assert_eq!(line.ahead(900_000), 600_000);
        assert_eq!(line.kth(600_000), Some(900_001));
        assert_eq!(line.ahead(u32::MAX), line.len());
    }
}
