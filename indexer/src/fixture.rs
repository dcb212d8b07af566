//! Generations that tests publish.

use std::path::Path;

use catalog::index::generation;
use catalog::store::changes::FeedPosition;
use tantivy::{IndexWriter, TantivyDocument};

/// Builds and publishes a generation of so many documents that say nothing; gives its number.
pub fn build(dir: &Path, documents: usize) -> u64 {
    let lock = generation::BuildLock::take(dir).expect("free");
    let begun = generation::begin(dir, true, &lock).expect("begun");
    let mut writer: IndexWriter = begun.index.writer_with_num_threads(1, 15_000_000).expect("a writer");
    for _ in 0..documents {
        writer.add_document(TantivyDocument::default()).expect("added");
    }
    let mut commit = writer.prepare_commit().expect("prepared");
    commit.set_payload(&generation::Payload::at(FeedPosition::default()).to_json());
    commit.commit().expect("committed");
    generation::publish(dir, begun.generation).expect("published");
    begun.generation
}
