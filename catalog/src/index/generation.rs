//! Generations: whole indexes side by side in `<data-dir>/index/gen-<n>/`, and the file `CURRENT` that names the live one.
//!
//! A generation is built beside the live one and published by renaming one small file; whoever reads `CURRENT` sees the old one or
//! the new one, complete. The one before stays, for searches that still run and for going back.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::Index;
use tantivy::directory::MmapDirectory;

use super::{Fault, schema};
use crate::store::changes::FeedPosition;

const CURRENT: &str = "CURRENT";
const LOCK: &str = "reindex.lock";

/// What a commit says of itself: where the change feed stood, and for which program its documents were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    pub schema: u32,
    pub position: FeedPosition,
}

impl Payload {
    pub fn at(position: FeedPosition) -> Self {
        Self { schema: schema::SCHEMA_VERSION, position }
    }

    pub fn to_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_else(|fault| unreachable!("a payload is plain data: {fault}"))
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

/// Opens a generation that was published.
///
/// Refuses   one whose files are missing or torn, or that another program's schema wrote: the message names the repair.
pub fn open(dir: &Path, generation: u64) -> Result<Index, Fault> {
    let path = path(dir, generation);
    let torn = |detail: String| Fault::Torn { path: path.clone(), detail };
    let directory = MmapDirectory::open(&path).map_err(|fault| torn(fault.to_string()))?;
    let mut index = Index::open(directory).map_err(|fault| torn(fault.to_string()))?;
    index.set_tokenizers(schema::tokenizers());
    let payload = payload(&index).map_err(|fault| torn(fault.to_string()))?;
    if index.schema() != schema::schema().0 || payload.is_none_or(|payload| payload.schema != schema::SCHEMA_VERSION) {
        return Err(torn("another version of this program made it".to_owned()));
    }
    Ok(index)
}

/// What the last commit said of itself.
pub fn payload(index: &Index) -> Result<Option<Payload>, Fault> {
    let metas = index.load_metas()?;
    Ok(metas.payload.as_deref().and_then(|json| serde_json::from_str(json).ok()))
}

/// Makes an empty directory for the next generation and clears away what a killed build left behind.
///
/// Takes     the lock, so that no other build writes there.
pub fn create(dir: &Path, _lock: &BuildLock) -> Result<(u64, Index), Fault> {
    let live = current(dir)?.unwrap_or(0);
    for generation in all(dir)?.into_iter().filter(|generation| *generation > live) {
        remove(dir, generation)?;
    }
    let generation = live + 1;
    let path = path(dir, generation);
    fs::create_dir_all(&path).map_err(Fault::file(&path))?;
    Ok((generation, schema::builder().create_in_dir(&path)?))
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

/// Removes generations older than the one before the live one.
pub fn retire(dir: &Path) -> Result<(), Fault> {
    let live = current(dir)?.unwrap_or(0);
    let before = all(dir)?.into_iter().filter(|generation| *generation < live).max();
    for generation in all(dir)?.into_iter().filter(|generation| Some(*generation) < before) {
        remove(dir, generation)?;
    }
    Ok(())
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

    fn build(dir: &Path) -> u64 {
        let lock = BuildLock::take(dir).expect("free");
        let (generation, index) = create(dir, &lock).expect("created");
        let mut writer: tantivy::IndexWriter = index.writer_with_num_threads(1, 15_000_000).expect("a writer");
        let mut commit = writer.prepare_commit().expect("prepared");
        commit.set_payload(&Payload::at(FeedPosition::default()).to_json());
        commit.commit().expect("committed");
        generation
    }

    #[test]
    fn a_generation_is_live_only_when_published_and_the_one_before_stays() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(current(dir.path()).expect("readable"), None);
        for expected in 1..=3 {
            assert_eq!(build(dir.path()), expected);
            assert_eq!(current(dir.path()).expect("readable"), (expected > 1).then(|| expected - 1));
            publish(dir.path(), expected).expect("published");
        }
        retire(dir.path()).expect("retired");
        let mut left = all(dir.path()).expect("readable");
        left.sort_unstable();
        assert_eq!(left, [2, 3]);
    }

    #[test]
    fn what_a_killed_build_left_is_cleared_by_the_next() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(build(dir.path()), 1);
        fs::write(path(dir.path(), 1).join("half"), "written").expect("written");
        assert_eq!(build(dir.path()), 1, "it was never published");
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
    }

    fn publish_missing(dir: &Path) {
        fs::write(dir.join(CURRENT), "gen-7\n").expect("written");
    }
}
