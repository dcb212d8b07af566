//! Walking the lists of words stretch by stretch against reading them whole.

use proptest::prelude::*;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Term};

use super::fixture::*;
use crate::model::EventSource;
use crate::search::candidate::Candidate;
use crate::search::effort::Effort;
use crate::search::segment::Segment;
use crate::search::segment::snapshot::{Generation, Snapshot};
use crate::search::walk::matching::Wanted;
use crate::search::walk::rank;
use crate::search::words::reading;
use crate::search::words::synonyms::Synonyms;
use crate::search::words::word::{List, Stage, Word};

/// Words that begin alike, that are near to each other, that need not be there, and that stand apart or together.
const WORDS: [&str; 12] =
    ["night", "nights", "nightingale", "nightly", "nightfall", "owl", "owls", "bowl", "the", "base", "ball", "baseball"];

const QUESTIONS: [&str; 16] = [
    "night",
    "nightx",
    "ni",
    "night owls",
    "owls night",
    "the owl",
    "the",
    "night the",
    "base ball night",
    "baseball bowl",
    "nihgt owls",
    "bwol base",
    "owls 2027",
    "nightingale zzzzzz",
    "brisbane owl",
    "night owls base ball the nightly",
];

fn titled(number: u128, words: &[usize]) -> EventSource {
    let title = words.iter().map(|at| WORDS[*at]).collect::<Vec<_>>().join(" ");
    let start = format!("20{}-{:02}-{:02}T20:00:00Z", 26 + number % 3, number % 12 + 1, number % 28 + 1);
    let mut event = at(event(number + 1_000, &title, &start), 11 + number % 7);
    event.performers = cast(21 + number % 3);
    event
}

/// The candidates by lists that are read whole, and pairs by a look at each.
fn whole(wanted: &Wanted<'_>, snapshot: &Snapshot, segment: &Segment, range: std::ops::Range<u32>) -> Vec<Candidate> {
    let mut found = wanted.all_words(segment, &[range]).expect("readable");
    for pair in wanted.words.windows(2) {
        let side = |word: &Word| word.variants.iter().find(|variant| variant.list == List::Words).cloned();
        let (Some(first), Some(second)) = (side(&pair[0]), side(&pair[1])) else { continue };
        let term = Term::from_field_text(snapshot.fields.pairs, &format!("{} {}", first.term, second.term));
        let list = segment.columns.pairs.read_postings(&term, IndexRecordOption::Basic).expect("readable");
        let Some(mut list) = list else { continue };
        let holds = std::iter::from_fn(|| (list.doc() != tantivy::TERMINATED).then(|| (list.doc(), list.advance()).0));
        let holds: Vec<u32> = holds.collect();
        found.iter_mut().filter(|one| holds.contains(&one.doc)).for_each(|one| one.score += rank::PAIR);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_walk_finds_what_whole_lists_hold(
        titles in proptest::collection::vec(proptest::collection::vec(0_usize..WORDS.len(), 1..6), 1..600),
        cut in 0_u32..600,
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let events: Vec<EventSource> = titles.iter().zip(0..).map(|(words, number)| titled(number, words)).collect();
        build(dir.path(), &events, &around());
        let snapshot = Generation::open(dir.path(), 1).and_then(|open| open.snapshot(None)).expect("opened");
        for q in QUESTIONS {
            for stage in [Stage::Strict, Stage::Forgiving] {
                let words = reading::resolve(&snapshot, &Synonyms::default(), &crate::search::question::cut::split(q), stage, &Effort::any()).expect("readable");
                let weights = rank::weights(&words, snapshot.docs);
                let grades = rank::grades;
                let wanted = Wanted { fields: snapshot.fields, words: &words, weights: &weights, stage, grades, most: usize::MAX };
                for segment in &snapshot.segments {
                    let docs = segment.reader.max_doc();
                    let ranges = [0..cut.min(docs) / 2, cut.min(docs)..docs];
                    let mut walk = wanted.walk(segment, &ranges).expect("readable").expect("all words");
                    let (mut block, mut walked) = (Vec::new(), Vec::new());
                    while walk.next(&mut block) {
                        walked.append(&mut block);
                    }
                    let read: Vec<Candidate> = ranges.iter().flat_map(|range| whole(&wanted, &snapshot, segment, range.clone())).collect();
                    prop_assert_eq!(walked, read, "{} in {:?}", q, stage);
                }
            }
        }
    }
}
