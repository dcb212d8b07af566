//! Which ids stand on two lines of a file, whatever its length, in bounded memory.
//!
//! Ids are kept as hashes of 128 bits with their lines, in sorted runs; all runs but the last lie in files of their own without a name,
//! and at the end all are merged, so that equal ones meet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

/// Ids held in memory: 24 MiB.
const RUN: usize = 1 << 20;
static SECRETS: [RapidSecrets; 2] = [RapidSecrets::seed(0), RapidSecrets::seed(1)];

/// An id's hash, and its line.
type Entry = ([u64; 2], u64);
const ENTRY_BYTES: usize = 24;

/// The ids of a file so far.
pub(super) struct Seen {
    run: Vec<Entry>,
    longest: usize,
    spilled: Vec<File>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { run: Vec::new(), longest: RUN, spilled: Vec::new() }
    }
}

impl Seen {
    pub(super) fn note(&mut self, id: &str, line: u64) -> io::Result<()> {
        self.run.push(([0, 1].map(|n| rapidhash_v3_seeded(id.as_bytes(), &SECRETS[n])), line));
        if self.run.len() < self.longest {
            return Ok(());
        }
        self.run.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for (hash, line) in self.run.drain(..) {
            file.write_all([hash[0].to_le_bytes(), hash[1].to_le_bytes(), line.to_le_bytes()].as_flattened())?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.spilled.push(file);
        Ok(())
    }

    /// Tells each line whose id stands on an earlier one: that first line, and this.
    pub(super) fn twice(mut self, mut tell: impl FnMut(u64, u64)) -> io::Result<()> {
        self.run.sort_unstable();
        let mut runs: Vec<Box<dyn Iterator<Item = io::Result<Entry>>>> = vec![Box::new(self.run.into_iter().map(Ok))];
        runs.extend(self.spilled.into_iter().map(|file| Box::new(Spilled(BufReader::new(file))) as Box<_>));
        let mut heads = BinaryHeap::new();
        for (at, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next().transpose()?.map(|head| Reverse((head, at))));
        }
        let mut first: Option<Entry> = None;
        while let Some(Reverse((entry, at))) = heads.pop() {
            heads.extend(runs[at].next().transpose()?.map(|head| Reverse((head, at))));
            match first {
                Some((hash, line)) if hash == entry.0 => tell(line, entry.1),
                _ => first = Some(entry),
            }
        }
        Ok(())
    }
}

/// A run, read back.
struct Spilled(BufReader<File>);

impl Iterator for Spilled {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = [0; ENTRY_BYTES];
        match self.0.read_exact(&mut bytes) {
            Ok(()) => {
                let number = |n: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[n * 8 + byte]));
                Some(Ok(([number(0), number(1)], number(2))))
            }
            Err(end) if end.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(fault) => Some(Err(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_twice_is_told_with_both_lines_however_many_runs_there_are() {
        for longest in [1, 2, 3, 7, RUN] {
            let mut seen = Seen { longest, ..Seen::default() };
            for (line, id) in (1..).zip(["a", "b", "c", "b", "", "d", "a", "a", "ab", ""]) {
                seen.note(id, line).expect("noted");
            }
            let mut told = Vec::new();
            seen.twice(|first, line| told.push((first, line))).expect("read back");
            told.sort_unstable();
            assert_eq!(told, [(1, 7), (1, 8), (2, 4), (5, 10)], "runs of {longest}");
        }
    }
}
