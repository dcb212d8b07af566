//! The reading thread: records parsed and checked, in batches, with the lines that are bad.

use std::io;
use std::path::Path;

use domain::Invalid;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::Sender;

use super::draft::{Drafts, EventDraft, Named, VenueDraft};
use super::report::{BadLine, BadLines, Progress};
use super::seen::Seen;
use super::shape::{self, EventShape, PerformerShape, SeriesShape, VenueShape};
use super::source::{Raw, Source};
use crate::model::{Kind, NewPerformer, NewSeries};

const BATCH_LINES: usize = 4_000;
/// A batch ends before its lines when their text is as long as this.
const BATCH_BYTES: usize = 4 << 20;

/// Some records, and how far the file is read.
pub(super) struct Batch {
    pub drafts: Drafts,
    pub bad: BadLines,
    pub progress: Progress,
    /// Nothing follows: a file whose last batch never came was not read to its end.
    pub last: bool,
}

/// Reads a whole file into the channel; ends early when nobody receives any more.
pub(super) fn read(path: &Path, kind: Kind, from: &str, batches: &Sender<io::Result<Batch>>) -> io::Result<()> {
    let source = Source::open(path)?;
    match kind {
        Kind::Venue => Reading::<VenueShape, VenueDraft>::new(source, from).run(batches, Drafts::Venues),
        Kind::Performer => Reading::<PerformerShape, NewPerformer>::new(source, from).run(batches, Drafts::Performers),
        Kind::Series => Reading::<SeriesShape, NewSeries>::new(source, from).run(batches, Drafts::Series),
        Kind::Event => Reading::<EventShape, EventDraft>::new(source, from).run(batches, Drafts::Events),
        Kind::Image => Err(io::Error::new(io::ErrorKind::Unsupported, "images are uploaded")),
        Kind::City => Err(io::Error::new(io::ErrorKind::Unsupported, "cities come with their venues")),
    }
}

/// Records with their lines, bad lines, and whether the file goes on.
type Parsed<Draft> = (Vec<(u64, Draft)>, BadLines, bool);

struct Reading<Shape, Draft> {
    source: Source,
    /// Whose records these are that do not say it themselves.
    from: String,
    seen: Seen,
    lines: u64,
    shape: std::marker::PhantomData<(Shape, Draft)>,
}

impl<Shape: DeserializeOwned, Draft: TryFrom<Shape, Error = Invalid> + Named> Reading<Shape, Draft> {
    fn new(source: Source, from: &str) -> Self {
        Self { source, from: from.to_owned(), seen: Seen::default(), lines: 0, shape: std::marker::PhantomData }
    }

    fn run(mut self, batches: &Sender<io::Result<Batch>>, wrap: fn(Vec<(u64, Draft)>) -> Drafts) -> io::Result<()> {
        loop {
            let (drafts, mut bad, more) = self.batch()?;
            if !more {
                std::mem::take(&mut self.seen).twice(|first, line| bad.push(stands_twice(first, line)))?;
            }
            let progress =
                Progress { bytes_read: self.source.bytes_read(), bytes_total: self.source.bytes_total, lines: self.lines };
            let gone = batches.blocking_send(Ok(Batch { drafts: wrap(drafts), bad, progress, last: !more })).is_err();
            if gone || !more {
                return Ok(());
            }
        }
    }

    /// The next records; whether the file goes on.
    fn batch(&mut self) -> io::Result<Parsed<Draft>> {
        let (mut drafts, mut bad, mut bytes) = (Vec::new(), BadLines::default(), 0);
        for _ in 0..BATCH_LINES {
            let Some((line, raw)) = self.source.next()? else { return Ok((drafts, bad, false)) };
            self.lines += 1;
            bytes += raw.bytes();
            match draft::<Shape, Draft>(raw) {
                Ok(mut draft) => {
                    if draft.source().is_empty() {
                        self.from.clone_into(draft.source());
                    }
                    let source = draft.source().clone();
                    let name = format!("{source}\n{}", draft.external_id());
                    self.seen.note(&name, line)?;
                    drafts.push((line, draft));
                }
                Err((field, detail)) => bad.push(BadLine { line, field, detail }),
            }
            if bytes >= BATCH_BYTES {
                break;
            }
        }
        Ok((drafts, bad, true))
    }
}

fn draft<Shape: DeserializeOwned, Draft: TryFrom<Shape, Error = Invalid>>(raw: Raw) -> Result<Draft, shape::Misfit> {
    let shape: Shape = match raw {
        Raw::Json(text) => shape::from_line(&text)?,
        Raw::Cells(cells) => shape::from_cells(cells)?,
        Raw::Broken(field, detail) => return Err((field, detail)),
    };
    Draft::try_from(shape).map_err(|invalid| (Some(invalid.field), invalid.detail))
}

fn stands_twice(first: u64, line: u64) -> BadLine {
    BadLine { line, field: Some("id".to_owned()), detail: format!("the same id stands on line {first} already") }
}
