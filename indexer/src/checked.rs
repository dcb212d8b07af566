//! Files that this process has read and found to be what a manifest says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use catalog::index::Fault;
use sha2::{Digest as _, Sha256};

use crate::blocking::blocking;

/// Bytes read at once.
pub const CHUNK: usize = 1 << 20;

/// Sums by path: what was found once is not read again, unless another sum is meant.
#[derive(Clone, Default)]
pub struct Checked(Arc<Mutex<HashMap<PathBuf, String>>>);

impl Checked {
    /// Whether a file is there and is the one meant; one of which this is not known is read.
    pub async fn agrees(&self, path: &Path, bytes: u64, sha256: &str) -> Result<bool, Fault> {
        if std::fs::metadata(path).map(|file| file.len()).ok() != Some(bytes) {
            return Ok(false);
        }
        if self.known(|known| known.get(path).is_some_and(|sum| sum == sha256)) {
            return Ok(true);
        }
        let read = path.to_owned();
        let agrees = blocking(move || summed(&read)).await.map(|sum| hex(&sum.finalize()))? == sha256;
        if agrees {
            self.known(|known| known.insert(path.to_owned(), sha256.to_owned()));
        }
        Ok(agrees)
    }

    /// Forgets a file that is about to be written.
    pub fn forget(&self, path: &Path) {
        self.known(|known| known.remove(path));
    }

    pub fn retain(&self, keep: impl Fn(&Path) -> bool) {
        self.known(|known| known.retain(|path, _| keep(path)));
    }

    fn known<T>(&self, with: impl FnOnce(&mut HashMap<PathBuf, String>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The sum of a file, to be gone on with.
pub fn summed(path: &Path) -> Result<Sha256, Fault> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path).map_err(Fault::file(path))?;
    let (mut sum, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk).map_err(Fault::file(path))? {
            0 => return Ok(sum),
            read => sum.update(&chunk[..read]),
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_agreed_is_held_against_each_other_sum_anew() {
        let dir = tempfile::tempdir().expect("a directory");
        let (file, checked) = (dir.path().join("meta.json"), Checked::default());
        let sum = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        std::fs::write(&file, "one").expect("written");
        assert!(checked.agrees(&file, 3, &sum(b"one")).await.expect("read"));
        assert!(!checked.agrees(&file, 3, &sum(b"two")).await.expect("read"), "as long, and another");
        std::fs::write(&file, "two").expect("written");
        assert!(checked.agrees(&file, 3, &sum(b"one")).await.expect("read"), "the control: what was read is not read again");
        checked.forget(&file);
        assert!(!checked.agrees(&file, 3, &sum(b"one")).await.expect("read"));
        assert!(checked.agrees(&file, 3, &sum(b"two")).await.expect("read"));
    }
}
