//! Writing an index: a whole generation beside the live one, or changes into the live one.

use std::path::Path;

use tantivy::collector::Count;
use tantivy::directory::error::LockError;
use tantivy::index::SegmentId;
use tantivy::merge_policy::{LogMergePolicy, NoMergePolicy};
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::{Index, IndexWriter, TantivyDocument};
use uuid::Uuid;

use super::generation::{self, BuildLock, Part, Payload};
use super::schema::{self, Fields};
use super::{Fault, document};
use crate::store::changes::FeedPosition;

/// Tantivy wants at least this much for a thread.
const LEAST_THREAD_BYTES: usize = 16 << 20;
/// What the follower may hold before it writes.
const FOLLOW_BYTES: usize = 48 << 20;

/// The most documents that a build merges into one segment: what merging holds grows with them.
const MERGED_DOCS: u32 = 3_000_000;

/// A new generation under construction; nothing is live until [`Build::publish`].
pub struct Build {
    dir: std::path::PathBuf,
    pub generation: u64,
    pub fields: Fields,
    /// What an earlier build, killed in the middle, has left in here.
    pub resumed: Option<Payload>,
    position: FeedPosition,
    writer: IndexWriter,
    _lock: BuildLock,
}

impl Build {
    /// Begins the next generation from nothing and clears away what a killed build left.
    ///
    /// Takes     `memory_bytes`: for all threads together.
    /// Refuses   while another build runs on the same directory.
    pub fn begin(dir: &Path, threads: usize, memory_bytes: usize) -> Result<Self, Fault> {
        Self::take(dir, threads, memory_bytes, true)
    }

    /// Begins the next generation from what a killed build left.
    pub fn go_on(dir: &Path, threads: usize, memory_bytes: usize) -> Result<Self, Fault> {
        Self::take(dir, threads, memory_bytes, false)
    }

    fn take(dir: &Path, threads: usize, memory_bytes: usize, fresh: bool) -> Result<Self, Fault> {
        let lock = BuildLock::take(dir)?;
        let generation::Begun { generation, index, resumed } = generation::begin(dir, fresh, &lock)?;
        let threads = threads.clamp(1, 8);
        let budget = (memory_bytes / threads).max(LEAST_THREAD_BYTES) * threads;
        let writer: IndexWriter = index.writer_with_num_threads(threads, budget)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Self {
            dir: dir.to_owned(),
            generation,
            fields: schema::schema().1,
            resumed,
            position: FeedPosition::default(),
            writer,
            _lock: lock,
        })
    }

    /// Adds a document; may be called from many threads.
    pub fn add(&self, document: TantivyDocument) -> Result<(), Fault> {
        self.writer.add_document(document)?;
        Ok(())
    }

    /// Takes out what was added of a thing before.
    pub fn remove(&self, id: Uuid) {
        self.writer.delete_term(document::id_term(&self.fields, id));
    }

    /// Makes durable what was added, so that a build killed from here on goes on behind `part`.
    pub fn save(&mut self, position: FeedPosition, part: Part) -> Result<(), Fault> {
        self.commit(&Payload { part: Some(part), ..Payload::at(position) })
    }

    /// Writes everything and merges it into one segment, which every search then walks alone; a very large one into a few.
    pub fn finish(&mut self, position: FeedPosition) -> Result<(), Fault> {
        let everything = Part { after: Uuid::max(), events: 0 };
        self.save(position.clone(), everything)?;
        let segments = self.writer.index().searchable_segment_metas()?;
        let sizes = segments.iter().map(|segment| (segment.id(), segment.num_docs())).collect();
        for group in groups(sizes).iter().filter(|group| group.len() > 1) {
            self.writer.merge(group).wait()?;
            self.save(position.clone(), everything)?;
        }
        self.writer.garbage_collect_files().wait()?;
        self.position = position;
        Ok(())
    }

    fn commit(&mut self, payload: &Payload) -> Result<(), Fault> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&payload.to_json());
        commit.commit()?;
        Ok(())
    }

    /// How many documents of a kind the new generation holds.
    pub fn count(&self, kind: crate::model::Kind) -> Result<u64, Fault> {
        let term = tantivy::Term::from_field_text(self.fields.key, &super::key::kind(kind));
        let searcher = self.writer.index().reader()?.searcher();
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        Ok(searcher.search(&query, &Count)? as u64)
    }

    /// Reads every file back and checks its sum.
    pub fn check_sums(&self) -> Result<(), Fault> {
        generation::check_sums(self.writer.index(), &generation::path(&self.dir, self.generation))
    }

    /// Makes the finished and checked generation the live one and keeps the one before.
    pub fn publish(self) -> Result<u64, Fault> {
        self.publish_keeping(2)
    }

    /// Makes it the live one and keeps `keep` altogether.
    pub fn publish_keeping(mut self, keep: usize) -> Result<u64, Fault> {
        let position = std::mem::take(&mut self.position);
        self.commit(&Payload::at(position))?;
        let Self { dir, generation, writer, _lock, .. } = self;
        writer.wait_merging_threads()?;
        generation::publish(&dir, generation)?;
        generation::retire(&dir, keep)?;
        Ok(generation)
    }
}

/// Segments to merge with each other: the small ones first, as many as stay within the bound.
fn groups(mut sizes: Vec<(SegmentId, u32)>) -> Vec<Vec<SegmentId>> {
    sizes.sort_by_key(|(_, docs)| *docs);
    let mut groups: Vec<Vec<SegmentId>> = Vec::new();
    let mut docs = 0;
    for (id, size) in sizes {
        match groups.last_mut() {
            Some(group) if docs + size <= MERGED_DOCS => group.push(id),
            _ => {
                docs = 0;
                groups.push(vec![id]);
            }
        }
        docs += size;
    }
    groups
}

/// Changes to the live generation; one writer at a time, in this process or another.
pub struct Changes {
    pub generation: u64,
    pub fields: Fields,
    position: FeedPosition,
    writer: IndexWriter,
}

impl Changes {
    /// Opens the live generation for writing; `None` when there is none yet.
    ///
    /// Refuses   `Locked` while another process writes to it.
    pub fn open(dir: &Path) -> Result<Option<Self>, Fault> {
        let Some(generation) = generation::current(dir)? else { return Ok(None) };
        let index: Index = generation::open(dir, generation)?;
        let payload = generation::payload(&index)?;
        let writer: IndexWriter = match index.writer_with_num_threads(1, FOLLOW_BYTES) {
            Err(tantivy::TantivyError::LockFailure(LockError::LockBusy, _)) => {
                return Err(Fault::Locked { path: generation::path(dir, generation) });
            }
            writer => writer?,
        };
        writer.set_merge_policy(Box::new(merge_policy()));
        let position = payload.map(|payload| payload.position).unwrap_or_default();
        Ok(Some(Self { generation, fields: schema::schema().1, position, writer }))
    }

    /// Where in the change feed the last commit stands.
    pub fn position(&self) -> &FeedPosition {
        &self.position
    }

    /// Goes on from a later position; the next commit makes it durable.
    pub fn pass(&mut self, position: FeedPosition) {
        self.position = position;
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
        commit.set_payload(&Payload::at(position.clone()).to_json());
        commit.commit()?;
        self.position = position;
        Ok(())
    }

    /// Merges all segments into one and drops what was deleted.
    #[cfg(test)]
    pub fn merge(&mut self) -> Result<(), Fault> {
        let segments = self.writer.index().searchable_segment_ids()?;
        self.writer.merge(&segments).wait()?;
        self.commit(self.position.clone())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_merged_up_to_a_bound() {
        let table: [(&[u32], &[usize]); 5] = [
            (&[], &[]),
            (&[10, 20, 30], &[3]),
            (&[MERGED_DOCS, 10, 20], &[2, 1]),
            (&[1_000_000, 1_000_000, 1_000_000, 1_000_000], &[3, 1]),
            (&[2_000_000, 2_000_000, 2_000_000], &[1, 1, 1]),
        ];
        for (sizes, expected) in table {
            let sizes = sizes.iter().map(|docs| (SegmentId::generate_random(), *docs)).collect();
            assert_eq!(groups(sizes).iter().map(Vec::len).collect::<Vec<_>>(), expected);
        }
    }
}
