//! What is published: the live generation's files at one commit.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use catalog::index::{Fault, generation};
use rand::Rng as _;

/// The file that says which others are one commit.
pub const META: &str = "meta.json";
/// How directories of links begin.
const PREFIX: &str = "publishing-";

/// The live generation's files at one commit, held by hard links while they are sent: merging may remove them meanwhile.
pub struct Held {
    pub generation: u64,
    pub opstamp: u64,
    links: Links,
}

/// A directory of links of one holder's own, which goes with it.
struct Links {
    path: PathBuf,
    /// The directory, opened and locked: who was killed has no lock, and the next removes what he left.
    _lock: File,
}

impl Links {
    fn make(dir: &Path) -> Result<Self, Fault> {
        let gate = dir.join("publishing.lock");
        // for a moment: nobody takes for left behind what was made and is not locked yet
        let gate = File::create(&gate).and_then(|file| file.lock().map(|()| file)).map_err(Fault::file(&gate))?;
        sweep(dir).map_err(Fault::file(dir))?;
        let path = dir.join(format!("{PREFIX}{:016x}", rand::rng().random::<u64>()));
        let made = std::fs::create_dir(&path).and_then(|()| File::open(&path)).and_then(|lock| lock.lock().map(|()| lock));
        let made = made.map(|_lock| Self { path: path.clone(), _lock }).map_err(Fault::file(&path));
        drop(gate);
        made
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes what holders left that were killed.
fn sweep(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && File::open(entry.path()).is_ok_and(|left| left.try_lock().is_ok())
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

impl Held {
    pub fn take(dir: &Path) -> Result<Option<Self>, Fault> {
        let Some(generation) = generation::current(dir)? else { return Ok(None) };
        let home = generation::path(dir, generation);
        loop {
            let links = Links::make(dir)?;
            let meta = std::fs::read(home.join(META)).map_err(Fault::file(home.join(META)))?;
            let metas = generation::open(dir, generation)?.load_metas()?;
            let segments = metas.segments.iter().map(|segment| segment.id().uuid_string()).collect();
            let linked = link_all(&home, &links.path, &segments);
            std::fs::write(links.path.join(META), &meta).map_err(Fault::file(&links.path))?;
            // a commit in between may have removed what the one before names
            if std::fs::read(home.join(META)).is_ok_and(|now| now == meta) {
                linked.map_err(Fault::file(&home))?;
                return Ok(Some(Self { generation, opstamp: metas.opstamp, links }));
            }
        }
    }

    pub fn files(&self) -> Vec<(String, PathBuf)> {
        let entries = std::fs::read_dir(&self.links.path).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
        files.sort();
        files
    }
}

/// Links every file that begins with the name of one of the segments.
fn link_all(from: &Path, to: &Path, segments: &BTreeSet<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.split('.').next().is_some_and(|segment| segments.contains(segment)) {
            std::fs::hard_link(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hold_the_same_commit_side_by_side_and_what_a_killed_one_left_goes() {
        let dir = tempfile::tempdir().expect("a directory");
        crate::fixture::build(dir.path(), 1);
        let left = dir.path().join(format!("{PREFIX}left"));
        std::fs::create_dir(&left).expect("made");
        let held = || Held::take(dir.path()).expect("readable").expect("a generation");
        let (first, second) = (held(), held());
        assert!(!left.exists(), "nobody has its lock");
        assert_eq!(first.files().len(), second.files().len());
        let (mine, other) = (first.files(), second.files());
        drop(second);
        assert!(mine.iter().all(|(_, path)| path.exists()), "the first's are its own");
        assert!(!other.iter().any(|(_, path)| path.exists()), "the control: the second's went with it");
    }
}
