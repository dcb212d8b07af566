//! The reading thread: records parsed and checked, in batches, with the lines that are bad.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc::Sender;

use super::draft::{Drafts, EventDraft, VenueDraft};
use super::report::{BadLine, MAX_LINES, Progress};
use super::shape::{self, EventShape, PerformerShape, SeriesShape, VenueShape};
use super::source::{Raw, Source};
use crate::model::{Kind, NewPerformer, NewSeries};
use crate::write::Invalid;

const BATCH_LINES: usize = 4_000;

/// Some records, and how far the file is read.
pub(super) struct Batch {
    pub drafts: Drafts,
    pub bad: Vec<BadLine>,
    pub progress: Progress,
}

/// Reads a whole file into the channel; ends early when nobody receives any more.
pub(super) fn read(path: &Path, kind: Kind, batches: &Sender<io::Result<Batch>>) -> io::Result<()> {
    let source = Source::open(path)?;
    match kind {
        Kind::Venue => {
            Reading::<VenueShape, VenueDraft>::new(source).run(batches, Drafts::Venues, |draft| &draft.new.external_id)
        }
        Kind::Performer => {
            Reading::<PerformerShape, NewPerformer>::new(source).run(batches, Drafts::Performers, |new| &new.external_id)
        }
        Kind::Series => Reading::<SeriesShape, NewSeries>::new(source).run(batches, Drafts::Series, |new| &new.external_id),
        Kind::Event => {
            Reading::<EventShape, EventDraft>::new(source).run(batches, Drafts::Events, |draft| &draft.new.external_id)
        }
        Kind::Image => Err(io::Error::new(io::ErrorKind::Unsupported, "images are uploaded")),
        Kind::City => Err(io::Error::new(io::ErrorKind::Unsupported, "cities come with their venues")),
    }
}

/// Records with their lines, bad lines, and whether the file goes on.
type Parsed<Draft> = (Vec<(u64, Draft)>, Vec<BadLine>, bool);

struct Reading<Shape, Draft> {
    source: Source,
    /// Ids so far, with their lines.
    seen: HashMap<String, u64>,
    lines: u64,
    shape: std::marker::PhantomData<(Shape, Draft)>,
}

impl<Shape: DeserializeOwned, Draft: TryFrom<Shape, Error = Invalid>> Reading<Shape, Draft> {
    fn new(source: Source) -> Self {
        Self { source, seen: HashMap::new(), lines: 0, shape: std::marker::PhantomData }
    }

    fn run(
        mut self,
        batches: &Sender<io::Result<Batch>>,
        wrap: fn(Vec<(u64, Draft)>) -> Drafts,
        id: fn(&Draft) -> &Option<String>,
    ) -> io::Result<()> {
        loop {
            let (drafts, bad, more) = self.batch(id)?;
            let progress =
                Progress { bytes_read: self.source.bytes_read(), bytes_total: self.source.bytes_total, lines: self.lines };
            let gone = batches.blocking_send(Ok(Batch { drafts: wrap(drafts), bad, progress })).is_err();
            if gone || !more {
                return Ok(());
            }
        }
    }

    /// The next records; whether the file goes on.
    fn batch(&mut self, id: fn(&Draft) -> &Option<String>) -> io::Result<Parsed<Draft>> {
        let (mut drafts, mut bad) = (Vec::new(), Vec::new());
        for _ in 0..BATCH_LINES {
            let Some((line, raw)) = self.source.next()? else { return Ok((drafts, bad, false)) };
            self.lines += 1;
            if self.lines > MAX_LINES {
                bad.push(BadLine { line, field: None, detail: format!("a file may have {MAX_LINES} records: split it") });
                return Ok((drafts, bad, false));
            }
            match self.draft(line, raw, id) {
                Ok(draft) => drafts.push((line, draft)),
                Err((field, detail)) => bad.push(BadLine { line, field, detail }),
            }
        }
        Ok((drafts, bad, true))
    }

    fn draft(&mut self, line: u64, raw: Raw, id: fn(&Draft) -> &Option<String>) -> Result<Draft, shape::Misfit> {
        let shape: Shape = match raw {
            Raw::Json(text) => shape::from_line(&text)?,
            Raw::Cells(cells) => shape::from_cells(cells)?,
            Raw::Broken(field, detail) => return Err((field, detail)),
        };
        let draft = Draft::try_from(shape).map_err(|invalid| (Some(invalid.field), invalid.detail))?;
        let id = id(&draft).clone().unwrap_or_default();
        match self.seen.insert(id.clone(), line) {
            Some(first) => Err((Some("id".to_owned()), format!("{id:?} stands on line {first} already"))),
            None => Ok(draft),
        }
    }
}
