//! When a question looks: an interval of seconds that cuts a segment, and what only each event's own calendar decides.

use std::ops::Range;

use jiff::{Timestamp, civil::Date};
use tantivy::DocId;

use super::bits::bit;
use crate::index::day_number;
use crate::index::schema::NO_START;
use crate::search::question::query::{Query, TimeBound};
use crate::search::question::query::{first_instant, first_second, last_instant, last_second};
use crate::search::segment::columns::Columns;
use crate::search::segment::months::joined;
use crate::search::segment::names::Names;

/// The time filters of a question.
pub struct Times {
    /// Outside of these no event can be meant.
    pub seconds: Range<i64>,
    /// The last second in which an event may begin, where some that begin by then stand behind it in the order.
    until: Option<i64>,
    days: Option<Range<i64>>,
    /// The local days of each month asked for.
    months: Vec<Range<i64>>,
    /// By zone number: the seconds of the occasion there.
    occasions: Option<Vec<Range<i64>>>,
}

impl Times {
    /// Takes     `by_month`: whether months may cut the interval too; not when months are counted without their own filter. `elsewhere`:
    ///           whether some event stands elsewhere in the order than where it begins.
    pub fn new(query: &Query, now: Timestamp, names: &Names, by_month: bool, elsewhere: bool) -> Self {
        let mut seconds = seconds(query, now);
        let until = if elsewhere { last_begin(query) } else { None };
        if until.is_some() {
            seconds.end = seconds.end.saturating_add(LONGEST_DAY);
        }
        let mut times = Self {
            seconds,
            until,
            days: days(query),
            months: query.month.iter().map(|first| month(*first)).collect(),
            occasions: occasions(query, now, names),
        };
        if let Some(occasions) = &times.occasions {
            times.seconds = narrower(times.seconds, occasions.iter().cloned());
        }
        if by_month && !times.months.is_empty() {
            let anywhere = times.months.iter().map(|days| first_second(days.start)..last_second(days.end - 1) + 1);
            times.seconds = narrower(times.seconds, anywhere);
        }
        times
    }

    /// Whether the interval says it all.
    pub fn only_seconds(&self) -> bool {
        self.until.is_none() && self.days.is_none() && self.months.is_empty() && self.occasions.is_none()
    }

    /// The days asked for, as the documents of a range within the interval have them.
    pub fn calendar<'a>(&self, columns: &'a Columns, docs: DocId, range: &Range<DocId>) -> Calendar<'a> {
        calendar(self.days.clone().unwrap_or(ALWAYS), self.until, columns, docs, range)
    }

    /// The days asked for as spans that share none: one for those without a gap between them.
    ///
    /// Takes     `months`: whether months have a say.
    fn spans(&self, months: bool) -> Vec<Range<i64>> {
        let all = self.days.clone().unwrap_or(ALWAYS);
        if !months || self.months.is_empty() {
            return vec![all];
        }
        let spans = joined(self.months.clone()).into_iter();
        spans.map(|days| days.start.max(all.start)..days.end.min(all.end)).filter(|days| !days.is_empty()).collect()
    }

    /// Where the documents of a range within the interval stand that are on the days asked for, each in one calendar at most.
    pub fn calendars<'a>(&self, columns: &'a Columns, docs: DocId, range: &Range<DocId>, months: bool) -> Vec<Calendar<'a>> {
        self.spans(months).into_iter().map(|days| calendar(days, self.until, columns, docs, range)).collect()
    }

    /// Which time filters refuse an event.
    #[inline]
    pub fn fails(&self, columns: &Columns, doc: DocId) -> u16 {
        if self.only_seconds() {
            return 0;
        }
        let mut fails = 0;
        let day = columns.day.first(doc).unwrap_or(0);
        let begins_late = self.until.is_some_and(|until| columns.begins(doc) > until);
        if begins_late || self.days.as_ref().is_some_and(|days| !days.contains(&day)) {
            fails |= bit::DAY;
        }
        if !self.months.is_empty() && !self.months.iter().any(|days| days.contains(&day)) {
            fails |= bit::MONTH;
        }
        if let Some(occasions) = &self.occasions {
            let there = occasions.get(columns.label(doc).zone as usize);
            let start = columns.start.first(doc).unwrap_or(NO_START);
            fails |= if there.is_some_and(|seconds| seconds.contains(&start)) { 0 } else { bit::WHEN };
        }
        fails
    }
}

/// Which documents are on some days: most by their place in the order, those at its ends by their own calendars.
pub struct Calendar<'a> {
    columns: &'a Columns,
    /// None beyond these is.
    pub range: Range<DocId>,
    /// All of these are.
    pub certain: Range<DocId>,
    days: Range<i64>,
    /// The last second in which one of these begins.
    until: i64,
}

/// No day on any calendar of today is longer, in seconds.
const LONGEST_DAY: i64 = 26 * 3_600;
/// The first day of 1901: no clock was further from UTC since.
const AGREED: i64 = -25_202;
/// All days.
const ALWAYS: Range<i64> = i64::MIN..i64::MAX;

/// The days as the documents of a range have them.
///
/// Source    a day begins somewhere fourteen hours early and ends twelve late; before the clocks of the world agreed on zones some were
///           further away, so that a day of then is certain only when its neighbour is over, and possible a day earlier and later.
fn calendar<'a>(days: Range<i64>, until: Option<i64>, columns: &'a Columns, docs: DocId, range: &Range<DocId>) -> Calendar<'a> {
    let at = |second: i64| columns.first_from(second, docs).clamp(range.start, range.end);
    let early = until.map_or(range.end, |until| at(until + 1));
    let until = until.unwrap_or(i64::MAX);
    if days == ALWAYS {
        return Calendar { columns, range: range.clone(), certain: range.start..early, days, until };
    }
    let start = |second: fn(i64) -> i64, day: i64| if days.start == i64::MIN { range.start } else { at(second(day)) };
    let end = |second: fn(i64) -> i64, day: i64| if days.end == i64::MAX { range.end } else { at(second(day)) };
    let over: fn(i64) -> i64 = |day| last_second(day - 1) + 1;
    let apart = |day: i64| i64::from(day < AGREED);
    let (sooner, later) = (apart(days.start), apart(days.end));
    let around = start(first_second, days.start.saturating_sub(sooner))..end(over, days.end.saturating_add(later));
    let certain =
        start(over, days.start.saturating_add(sooner)).min(around.end)..end(first_second, days.end.saturating_sub(later));
    let certain = certain.start..certain.end.min(early).max(certain.start);
    Calendar { columns, range: around, certain, days, until }
}

impl Calendar<'_> {
    #[inline]
    pub fn allows(&self, doc: DocId) -> bool {
        self.certain.contains(&doc)
            || self.days.contains(&self.columns.day.first(doc).unwrap_or(0)) && self.columns.begins(doc) <= self.until
    }

    /// What is not certain of its range.
    pub fn ends(&self) -> [Range<DocId>; 2] {
        [self.range.start..self.certain.start, self.certain.end..self.range.end]
    }
}

/// What an interval shares with the one around all spans.
fn narrower(seconds: Range<i64>, spans: impl Iterator<Item = Range<i64>>) -> Range<i64> {
    let around = spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..0);
    seconds.start.max(around.start)..seconds.end.min(around.end)
}

/// The local days that the bounds name, if they name days.
fn days(query: &Query) -> Option<Range<i64>> {
    let day = |bound: Option<TimeBound>| match bound {
        Some(TimeBound::Day(day)) => Some(day_number(day)),
        _ => None,
    };
    let (from, to) = (day(query.from), day(query.to));
    (from.is_some() || to.is_some()).then(|| from.unwrap_or(i64::MIN)..to.map_or(i64::MAX, |day| day + 1))
}

/// The local days of the month that begins on a day.
fn month(first: Date) -> Range<i64> {
    day_number(first)..day_number(first.last_of_month()) + 1
}

/// When the occasion is, in each zone that the index knows.
fn occasions(query: &Query, now: Timestamp, names: &Names) -> Option<Vec<Range<i64>>> {
    let occasion = query.when?;
    Some(names.zones.iter().map(|zone| occasion.seconds(now, zone)).collect())
}

/// The last second in which an event may begin, if an instant says it: days say it by each venue's own calendar.
fn last_begin(query: &Query) -> Option<i64> {
    match query.to {
        Some(TimeBound::Instant(at)) => Some(at.as_second()),
        _ => None,
    }
}

/// The seconds outside of which no event can be meant.
fn seconds(query: &Query, now: Timestamp) -> Range<i64> {
    let from = match query.from {
        Some(TimeBound::Instant(at)) => at.as_second() + i64::from(at.subsec_nanosecond() > 0),
        Some(TimeBound::Day(day)) => first_instant(day),
        None if query.past => NO_START + 1,
        None => now.as_second(),
    };
    let to = match query.to {
        Some(TimeBound::Instant(at)) => at.as_second() + 1,
        Some(TimeBound::Day(day)) => last_instant(day) + 1,
        None => i64::MAX,
    };
    from.max(NO_START + 1)..to
}
