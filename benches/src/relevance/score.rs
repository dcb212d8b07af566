//! Hit rates and ranks of a set of queries.

use std::collections::BTreeMap;
use std::time::Duration;

use super::queries::{JudgedQuery, TOP};

/// Sums over the queries of one group.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Score {
    pub asked: u32,
    pub first: u32,
    pub ten: u32,
    reciprocal: f64,
    gain: f64,
    empty: u32,
}

/// Scores by group of queries, with the time each query took.
#[derive(Debug, Default)]
pub struct Scores {
    pub groups: BTreeMap<String, Score>,
    pub all: Score,
    took: Vec<Duration>,
}

impl Scores {
    pub fn add(&mut self, asked: &JudgedQuery, rows: &[(String, String)], took: Duration) {
        self.groups.entry(asked.group.clone()).or_default().add(asked, rows);
        self.all.add(asked, rows);
        self.took.push(took);
    }

    /// The time that half of the queries stay below.
    pub fn median(&self) -> Duration {
        let mut took = self.took.clone();
        took.sort_unstable();
        took.get(took.len() / 2).copied().unwrap_or_default()
    }
}

impl Score {
    fn add(&mut self, asked: &JudgedQuery, rows: &[(String, String)]) {
        let rank = asked.rank(rows);
        self.asked += 1;
        self.first += u32::from(rank == Some(0));
        self.ten += u32::from(rank.is_some());
        self.reciprocal += rank.map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0));
        self.gain += gain(rows.iter().take(TOP).map(|row| asked.is_right(row))) / best_gain(asked.expected.len());
        self.empty += u32::from(rows.is_empty());
    }

    pub fn hit_at_1(&self) -> f64 {
        self.share(f64::from(self.first))
    }

    pub fn hit_at_10(&self) -> f64 {
        self.share(f64::from(self.ten))
    }

    /// The mean reciprocal rank of the first right answer, 0 beyond the tenth.
    pub fn mrr(&self) -> f64 {
        self.share(self.reciprocal)
    }

    /// Normalised discounted cumulative gain of the first ten; an answer is right or wrong.
    ///
    /// Source    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002.
    pub fn ndcg(&self) -> f64 {
        self.share(self.gain)
    }

    pub fn zero_hit_rate(&self) -> f64 {
        self.share(f64::from(self.empty))
    }

    fn share(&self, part: f64) -> f64 {
        part / f64::from(self.asked.max(1))
    }
}

fn gain(right: impl Iterator<Item = bool>) -> f64 {
    right.enumerate().filter(|(_, right)| *right).map(|(at, _)| 1.0 / (at as f64 + 2.0).log2()).sum()
}

fn best_gain(expected: usize) -> f64 {
    gain(std::iter::repeat_n(true, expected.clamp(1, TOP)))
}

#[cfg(test)]
mod tests {
    use catalog::search::Kind;

    use super::*;

    fn asked(expected: &[&str]) -> JudgedQuery {
        let expected = expected.iter().map(|id| (*id).to_owned()).collect();
        JudgedQuery { text: String::new(), group: "any".into(), kind: Kind::Event, expected }
    }

    fn rows(ids: &[&str]) -> Vec<(String, String)> {
        ids.iter().map(|id| ("event".to_owned(), (*id).to_owned())).collect()
    }

    #[test]
    fn a_rank_is_scored_as_the_books_say() {
        type Case<'a> = (&'a [&'a str], &'a [&'a str], f64, f64, f64);
        let table: [Case<'_>; 6] = [
            (&["a"], &["a", "b"], 1.0, 1.0, 1.0),
            (&["a"], &["b", "a"], 0.0, 0.5, 1.0 / 3f64.log2()),
            (&["a", "c"], &["a", "b", "c"], 1.0, 1.0, 1.5 / (1.0 + 1.0 / 3f64.log2())),
            (&["a"], &["b"], 0.0, 0.0, 0.0),
            (&["a"], &[], 0.0, 0.0, 0.0),
            (&["a"], &["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "a"], 0.0, 0.0, 0.0),
        ];
        for (expected, found, first, mrr, ndcg) in table {
            let mut score = Score::default();
            score.add(&asked(expected), &rows(found));
            let seen = (score.hit_at_1(), score.mrr(), score.ndcg());
            assert!((seen.0 - first).abs() + (seen.1 - mrr).abs() + (seen.2 - ndcg).abs() < 1e-9, "{found:?}: {seen:?}");
            assert_eq!(score.zero_hit_rate(), f64::from(u32::from(found.is_empty())));
        }
    }

    #[test]
    fn a_right_id_of_another_kind_is_wrong() {
        assert_eq!(asked(&["a"]).rank(&[("venue".to_owned(), "a".to_owned())]), None);
    }
}
