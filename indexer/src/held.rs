//! What is published: the live generation's files at one commit.

use std::fs::File;
use std::path::{Path, PathBuf};

use catalog::index::generation::META;
use catalog::index::{Fault, generation};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};

use crate::checked::hex;

/// How directories of links begin.
const PREFIX: &str = "publishing-";
/// How the files beside them end that are locked.
const LOCK: &str = "lock";

/// The live generation's files at one commit, held by hard links while they are sent: merging may remove them meanwhile.
pub struct Held {
    pub generation: u64,
    pub opstamp: u64,
    /// Which commit it is, by what it is made of: two builds may count alike.
    sum: String,
    /// All of them, each with its link.
    pub files: Vec<(String, PathBuf)>,
    _links: Links,
}

/// A directory of links of one holder's own, which goes with it.
struct Links {
    path: PathBuf,
    /// A file beside it, locked: who was killed has no lock, and the next removes what he left. A directory cannot be locked on every file
    /// system: NFS wants to write to what it locks.
    _lock: File,
}

impl Links {
    fn make(dir: &Path) -> Result<Self, Fault> {
        let gate = dir.join("publishing.lock");
        // for a moment: nobody takes for left behind what was made and is not locked yet
        let gate = File::create(&gate).and_then(|file| file.lock().map(|()| file)).map_err(Fault::file(&gate))?;
        sweep(dir).map_err(Fault::file(dir))?;
        let path = dir.join(format!("{PREFIX}{:016x}", rand::rng().random::<u64>()));
        let lock = File::create(lock_of(&path)).and_then(|lock| lock.lock().map(|()| lock));
        let made = lock.and_then(|lock| std::fs::create_dir(&path).map(|()| lock));
        let made = made.map(|_lock| Self { path: path.clone(), _lock }).map_err(Fault::file(&path));
        drop(gate);
        made
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
        let _ = std::fs::remove_file(lock_of(&self.path));
    }
}

/// The file whose lock says that somebody holds a directory.
fn lock_of(links: &Path) -> PathBuf {
    links.with_extension(LOCK)
}

/// Removes what holders left that were killed, and directories that nobody locks.
fn sweep(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let links = path.with_extension("");
        let ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        let left = || match File::options().write(true).open(lock_of(&links)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(fault) => fault.kind() == std::io::ErrorKind::NotFound,
        };
        if ours && left() {
            let _ = std::fs::remove_dir_all(&links);
            let _ = std::fs::remove_file(lock_of(&links));
        }
    }
    Ok(())
}

impl Held {
    /// Takes hold of the live generation; none before the first.
    ///
    /// Refuses   a commit of which a file is missing.
    pub fn take(dir: &Path) -> Result<Option<Self>, Fault> {
        let Some(generation) = generation::current(dir)? else { return Ok(None) };
        let home = generation::path(dir, generation);
        loop {
            let links = Links::make(dir)?;
            let meta = std::fs::read(home.join(META)).map_err(Fault::file(home.join(META)))?;
            let metas = generation::open(dir, generation)?.load_metas()?;
            let names = generation::files(&metas);
            let linked = names.iter().try_for_each(|name| {
                std::fs::hard_link(home.join(name), links.path.join(name)).map_err(Fault::file(home.join(name)))
            });
            std::fs::write(links.path.join(META), &meta).map_err(Fault::file(&links.path))?;
            // a commit in between may have removed what the one before names
            if std::fs::read(home.join(META)).is_ok_and(|now| now == meta) {
                linked?;
                let names = names.iter().map(|name| name.display().to_string()).chain([META.to_owned()]);
                let files = names.map(|name| (name.clone(), links.path.join(name))).collect();
                let sum = hex(&Sha256::digest(&meta));
                return Ok(Some(Self { generation, opstamp: metas.opstamp, sum, files, _links: links }));
            }
        }
    }

    /// The state by its name in a store.
    pub fn state(&self) -> String {
        format!("gen-{}/at-{}-{:.16}", self.generation, self.opstamp, self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hold_the_same_commit_side_by_side_and_what_a_killed_one_left_goes() {
        let dir = tempfile::tempdir().expect("a directory");
        crate::fixture::build(dir.path(), 1);
        let [left, locked_once] = ["left", "killed"].map(|name| dir.path().join(format!("{PREFIX}{name}")));
        [&left, &locked_once].into_iter().for_each(|path| std::fs::create_dir(path).expect("made"));
        File::create(lock_of(&locked_once)).expect("made");
        let held = || Held::take(dir.path()).expect("readable").expect("a generation");
        let (first, second) = (held(), held());
        assert!(![&left, &locked_once, &lock_of(&locked_once)].into_iter().any(|path| path.exists()), "nobody has its lock");
        assert_eq!(first.files.len(), second.files.len());
        let (mine, other) = (first.files.clone(), second.files.clone());
        drop(second);
        assert!(mine.iter().all(|(_, path)| path.exists()), "the first's are its own");
        assert!(!other.iter().any(|(_, path)| path.exists()), "the control: the second's went with it");
        drop(first);
        let kept = std::fs::read_dir(dir.path()).expect("readable").flatten().map(|entry| entry.file_name());
        assert!(!kept.into_iter().any(|name| name.to_string_lossy().starts_with(PREFIX)), "nor do locks stay");
    }

    #[test]
    fn two_builds_that_count_alike_are_two_states_and_one_held_twice_is_one() {
        let dirs = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
        let held = |dir: &tempfile::TempDir| Held::take(dir.path()).expect("readable").expect("a generation");
        assert_eq!(dirs.each_ref().map(|dir| crate::fixture::build(dir.path(), 3)), [1, 1]);
        let [one, other] = dirs.each_ref().map(held);
        assert_eq!((one.generation, one.opstamp), (other.generation, other.opstamp), "both are counted from one");
        assert_ne!(one.state(), other.state());
        assert_eq!(held(&dirs[0]).state(), one.state(), "the control");
    }

    #[test]
    fn a_commit_of_which_a_file_is_missing_is_not_held() {
        let dir = tempfile::tempdir().expect("a directory");
        crate::fixture::build(dir.path(), 1);
        let whole = Held::take(dir.path()).expect("the control").expect("a generation");
        for (name, link) in whole.files.iter().filter(|(name, _)| name != META) {
            let file = generation::path(dir.path(), 1).join(name);
            std::fs::remove_file(&file).expect("removed");
            let refused = Held::take(dir.path()).err().expect("refused").to_string();
            assert!(refused.contains(name), "{refused}");
            std::fs::hard_link(link, &file).expect("put back");
        }
        assert!(Held::take(dir.path()).is_ok(), "the control: whole again");
    }
}
