//! The events of a time that a question names, as a list of documents.

use std::ops::Range;
use std::sync::PoisonError;

use jiff::Timestamp;
use jiff::civil::Date;
use tantivy::DocId;

use crate::index::day_number;
use crate::index::schema::NO_START;
use crate::search::question::occasion::Occasion;
use crate::search::question::query::{first_second, last_second};
use crate::search::segment::Segment;
use crate::search::segment::snapshot::Snapshot;

/// A span of time by the calendar of each venue.
#[derive(Debug, PartialEq, Eq)]
pub struct When {
    /// Outside of these seconds it is nowhere.
    anywhere: Range<i64>,
    there: There,
}

#[derive(Debug, PartialEq, Eq)]
enum There {
    /// By zone number.
    Seconds(Vec<Range<i64>>),
    Days(Range<i64>),
}

impl When {
    pub fn of_occasion(occasion: Occasion, now: Timestamp, snapshot: &Snapshot) -> Self {
        let names = snapshot.names.read().unwrap_or_else(PoisonError::into_inner);
        let seconds: Vec<Range<i64>> = names.zones.iter().map(|zone| occasion.seconds(now, zone)).collect();
        let around = seconds.iter().cloned().reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
        Self { anywhere: around.unwrap_or(0..0), there: There::Seconds(seconds) }
    }

    /// Takes     `first`: the first day of the month.
    pub fn of_month(first: Date) -> Self {
        let days = day_number(first)..day_number(first.last_of_month()) + 1;
        Self { anywhere: first_second(days.start)..last_second(days.end - 1) + 1, there: There::Days(days) }
    }

    /// The documents of a segment that may be meant.
    pub fn range(&self, segment: &Segment) -> Range<DocId> {
        let from = segment.first_from(self.anywhere.start).max(segment.columns.undated);
        from..segment.first_from(self.anywhere.end).max(from)
    }

    /// The documents of a segment that are meant, in their order.
    ///
    /// Cost      a look at each document of the [range](Self::range).
    pub fn docs(&self, segment: &Segment) -> Vec<DocId> {
        let columns = &segment.columns;
        let meant = |doc: &DocId| match &self.there {
            There::Days(days) => columns.day.first(*doc).is_some_and(|day| days.contains(&day)),
            There::Seconds(zones) => {
                let seconds = zones.get(columns.label(*doc).zone as usize);
                seconds.is_some_and(|seconds| seconds.contains(&columns.start.first(*doc).unwrap_or(NO_START)))
            }
        };
        self.range(segment).filter(meant).collect()
    }
}
