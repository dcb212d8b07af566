//! Walking the lists of words stretch by stretch against reading them whole.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Term};

use super::fixture::*;
use crate::model::EventSource;
use crate::search::candidate::Candidate;
use crate::search::effort::Effort;
use crate::search::segment::Segment;
use crate::search::segment::snapshot::{Generation, Snapshot};
use crate::search::walk::holders::Holders;
use crate::search::walk::rank;
use crate::search::walk::wanted::Wanted;
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

/// What a word is worth in each document of a range, told by all of its lists, each read from its beginning; of each the first so many.
fn worth(wanted: &Wanted<'_>, word: &Word, segment: &Segment, range: &Range<u32>, most: usize) -> BTreeMap<u32, u32> {
    let mut worth = BTreeMap::new();
    for variant in &word.variants {
        let list = Holders::open(&wanted.fields, segment, variant, &(wanted.grades)(variant.worth)).expect("readable");
        let Some(mut list) = list else { continue };
        let grades =
            std::iter::from_fn(|| (list.doc() != tantivy::TERMINATED).then(|| ((list.doc(), list.grade()), list.advance()).0));
        for (doc, grade) in grades.filter(|(doc, grade)| range.contains(doc) && *grade > 0).take(most) {
            worth.entry(doc).and_modify(|best: &mut u32| *best = grade.max(*best)).or_insert(grade);
        }
    }
    worth
}

/// The candidates of a range by a look at each document for each word, and pairs by a look at each.
fn whole(wanted: &Wanted<'_>, snapshot: &Snapshot, segment: &Segment, range: &Range<u32>) -> Vec<Candidate> {
    let known: Vec<_> = wanted
        .words
        .iter()
        .zip(wanted.weights)
        .map(|(word, weight)| {
            (word.required, *weight, !word.variants.is_empty(), worth(wanted, word, segment, range, usize::MAX))
        })
        .collect();
    let some = wanted.stage == Stage::Relaxed;
    let all: u32 = known.iter().filter(|(required, _, known, _)| *required && *known).map(|(_, weight, ..)| weight).sum();
    let mut found = Vec::new();
    for doc in range.clone() {
        let (mut candidate, mut held, mut missing, mut any) = (Candidate::plain(doc), 0, false, false);
        for (required, weight, _, worth) in &known {
            let grade = worth.get(&doc).copied().unwrap_or(0);
            candidate = candidate.with(grade, *weight);
            candidate.score += if some && grade > 0 { rank::MATCHED_WORD } else { 0 };
            held += if *required && grade > 0 { *weight } else { 0 };
            (missing, any) = (missing || *required && grade == 0, any || grade > 0);
        }
        if if some { held > 0 && held * 2 >= all } else { any && !missing } {
            candidate.held = if some { held as u16 } else { 0 };
            found.push(candidate);
        }
    }
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

fn walked(wanted: &Wanted<'_>, segment: &Segment, ranges: &[Range<u32>]) -> Vec<Candidate> {
    let (mut walk, mut block, mut walked) = (wanted.walk(segment, ranges).expect("readable"), Vec::new(), Vec::new());
    while walk.next(&mut block) {
        walked.append(&mut block);
    }
    walked
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
            for stage in Stage::ALL {
                let words = reading::resolve(&snapshot, &Synonyms::default(), &crate::search::question::cut::split(q), stage, &Effort::any()).expect("readable");
                let weights = rank::weights_of_some(&words, snapshot.docs);
                let (fields, words, weights, grades) = (snapshot.fields, &words, &weights, rank::grades);
                let wanted = Wanted { fields, words, weights, stage, grades, in_pairs: true, most: usize::MAX };
                for segment in &snapshot.segments {
                    let docs = segment.reader.max_doc();
                    let ranges = [0..cut.min(docs) / 2, cut.min(docs)..docs];
                    let read: Vec<Candidate> = ranges.iter().flat_map(|range| whole(&wanted, &snapshot, segment, range)).collect();
                    prop_assert_eq!(walked(&wanted, segment, &ranges), read, "{} in {:?}", q, stage);
                }
            }
        }
    }

    /// The control is a walk without a bound.
    #[test]
    fn a_walk_that_wants_the_first_ones_gives_those_of_each_list_and_hardly_more(
        titles in proptest::collection::vec(proptest::collection::vec(0_usize..WORDS.len(), 1..6), 300..600),
        most in 1_usize..40,
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let events: Vec<EventSource> = titles.iter().zip(0..).map(|(words, number)| titled(number, words)).collect();
        build(dir.path(), &events, &around());
        let snapshot = Generation::open(dir.path(), 1).and_then(|open| open.snapshot(None)).expect("opened");
        let words = reading::resolve(&snapshot, &Synonyms::default(), &["nigh".to_owned()], Stage::Strict, &Effort::any()).expect("readable");
        let wanted = |most| {
            Wanted { fields: snapshot.fields, words: &words, weights: &[1], stage: Stage::Strict, grades: rank::grades, in_pairs: false, most }
        };
        for segment in &snapshot.segments {
            let all = 0..segment.reader.max_doc();
            let given: Vec<u32> = walked(&wanted(most), segment, std::slice::from_ref(&all)).iter().map(|one| one.doc).collect();
            let first = worth(&wanted(most), &words[0], segment, &all, most);
            prop_assert!(words[0].variants.len() > 1 && first.keys().all(|doc| given.contains(doc)));
            prop_assert!(given.len() <= first.len() + 64 * words[0].variants.len(), "{} of {}", given.len(), first.len());
            let unbound = walked(&wanted(usize::MAX), segment, std::slice::from_ref(&all));
            prop_assert!(unbound.len() > given.len() || unbound.len() < 300);
        }
    }
}
