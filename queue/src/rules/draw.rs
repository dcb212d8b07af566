//! Numbers and turns: a number names whoever joined, a turn is where he stands. They are the same but for those who were drawn.

/// Which number stands at which turn. Those who were drawn share the turns that their numbers are; nobody else's changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turns {
    /// By number, as far as there are drawn ones.
    turn_of: Vec<u32>,
    /// By turn, as far.
    number_at: Vec<u32>,
}

impl Turns {
    /// Takes     `drawn`: numbers in the order of the draw, each once.
    pub fn of_draw(drawn: &[u32]) -> Self {
        let mut turns = drawn.to_vec();
        turns.sort_unstable();
        let all = 0..turns.last().map_or(0, |last| last + 1);
        let (mut turn_of, mut number_at): (Vec<u32>, Vec<u32>) = (all.clone().collect(), all.collect());
        for (turn, number) in turns.into_iter().zip(drawn) {
            turn_of[*number as usize] = turn;
            number_at[turn as usize] = *number;
        }
        Self { turn_of, number_at }
    }

    pub fn turn_of(&self, number: u32) -> u32 {
        self.turn_of.get(number as usize).copied().unwrap_or(number)
    }

    pub fn number_at(&self, turn: u32) -> u32 {
        self.number_at.get(turn as usize).copied().unwrap_or(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawn_share_their_own_turns_and_nobody_elses() {
        let turns = Turns::of_draw(&[5, 0, 3]);
        assert_eq!([0, 3, 5].map(|number| turns.turn_of(number)), [3, 5, 0]);
        assert_eq!([1, 2, 4, 6, 1_000_000].map(|number| turns.turn_of(number)), [1, 2, 4, 6, 1_000_000]);
        (0..10).for_each(|number| assert_eq!(turns.number_at(turns.turn_of(number)), number));
        assert_eq!(Turns::of_draw(&[]).turn_of(7), 7);
    }
}
