//! Generations: whole indexes side by side in `<data-dir>/index/gen-<n>/`, and the file `CURRENT` that names the live one.
//!
//! A generation is built beside the live one and published by renaming one small file; whoever reads `CURRENT` sees the old one or
//! the new one, complete. Some before it stay, for searches that still run and for going back. A build that was killed leaves what
//! it had committed, and the next goes on from there.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use serde::{Deserialize, Serialize};
use tantivy::directory::{Directory as _, MmapDirectory};
use tantivy::index::SegmentComponent;
use tantivy::{Index, IndexMeta, ReloadPolicy, TantivyError};
use uuid::Uuid;

use super::{Fault, crew, schema};
use crate::store::changes::FeedPosition;

const CURRENT: &str = "CURRENT";
const LOCK: &str = "reindex.lock";
/// The file that says which others are one commit.
pub const META: &str = "meta.json";

/// What a commit says of itself: where the change feed stood, and for which program its documents were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    pub schema: u32,
    pub position: FeedPosition,
    /// Only while the generation is being built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// How far a build has come: all events up to this id are in the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub after: Uuid,
    pub events: u64,
}

impl Payload {
    pub fn at(position: FeedPosition) -> Self {
        Self { schema: schema::SCHEMA_VERSION, position, part: None }
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|fault| unreachable!("a payload is plain data: {fault}"))
    }
}

/// The directory of a generation.
pub fn path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("gen-{generation}"))
}

/// Which generation is live; `None` before the first.
pub fn current(dir: &Path) -> Result<Option<u64>, Fault> {
    let file = dir.join(CURRENT);
    match fs::read_to_string(&file) {
        Ok(text) => match text.trim().strip_prefix("gen-").and_then(|number| number.parse().ok()) {
            Some(generation) => Ok(Some(generation)),
            None => Err(Fault::Torn { path: file, detail: "it names no generation".to_owned() }),
        },
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(Fault::file(file)(fault)),
    }
}

/// The number of the live generation, for those who are about to name another: a file that names none is replaced, so it stands in
/// nobody's way.
pub fn replaced(dir: &Path) -> Result<Option<u64>, Fault> {
    match current(dir) {
        Err(Fault::Torn { .. }) => Ok(None),
        live => live,
    }
}

/// Opens a generation that was published.
///
/// Refuses   one whose files are missing, or that another program's schema wrote: the message names the repair.
pub fn open(dir: &Path, generation: u64) -> Result<Index, Fault> {
    let index = open_unfinished(dir, generation)?;
    match payload(&index)?.and_then(|payload| payload.part) {
        Some(_) => Err(Fault::Torn { path: path(dir, generation), detail: "it was never finished".to_owned() }),
        None => Ok(index),
    }
}

/// Opens a generation that is being built and was not published yet.
pub fn open_unfinished(dir: &Path, generation: u64) -> Result<Index, Fault> {
    open_at(&path(dir, generation))
}

fn open_at(path: &Path) -> Result<Index, Fault> {
    let torn = |detail: String| Fault::Torn { path: path.to_owned(), detail };
    let directory = MmapDirectory::open(path).map_err(|fault| torn(fault.to_string()))?;
    let mut index = Index::open(directory).map_err(|fault| torn(fault.to_string()))?;
    index.set_tokenizers(schema::tokenizers());
    let payload = payload(&index).map_err(|fault| torn(fault.to_string()))?;
    if index.schema() != schema::schema().0 || payload.as_ref().is_none_or(|payload| payload.schema != schema::SCHEMA_VERSION) {
        return Err(Fault::Version { path: path.to_owned() });
    }
    Ok(index)
}

/// Opens a generation and reads every file of it back.
///
/// Refuses   what [`open`] refuses, and a file that does not match the sum at its end.
/// Cost      one pass over the files: some 0.2 s of one processor for a million events.
pub fn open_whole(dir: &Path, generation: u64) -> Result<Index, Fault> {
    let index = open(dir, generation)?;
    check_sums(&index, &path(dir, generation))?;
    Ok(index)
}

/// Opens a generation that lies beside, before it is put in its place: each of its segments, and reads every file of it back.
pub fn check_beside(path: &Path) -> Result<(), Fault> {
    let index = open_at(path)?;
    let opened: tantivy::Result<tantivy::IndexReader> = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into();
    opened.map_err(|fault| Fault::Torn { path: path.to_owned(), detail: fault.to_string() })?;
    match payload(&index)?.and_then(|payload| payload.part) {
        Some(_) => Err(Fault::Torn { path: path.to_owned(), detail: "it was never finished".to_owned() }),
        None => check_sums(&index, path),
    }
}

/// Reads every file back, several at a time, and holds it against its sum; the message names the first that differs or is missing.
pub fn check_sums(index: &Index, path: &Path) -> Result<(), Fault> {
    let torn = |detail: String| Fault::Torn { path: path.to_owned(), detail };
    let directory = index.directory();
    crew::each(files(&index.load_metas()?), |file| match directory.validate_checksum(&file) {
        Ok(true) => Ok(()),
        Ok(false) => Err(torn(format!("{} does not match its sum", file.display()))),
        Err(fault) => Err(torn(fault.to_string())),
    })
    .map(drop)
}

/// The files of a commit beside [`META`]: of each segment all that its writer makes, and what was deleted of it, if anything.
pub fn files(metas: &IndexMeta) -> Vec<PathBuf> {
    use SegmentComponent::{Delete, FastFields, FieldNorms, Positions, Postings, Store, Terms};
    let mut files = Vec::new();
    for segment in &metas.segments {
        files.extend([Postings, Positions, Terms, Store, FastFields, FieldNorms].map(|part| segment.relative_path(part)));
        files.extend(segment.has_deletes().then(|| segment.relative_path(Delete)));
    }
    files.sort();
    files
}

/// Of [`commit`]: the same on every node.
static SECRETS: RapidSecrets = RapidSecrets::seed(2);

/// Names the last commit by what it is made of. Generations and the steps of their writers are counted by each data directory for itself,
/// so two builds may agree in these; their segments have names that nobody else gives.
pub fn commit(index: &Index) -> Result<u64, Fault> {
    let meta = index.directory().atomic_read(Path::new(META)).map_err(TantivyError::from)?;
    Ok(rapidhash_v3_seeded(&meta, &SECRETS))
}

/// What the last commit said of itself.
pub fn payload(index: &Index) -> Result<Option<Payload>, Fault> {
    let metas = index.load_metas()?;
    Ok(metas.payload.as_deref().and_then(|json| serde_json::from_str(json).ok()))
}

/// A generation that is being built.
pub struct Begun {
    pub generation: u64,
    pub index: Index,
    /// What an earlier build, killed in the middle, has committed.
    pub resumed: Option<Payload>,
}

/// Takes up what a killed build left, or makes an empty directory for the next generation; what cannot be used is cleared away.
///
/// Takes     the lock, so that no other build writes there.  `fresh`: what a killed build left is not wanted.
pub fn begin(dir: &Path, fresh: bool, _lock: &BuildLock) -> Result<Begun, Fault> {
    let live = replaced(dir)?.unwrap_or(0);
    let mut last = live;
    for generation in all(dir)?.into_iter().filter(|generation| *generation > live) {
        match unfinished(dir, generation) {
            Left::Part(index, payload) if !fresh => {
                return Ok(Begun { generation, index: *index, resumed: Some(payload) });
            }
            Left::Whole => last = last.max(generation),
            Left::Part(..) | Left::Rubble => remove(dir, generation)?,
        }
    }
    let generation = last + 1;
    let path = path(dir, generation);
    fs::create_dir_all(&path).map_err(Fault::file(&path))?;
    Ok(Begun { generation, index: schema::builder().create_in_dir(&path)?, resumed: None })
}

/// What stands in the directory of a generation later than the live one.
enum Left {
    /// The first parts of a build that this program can go on with.
    Part(Box<Index>, Payload),
    /// A generation from which one went back.
    Whole,
    Rubble,
}

fn unfinished(dir: &Path, generation: u64) -> Left {
    let opened = Index::open_in_dir(path(dir, generation)).ok().filter(|index| index.schema() == schema::schema().0);
    let Some(mut index) = opened else { return Left::Rubble };
    index.set_tokenizers(schema::tokenizers());
    match payload(&index) {
        Ok(Some(payload)) if payload.schema != schema::SCHEMA_VERSION => Left::Rubble,
        Ok(Some(payload)) if payload.part.is_none() => Left::Whole,
        Ok(Some(payload)) if check_sums(&index, &path(dir, generation)).is_ok() => Left::Part(Box::new(index), payload),
        _ => Left::Rubble,
    }
}

/// Makes a generation the live one: the moment before, searches see the old one; the moment after, the new one.
pub fn publish(dir: &Path, generation: u64) -> Result<(), Fault> {
    let (draft, file) = (dir.join("CURRENT.new"), dir.join(CURRENT));
    let write = || {
        let mut writer = File::create(&draft)?;
        writeln!(writer, "gen-{generation}")?;
        writer.sync_all()?;
        File::open(path(dir, generation))?.sync_all()?;
        fs::rename(&draft, &file)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(Fault::file(&file))
}

/// Removes all generations but the live one and the latest others, `keep` altogether.
pub fn retire(dir: &Path, keep: usize) -> Result<(), Fault> {
    let live = current(dir)?;
    let mut others: Vec<u64> = all(dir)?.into_iter().filter(|generation| Some(*generation) != live).collect();
    others.sort_unstable_by(|a, b| b.cmp(a));
    others.into_iter().skip(keep.saturating_sub(1)).try_for_each(|generation| remove(dir, generation))
}

/// The latest generation before the live one, if one is kept.
pub fn before(dir: &Path) -> Result<Option<u64>, Fault> {
    let live = current(dir)?.unwrap_or(0);
    Ok(all(dir)?.into_iter().filter(|generation| *generation < live).max())
}

fn all(dir: &Path) -> Result<Vec<u64>, Fault> {
    let mut generations = Vec::new();
    for entry in fs::read_dir(dir).map_err(Fault::file(dir))? {
        let name = entry.map_err(Fault::file(dir))?.file_name();
        generations
            .extend(name.to_str().and_then(|name| name.strip_prefix("gen-")).and_then(|number| number.parse::<u64>().ok()));
    }
    Ok(generations)
}

fn remove(dir: &Path, generation: u64) -> Result<(), Fault> {
    let path = path(dir, generation);
    fs::remove_dir_all(&path).map_err(Fault::file(&path))
}

/// Held by the one build that may run on a data directory; released when dropped or when the process dies.
#[derive(Debug)]
pub struct BuildLock {
    _file: File,
}

impl BuildLock {
    /// Takes the lock or says at once that another build has it.
    pub fn take(dir: &Path) -> Result<Self, Fault> {
        fs::create_dir_all(dir).map_err(Fault::file(dir))?;
        let path = dir.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(Fault::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(fs::TryLockError::WouldBlock) => Err(Fault::Locked { path: dir.to_owned() }),
            Err(fs::TryLockError::Error(fault)) => Err(Fault::file(&path)(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(index: &Index, part: Option<Part>) {
        let mut writer: tantivy::IndexWriter = index.writer_with_num_threads(1, 15_000_000).expect("a writer");
        let mut commit = writer.prepare_commit().expect("prepared");
        commit.set_payload(&Payload { part, ..Payload::at(FeedPosition::default()) }.to_json());
        commit.commit().expect("committed");
    }

    fn begun(dir: &Path, fresh: bool) -> Begun {
        begin(dir, fresh, &BuildLock::take(dir).expect("free")).expect("begun")
    }

    fn build(dir: &Path) -> u64 {
        let begun = begun(dir, false);
        commit(&begun.index, None);
        begun.generation
    }

    fn left(dir: &Path) -> Vec<u64> {
        let mut left = all(dir).expect("readable");
        left.sort_unstable();
        left
    }

    #[test]
    fn a_generation_is_live_only_when_published_and_the_last_ones_stay() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(current(dir.path()).expect("readable"), None);
        for expected in 1..=4 {
            assert_eq!(build(dir.path()), expected);
            assert_eq!(current(dir.path()).expect("readable"), (expected > 1).then(|| expected - 1));
            publish(dir.path(), expected).expect("published");
        }
        assert_eq!(before(dir.path()).expect("readable"), Some(3));
        for (keep, expected) in [(3, vec![2, 3, 4]), (2, vec![3, 4]), (1, vec![4])] {
            retire(dir.path(), keep).expect("retired");
            assert_eq!(left(dir.path()), expected);
        }
        assert_eq!(before(dir.path()).expect("readable"), None);
    }

    #[test]
    fn after_going_back_the_next_build_takes_a_number_of_its_own() {
        let dir = tempfile::tempdir().expect("a directory");
        for generation in [1, 2] {
            build(dir.path());
            publish(dir.path(), generation).expect("published");
        }
        publish(dir.path(), 1).expect("went back");
        assert_eq!(build(dir.path()), 3, "cursors and caches know 2 as another");
        retire(dir.path(), 2).expect("retired");
        assert_eq!(left(dir.path()), [1, 3]);
    }

    #[test]
    fn what_a_killed_build_had_committed_is_taken_up_unless_it_is_not_wanted() {
        let dir = tempfile::tempdir().expect("a directory");
        let part = Part { after: Uuid::from_u128(7), events: 3 };
        let first = begun(dir.path(), false);
        commit(&first.index, Some(part));
        assert!(matches!(open(dir.path(), first.generation), Err(Fault::Torn { .. })), "nobody serves it");
        let again = begun(dir.path(), false);
        assert_eq!((again.generation, again.resumed.and_then(|payload| payload.part)), (1, Some(part)));
        let anew = begun(dir.path(), true);
        assert_eq!((anew.generation, anew.resumed), (1, None));
    }

    #[test]
    fn what_a_killed_build_left_without_a_commit_is_cleared_by_the_next() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(begun(dir.path(), false).generation, 1);
        fs::write(path(dir.path(), 1).join("half"), "written").expect("written");
        let next = begun(dir.path(), false);
        assert_eq!((next.generation, next.resumed), (1, None));
        assert!(!path(dir.path(), 1).join("half").exists());
    }

    #[test]
    fn two_builds_at_once_are_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let held = BuildLock::take(dir.path()).expect("free");
        assert!(matches!(BuildLock::take(dir.path()), Err(Fault::Locked { .. })));
        drop(held);
        assert!(BuildLock::take(dir.path()).is_ok());
    }

    #[test]
    fn a_torn_index_names_its_repair() {
        let dir = tempfile::tempdir().expect("a directory");
        publish_missing(dir.path());
        let live = current(dir.path()).expect("readable").expect("named");
        let fault = open(dir.path(), live).expect_err("nothing is there").to_string();
        assert!(fault.contains("boxoffice reindex"), "{fault}");
        fs::write(dir.path().join(CURRENT), "rubbish").expect("written");
        assert!(matches!(current(dir.path()), Err(Fault::Torn { .. })));
        assert_eq!(build(dir.path()), 1, "the repair itself does not stumble over it");
    }

    fn publish_missing(dir: &Path) {
        fs::write(dir.join(CURRENT), "gen-7\n").expect("written");
    }
}
