//! One published state of the index, as long as a search or the catalogue holds it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use tantivy::index::{InvertedIndexReader, SegmentId};
use tantivy::schema::Field;
use tantivy::{Index, IndexReader, ReloadPolicy, SegmentReader, Term};

use super::columns::Columns;
use super::names::Names;
use super::segment::Segment;
use crate::index::schema::{self, Fields};
use crate::index::{Fault, crew, generation};

/// Names may take twice as much as at first, and so many bytes more: beyond that most of them are names of nothing. Tests want it soon.
const ROOM: usize = if cfg!(test) { 32 << 10 } else { 64 << 20 };
/// There may be twice as many categories and genres as at first, and so many more: whoever filters by one looks at all.
const KINDS: usize = if cfg!(test) { 64 } else { 4_096 };

/// An open generation: its reader, and the numbers of its names.
pub struct Generation {
    pub number: u64,
    index: Index,
    reader: IndexReader,
    fields: Fields,
    names: Arc<RwLock<Names>>,
    /// Of the names that the first snapshot had.
    at_first: OnceLock<Size>,
}

/// How much there is of names.
struct Size {
    bytes: usize,
    kinds: usize,
}

/// All segments at one commit of one generation.
pub struct Snapshot {
    pub generation: u64,
    /// Which commit of which build.
    pub commit: u64,
    pub fields: Fields,
    pub segments: Vec<Segment>,
    pub names: Arc<RwLock<Names>>,
    pub docs: u64,
}

impl Generation {
    /// Opens a published generation and reads its files back once: a torn one is never served.
    pub fn open(dir: &Path, number: u64) -> Result<Self, Fault> {
        Self::over(generation::open_whole(dir, number)?, dir, number)
    }

    /// Opens one that is being built.
    pub fn open_unfinished(dir: &Path, number: u64) -> Result<Self, Fault> {
        let index = generation::open_unfinished(dir, number)?;
        generation::check_sums(&index, &generation::path(dir, number))?;
        Self::over(index, dir, number)
    }

    fn over(index: Index, dir: &Path, number: u64) -> Result<Self, Fault> {
        let torn = |fault: tantivy::TantivyError| Fault::Torn { path: generation::path(dir, number), detail: fault.to_string() };
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(torn)?;
        let (_, fields) = schema::schema();
        Ok(Self { number, index, reader, fields, names: no_names(), at_first: OnceLock::new() })
    }

    /// Whether there may be too much of names that nothing has any more.
    pub fn is_outgrown(&self) -> bool {
        let now = self.size_of_names();
        self.at_first.get().is_some_and(|first| now.bytes > 2 * first.bytes + ROOM || now.kinds > 2 * first.kinds + KINDS)
    }

    /// This generation with no names yet: a snapshot of it numbers those that its documents have, and opens every segment.
    pub fn without_names(&self) -> Self {
        let (index, reader) = (self.index.clone(), self.reader.clone());
        Self { number: self.number, index, reader, fields: self.fields, names: no_names(), at_first: OnceLock::new() }
    }

    fn size_of_names(&self) -> Size {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        Size { bytes: names.bytes(), kinds: names.kinds() }
    }

    /// Takes the last commit's state; segments that `before` already had stay open, and what was asked of them is made of new ones, too.
    pub fn snapshot(&self, before: Option<&Snapshot>) -> Result<Snapshot, Fault> {
        let commit = self.latest_commit()?;
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let known: HashMap<SegmentId, &Segment> =
            before.iter().flat_map(|before| &before.segments).map(|segment| (segment.id(), segment)).collect();
        let readers = searcher.segment_readers();
        let unknown = readers.iter().filter(|reader| !known.contains_key(&reader.segment_id())).collect();
        let open = |reader| Segment::open(reader, &self.fields, &self.names).map(|segment| (segment.id(), segment));
        let mut opened: HashMap<SegmentId, Segment> = crew::each(unknown, open)?.into_iter().collect();
        for segment in opened.values() {
            known.values().for_each(|other| segment.make_like(other, &self.names));
        }
        let seen = |reader: &SegmentReader| match known.get(&reader.segment_id()) {
            Some(segment) => Some(segment.seen_by(reader)),
            None => opened.remove(&reader.segment_id()),
        };
        let segments = readers.iter().filter_map(seen).collect();
        self.at_first.get_or_init(|| self.size_of_names());
        let (generation, fields, names) = (self.number, self.fields, Arc::clone(&self.names));
        Ok(Snapshot { generation, commit, fields, segments, names, docs: searcher.num_docs() })
    }

    /// The last commit on disk.
    pub fn latest_commit(&self) -> Result<u64, Fault> {
        generation::commit(&self.index)
    }
}

fn no_names() -> Arc<RwLock<Names>> {
    Arc::new(RwLock::new(Names::new()))
}

impl Snapshot {
    /// How many documents hold a word, the deleted ones included.
    pub fn frequency(&self, word: &str) -> Result<u32, Fault> {
        self.sum(word, self.fields.words, |columns| &columns.words)
    }

    /// How many documents hold a word that begins so, the deleted ones included; see [`MAX_START_CHARS`](crate::index::MAX_START_CHARS).
    pub fn start_frequency(&self, start: &str) -> Result<u32, Fault> {
        self.sum(start, self.fields.starts, |columns| &columns.starts)
    }

    /// How many documents have these two words side by side in a name.
    ///
    /// Takes     `pair`: both with a space between.
    pub fn pair_frequency(&self, pair: &str) -> Result<u32, Fault> {
        self.sum(pair, self.fields.pairs, |columns| &columns.pairs)
    }

    /// How many documents have an exact term, the deleted ones included.
    pub fn key_frequency(&self, key: &str) -> Result<u32, Fault> {
        self.sum(key, self.fields.key, |columns| &columns.keys)
    }

    fn sum(&self, text: &str, field: Field, list: fn(&Columns) -> &InvertedIndexReader) -> Result<u32, Fault> {
        let term = Term::from_field_text(field, text);
        let mut sum = 0;
        for segment in &self.segments {
            sum += list(&segment.columns).doc_freq(&term)?;
        }
        Ok(sum)
    }
}
