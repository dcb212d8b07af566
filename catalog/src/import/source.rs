//! A catalogue file as records with line numbers, whatever its format and compression.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value};

use super::shape;
use crate::model::{Kind, Whole};

/// The longest record.
pub const MAX_LINE_BYTES: u64 = 1 << 20;
const BUFFER_BYTES: usize = 64 << 10;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// One record as it stands in the file.
pub(super) enum Raw {
    /// A line of NDJSON.
    Json(Vec<u8>),
    /// A CSV record under its header: cells that are not text are read as JSON.
    Cells(Map<String, Value>),
    /// A record that cannot even be cut out: field, why.
    Broken(Option<String>, String),
}

impl Raw {
    /// How long its text is, more or less.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Json(text) => text.len(),
            Self::Cells(cells) => cells.values().map(|cell| cell.as_str().map_or(64, str::len)).sum(),
            Self::Broken(_, why) => why.len(),
        }
    }
}

/// A file, opened.
pub(super) struct Source {
    records: Records,
    bytes_read: Arc<AtomicU64>,
    pub(super) bytes_total: u64,
}

enum Records {
    Json { text: Box<dyn BufRead + Send>, line: u64 },
    Csv { rows: Box<csv::Reader<Bounded>>, header: Vec<String>, ceiling: Arc<AtomicU64>, read: Arc<AtomicU64> },
}

impl Source {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let bytes_total = file.metadata()?.len();
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: file, read: bytes_read.clone(), ceiling: Arc::new(AtomicU64::new(u64::MAX)) };
        let mut text = decompressed(BufReader::with_capacity(BUFFER_BYTES, counted))?;
        skip_mark(&mut text)?;
        let records = if is_csv(path, &mut text)? { csv_records(text)? } else { Records::Json { text, line: 0 } };
        Ok(Self { records, bytes_read, bytes_total })
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// The next record and its line; empty lines are passed over.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Raw)>> {
        match &mut self.records {
            Records::Json { text, line } => next_line(text, line),
            Records::Csv { rows, header, ceiling, read } => {
                ceiling.store(read.load(Ordering::Relaxed) + MAX_LINE_BYTES + BUFFER_BYTES as u64, Ordering::Relaxed);
                next_row(rows, header)
            }
        }
    }
}

fn decompressed(mut raw: BufReader<Counted<File>>) -> io::Result<Box<dyn BufRead + Send>> {
    if raw.fill_buf()?.starts_with(&ZSTD_MAGIC) {
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, zstd::Decoder::with_buffer(raw)?)))
    } else {
        Ok(Box::new(raw))
    }
}

/// Spreadsheets put a byte order mark before the first line.
fn skip_mark(text: &mut impl BufRead) -> io::Result<()> {
    if text.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        text.consume(3);
    }
    Ok(())
}

fn is_csv(path: &Path, text: &mut impl BufRead) -> io::Result<bool> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.trim_end_matches(".zst").trim_end_matches(".zstd");
    if name.ends_with(".csv") {
        return Ok(true);
    }
    let first = text.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(first.is_some_and(|byte| *byte != b'{'))
}

fn next_line(text: &mut impl BufRead, line: &mut u64) -> io::Result<Option<(u64, Raw)>> {
    loop {
        let mut bytes = Vec::new();
        let read = text.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        *line += 1;
        if read as u64 > MAX_LINE_BYTES {
            skip_line(text)?;
            return Ok(Some((*line, Raw::Broken(None, format!("is longer than {MAX_LINE_BYTES} bytes")))));
        }
        if !bytes.trim_ascii().is_empty() {
            return Ok(Some((*line, Raw::Json(bytes))));
        }
    }
}

fn skip_line(text: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = text.fill_buf()?;
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                text.consume(at + 1);
                return Ok(());
            }
            None if buffer.is_empty() => return Ok(()),
            None => {
                let length = buffer.len();
                text.consume(length);
            }
        }
    }
}

type Bounded = Counted<Box<dyn BufRead + Send>>;

fn csv_records(text: Box<dyn BufRead + Send>) -> io::Result<Records> {
    let (read, ceiling) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(MAX_LINE_BYTES + BUFFER_BYTES as u64)));
    let bounded = Counted { inner: text, read: read.clone(), ceiling: ceiling.clone() };
    let mut rows = csv::ReaderBuilder::new().flexible(true).buffer_capacity(BUFFER_BYTES).from_reader(bounded);
    let header = rows.headers()?.iter().map(|name| name.trim().to_owned()).collect();
    Ok(Records::Csv { rows: Box::new(rows), header, ceiling, read })
}

fn next_row(rows: &mut csv::Reader<Bounded>, header: &[String]) -> io::Result<Option<(u64, Raw)>> {
    let mut row = csv::StringRecord::new();
    match rows.read_record(&mut row) {
        Ok(false) => Ok(None),
        Ok(true) => {
            let line = row.position().map_or(0, csv::Position::line);
            Ok(Some((line, cells(header, &row))))
        }
        Err(fault) => match fault.position().map(csv::Position::line) {
            Some(line) if !fault.is_io_error() => Ok(Some((line, Raw::Broken(None, fault.to_string())))),
            _ => Err(fault.into()),
        },
    }
}

fn cells(header: &[String], row: &csv::StringRecord) -> Raw {
    if row.len() != header.len() {
        return Raw::Broken(None, format!("has {} cells, the header has {}", row.len(), header.len()));
    }
    let mut map = Map::new();
    for (name, cell) in header.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
        if !shape::IN_JSON.contains(&name.as_str()) {
            map.insert(name.clone(), Value::String(cell.to_owned()));
            continue;
        }
        match serde_json::from_str(cell) {
            Ok(Whole(value)) => drop(map.insert(name.clone(), value)),
            Err(fault) => return Raw::Broken(Some(name.clone()), format!("is not JSON: {fault}")),
        }
    }
    Raw::Cells(map)
}

/// Counts what is read, and stops at a ceiling.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
    ceiling: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        let read = self.read.fetch_add(got as u64, Ordering::Relaxed) + got as u64;
        if read > self.ceiling.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a record is longer than {MAX_LINE_BYTES} bytes")));
        }
        Ok(got)
    }
}

/// Guesses what a file holds from its name, else from the fields of its first record.
pub(super) fn guess_kind(path: &Path) -> io::Result<Option<Kind>> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let kinds = [("venue", Kind::Venue), ("performer", Kind::Performer), ("series", Kind::Series), ("event", Kind::Event)];
    if let Some((_, kind)) = kinds.into_iter().find(|(word, _)| name.contains(word)) {
        return Ok(Some(kind));
    }
    let fields: Map<String, Value> = match Source::open(path)?.next()? {
        Some((_, Raw::Json(line))) => serde_json::from_slice(&line).unwrap_or_default(),
        Some((_, Raw::Cells(cells))) => cells,
        _ => Map::new(),
    };
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    let kind = match () {
        () if has(&["start", "venue_id", "performers"]) => Some(Kind::Event),
        () if has(&["timezone", "lat", "address"]) => Some(Kind::Venue),
        () if has(&["sort_name", "kinds", "instrument", "instruments", "sport"]) => Some(Kind::Performer),
        () if has(&["title"]) => Some(Kind::Series),
        () => None,
    };
    Ok(kind)
}
