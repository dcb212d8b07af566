//! Chance that comes out the same every time: a seeded generator with named streams.

/// A stream of numbers that depends on its seed alone.
///
/// Source    SplitMix64 (Steele, Lea, Flood 2014): its output is fixed for good, unlike that of a library's default generator.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream `name` number `n` of a seed; streams do not disturb each other.
    pub fn stream(seed: u64, name: &str, n: u64) -> Self {
        // FNV-1a folds the name in.
        let name =
            name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut dice = Self(seed ^ name.rotate_left(17) ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.next();
        dice.next();
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0..n, even enough: the bias of multiply-and-shift is below 2⁻³².
    pub fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.next()) * n as u128;
        (wide >> 64) as usize
    }

    /// From `low` to `high`, both included.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// 0.0..1.0.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A position in `0..n` that prefers small ones: a Zipf-like draw.
    pub fn rank(&mut self, n: usize) -> usize {
        let share = self.unit();
        ((n as f64) * share * share) as usize
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for n in (1..list.len()).rev() {
            list.swap(n, self.below(n + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_repeats_itself_and_differs_from_its_neighbours() {
        let draw = |name: &str, n| Dice::stream(1, name, n).next();
        assert_eq!(draw("a", 0), draw("a", 0));
        assert!(draw("a", 0) != draw("a", 1) && draw("a", 0) != draw("b", 0));
    }

    #[test]
    fn ranges_reach_both_ends() {
        let mut dice = Dice::stream(7, "ends", 0);
        let drawn: Vec<_> = (0..500).map(|_| dice.range(-1, 3)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-1), Some(&3)));
    }
}
