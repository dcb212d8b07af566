//! Writing an index: a whole generation beside the live one, or changes into the live one.

use std::path::Path;

use tantivy::merge_policy::{LogMergePolicy, NoMergePolicy};
use tantivy::{Index, IndexWriter, TantivyDocument};
use uuid::Uuid;

use super::generation::{self, BuildLock, Payload};
use super::schema::{self, Fields};
use super::{Fault, document};
use crate::store::changes::FeedPosition;

/// Tantivy wants at least this much for a thread.
const LEAST_THREAD_BYTES: usize = 16 << 20;
/// What the follower may hold before it writes.
const FOLLOW_BYTES: usize = 48 << 20;

/// A new generation under construction; nothing is live until [`Build::publish`].
pub struct Build {
    dir: std::path::PathBuf,
    pub generation: u64,
    pub fields: Fields,
    writer: IndexWriter,
    _lock: BuildLock,
}

impl Build {
    /// Begins the next generation and clears away what a killed build left.
    ///
    /// Takes     `memory_bytes`: for all threads together.
    /// Refuses   while another build runs on the same directory.
    pub fn begin(dir: &Path, threads: usize, memory_bytes: usize) -> Result<Self, Fault> {
        let lock = BuildLock::take(dir)?;
        let (generation, index) = generation::create(dir, &lock)?;
        let threads = threads.clamp(1, 8);
        let budget = (memory_bytes / threads).max(LEAST_THREAD_BYTES) * threads;
        let writer: IndexWriter = index.writer_with_num_threads(threads, budget)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Self { dir: dir.to_owned(), generation, fields: schema::schema().1, writer, _lock: lock })
    }

    /// Adds a document; may be called from many threads.
    pub fn add(&self, document: TantivyDocument) -> Result<(), Fault> {
        self.writer.add_document(document)?;
        Ok(())
    }

    /// Writes everything and merges it into one segment, which every search then walks alone.
    pub fn finish(&mut self, position: FeedPosition) -> Result<(), Fault> {
        self.commit(position)?;
        let segments = self.writer.index().searchable_segment_ids()?;
        if segments.len() > 1 {
            self.writer.merge(&segments).wait()?;
            self.commit(position)?;
        }
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }

    fn commit(&mut self, position: FeedPosition) -> Result<(), Fault> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&Payload::at(position).to_json());
        commit.commit()?;
        Ok(())
    }

    /// How many documents of a kind the new generation holds.
    pub fn count(&self, kind: crate::search::Kind) -> Result<u64, Fault> {
        let term = tantivy::Term::from_field_text(self.fields.key, &super::key::kind(kind));
        let searcher = self.writer.index().reader()?.searcher();
        Ok(searcher.doc_freq(&term)?)
    }

    /// Reads every file back and checks its sum.
    pub fn check_sums(&self) -> Result<(), Fault> {
        let torn = self.writer.index().validate_checksum()?;
        match torn.iter().next() {
            None => Ok(()),
            Some(file) => Err(Fault::Torn {
                path: generation::path(&self.dir, self.generation),
                detail: format!("{} does not match its sum", file.display()),
            }),
        }
    }

    /// Makes the generation the live one and clears away those before the last.
    pub fn publish(self) -> Result<u64, Fault> {
        let Self { dir, generation, writer, _lock, .. } = self;
        writer.wait_merging_threads()?;
        generation::publish(&dir, generation)?;
        generation::retire(&dir)?;
        Ok(generation)
    }
}

/// Changes to the live generation; one writer at a time, in this process or another.
pub struct Changes {
    pub generation: u64,
    pub fields: Fields,
    position: FeedPosition,
    writer: IndexWriter,
}

impl Changes {
    /// Opens the live generation for writing; `None` when there is none yet or another process writes to it.
    pub fn open(dir: &Path) -> Result<Option<Self>, Fault> {
        let Some(generation) = generation::current(dir)? else { return Ok(None) };
        let index: Index = generation::open(dir, generation)?;
        let payload = generation::payload(&index)?;
        let writer: IndexWriter = match index.writer_with_num_threads(1, FOLLOW_BYTES) {
            Err(tantivy::TantivyError::LockFailure(..)) => return Ok(None),
            writer => writer?,
        };
        writer.set_merge_policy(Box::new(merge_policy()));
        let position = payload.map(|payload| payload.position).unwrap_or_default();
        Ok(Some(Self { generation, fields: schema::schema().1, position, writer }))
    }

    /// Where in the change feed the last commit stands.
    pub fn position(&self) -> FeedPosition {
        self.position
    }

    pub fn remove(&self, id: Uuid) {
        self.writer.delete_term(document::id_term(&self.fields, id));
    }

    pub fn replace(&self, id: Uuid, document: TantivyDocument) -> Result<(), Fault> {
        self.remove(id);
        self.writer.add_document(document)?;
        Ok(())
    }

    /// Makes the changes durable together with the position they lead to: after a crash both or neither are there.
    pub fn commit(&mut self, position: FeedPosition) -> Result<(), Fault> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&Payload::at(position).to_json());
        commit.commit()?;
        self.position = position;
        Ok(())
    }

    /// Merges all segments into one and drops what was deleted.
    #[cfg(test)]
    pub fn merge(&mut self) -> Result<(), Fault> {
        let segments = self.writer.index().searchable_segment_ids()?;
        self.writer.merge(&segments).wait()?;
        self.commit(self.position)
    }

    /// Ends the writing and waits for merges, so that another may write.
    pub fn close(self) -> Result<(), Fault> {
        Ok(self.writer.wait_merging_threads()?)
    }
}

/// Keeps segments few: small ones are merged four at a time, and one with a fifth deleted is rewritten.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(4);
    policy.set_min_layer_size(2_000);
    policy.set_del_docs_ratio_before_merge(0.2);
    policy
}
