//! The folder of keys, which nodes share or copy: files of 32 random bytes, mode 0600, made once, never printed.
//!
//! ```text
//! <keys-dir>/cursor.key  ticket.key  webhook.key      those of the beginning
//!            ticket-5f3a09c1d2e4b687.key              made later, named by its fingerprint
//! ```
//!
//! Which of them are good, and since when, stands in the database ([`crate::run::keys`]): it says so to all nodes at once.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};

use crate::web::keys::Secret;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    Cursor,
    Ticket,
    Webhook,
}

impl KeyKind {
    pub const ALL: [Self; 3] = [Self::Cursor, Self::Ticket, Self::Webhook];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cursor => "cursor",
            Self::Ticket => "ticket",
            Self::Webhook => "webhook",
        }
    }
}

/// What names a key without telling it: 16 hexadecimal digits of a hash.
pub type Fingerprint = String;

/// A folder of keys, read.
pub struct KeyFolder {
    dir: PathBuf,
    found: HashMap<(KeyKind, Fingerprint), Secret>,
}

impl KeyFolder {
    /// Reads the keys of a folder; one that is not there has none.
    pub fn read(dir: &Path) -> io::Result<Self> {
        let mut folder = Self { dir: dir.to_owned(), found: HashMap::new() };
        let entries = match fs::read_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(folder),
            entries => entries.map_err(|error| with_path(dir, &error))?,
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if let Some(kind) = kind_of(&path) {
                let bytes = fs::read(&path).map_err(|error| with_path(&path, &error))?;
                let secret = exact(&path, &bytes)?;
                folder.found.insert((kind, fingerprint(kind, &secret)), secret);
            }
        }
        Ok(folder)
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn get(&self, kind: KeyKind, fingerprint: &str) -> Option<&Secret> {
        self.found.get(&(kind, fingerprint.to_owned()))
    }

    /// The keys of the beginning, made if they are not there.
    pub fn first_keys(&mut self) -> io::Result<Vec<(KeyKind, Fingerprint)>> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir).map_err(|error| with_path(&self.dir, &error))?;
        KeyKind::ALL.into_iter().map(|kind| Ok((kind, self.first(kind)?))).collect()
    }

    fn first(&mut self, kind: KeyKind) -> io::Result<Fingerprint> {
        let secret = read_or_make(&self.dir.join(format!("{}.key", kind.as_str())))?;
        let fingerprint = fingerprint(kind, &secret);
        self.found.insert((kind, fingerprint.clone()), secret);
        Ok(fingerprint)
    }

    /// Makes another key of a kind.
    pub fn add(&mut self, kind: KeyKind) -> io::Result<Fingerprint> {
        let secret = fresh()?;
        let fingerprint = fingerprint(kind, &secret);
        let path = self.dir.join(format!("{}-{fingerprint}.key", kind.as_str()));
        write_new(&path, &secret)?;
        self.found.insert((kind, fingerprint.clone()), secret);
        Ok(fingerprint)
    }

    /// Deletes the file of a key that is good for nothing any more, if it is here.
    pub fn remove(&mut self, kind: KeyKind, fingerprint: &str) -> io::Result<()> {
        let Some(secret) = self.found.remove(&(kind, fingerprint.to_owned())) else { return Ok(()) };
        for name in [format!("{}-{fingerprint}.key", kind.as_str()), format!("{}.key", kind.as_str())] {
            let path = self.dir.join(name);
            if fs::read(&path).is_ok_and(|bytes| bytes == secret) {
                fs::remove_file(&path).map_err(|error| with_path(&path, &error))?;
            }
        }
        Ok(())
    }
}

/// `ticket.key` and `ticket-<fingerprint>.key` are keys, whatever else lies there is none.
fn kind_of(path: &Path) -> Option<KeyKind> {
    let name = path.file_name()?.to_str()?.strip_suffix(".key")?;
    KeyKind::ALL
        .into_iter()
        .find(|kind| name.strip_prefix(kind.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

/// Names a key: its kind goes in, so that the same bytes under two names are two keys.
fn fingerprint(kind: KeyKind, secret: &Secret) -> Fingerprint {
    let hash =
        Sha256::new().chain_update(b"boxoffice key fingerprint 1\0").chain_update(kind.as_str()).chain_update(secret).finalize();
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fresh() -> io::Result<Secret> {
    let mut secret = [0_u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut secret).map_err(io::Error::other)?;
    Ok(secret)
}

/// Reads a key, or makes it: written beside and linked into place, so that of two programs one wins and both read the same.
fn read_or_make(path: &Path) -> io::Result<Secret> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return exact(path, &read.map_err(|error| with_path(path, &error))?),
    }
    match write_new(path, &fresh()?) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => exact(path, &fs::read(path)?),
    }
}

fn write_new(path: &Path, secret: &Secret) -> io::Result<()> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(secret)?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    linked
}

fn exact(path: &Path, bytes: &[u8]) -> io::Result<Secret> {
    bytes.try_into().map_err(|_| io::Error::other(format!("{} does not hold 32 bytes", path.display())))
}

fn with_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_are_made_once_and_stay_private() {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join("keys");
        let mut first = KeyFolder::read(&dir).expect("nothing yet");
        assert!(first.is_empty() && !dir.exists(), "reading makes nothing");
        let made = first.first_keys().expect("made");
        let added = first.add(KeyKind::Ticket).expect("made");
        let second = KeyFolder::read(&dir).expect("read");
        for (kind, fingerprint) in made.iter().chain([&(KeyKind::Ticket, added)]) {
            assert!(second.get(*kind, fingerprint).is_some());
            assert_eq!(second.get(*kind, fingerprint), first.get(*kind, fingerprint));
        }
        assert_eq!(KeyFolder::read(&dir).expect("read").first_keys().expect("read"), made);
        for file in fs::read_dir(&dir).expect("readable") {
            let mode = file.expect("an entry").metadata().expect("its mode").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_said_and_not_replaced() {
        let home = tempfile::tempdir().expect("a directory");
        fs::write(home.path().join("ticket.key"), b"short").expect("written");
        let said = KeyFolder::read(home.path()).err().expect("refused").to_string();
        assert!(said.contains("ticket.key does not hold 32 bytes"), "{said}");
    }

    #[test]
    fn a_key_is_removed_by_its_fingerprint_and_no_other() {
        let home = tempfile::tempdir().expect("a directory");
        let mut folder = KeyFolder::read(home.path()).expect("read");
        let made = folder.first_keys().expect("made");
        let added = folder.add(KeyKind::Ticket).expect("made");
        let old = made.iter().find(|(kind, _)| *kind == KeyKind::Ticket).expect("a ticket key");
        folder.remove(old.0, &old.1).expect("removed");
        let left = KeyFolder::read(home.path()).expect("read");
        assert!(left.get(old.0, &old.1).is_none() && left.get(KeyKind::Ticket, &added).is_some());
        assert_eq!(left.found.len(), 3);
    }
}
