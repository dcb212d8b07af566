//! An answer's bytes. What every answer shows of an event is written when the first one does, and kept with the event; of venues,
//! performers and series likewise. The gateway's tests hold the bytes against the OpenAPI document.

use std::io::Write as _;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use serde::ser::Error as _;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::answer::{Answer, CastHit, EventHit, EventShown, EventWritten, Hit};
use super::query::Kind;

/// What a hit takes, nearly always.
const HIT_BYTES: usize = 1_400;

/// Writes an answer as JSON.
pub fn json(answer: &Answer) -> Vec<u8> {
    let Answer { items, total, facets, did_you_mean, corrected, histograms, next_cursor, generation } = answer;
    let mut out = Vec::with_capacity(1_000 + items.len() * HIT_BYTES);
    list(&mut out, "{\"items\":", items, |out, hit| match hit {
        Hit::Event(hit) => event(out, hit),
        other => any(out, other),
    });
    field(&mut out, ",\"total\":", total);
    if !facets.is_empty() {
        field(&mut out, ",\"facets\":", facets);
    }
    did_you_mean.iter().for_each(|better| field(&mut out, ",\"did_you_mean\":", better));
    corrected.iter().for_each(|corrected| field(&mut out, ",\"corrected\":", corrected));
    if !histograms.is_empty() {
        field(&mut out, ",\"histograms\":", histograms);
    }
    field(&mut out, ",\"next_cursor\":", next_cursor);
    field(&mut out, ",\"generation\":", generation);
    out.push(b'}');
    out
}

impl Serialize for EventHit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = Vec::with_capacity(HIT_BYTES);
        event(&mut out, self);
        let json: &RawValue = serde_json::from_slice(&out).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

fn event(out: &mut Vec<u8>, hit: &EventHit) {
    let write = || {
        let (mut begin, mut rest) = (Vec::with_capacity(HIT_BYTES), Vec::with_capacity(HIT_BYTES));
        before(&mut begin, hit);
        behind(&mut rest, hit);
        EventWritten { before: begin.into(), behind: rest.into() }
    };
    let written = hit.written.as_ref().map(|written| written.get_or_init(write));
    match written {
        Some(written) => out.extend_from_slice(&written.before),
        None => before(out, hit),
    }
    list(out, ",\"highlights\":", &hit.highlights, any);
    match written {
        Some(written) => out.extend_from_slice(&written.behind),
        None => behind(out, hit),
    }
    raw(out, ",\"availability\":\"", hit.availability.as_str());
    instant(out, "\",\"availability_as_of\":", Some(hit.availability_as_of));
    hit.distance_km.iter().for_each(|km| field(out, ",\"distance_km\":", km));
    if let Some(dates) = &hit.dates {
        field(out, ",\"dates\":", &dates.dates);
        field(out, ",\"next_date\":", &dates.next_date);
        field(out, ",\"cities\":", &dates.cities);
    }
    out.push(b'}');
}

/// What an event's JSON begins with.
fn before(out: &mut Vec<u8>, event: &EventShown) {
    raw(out, "{\"kind\":\"", Kind::Event.as_str());
    raw(out, "\",\"id\":\"", event.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    out.push(b'"');
    event.external_id.iter().for_each(|id| text(out, ",\"external_id\":", id));
    text(out, ",\"slug\":", &event.slug);
    text(out, ",\"title\":", &event.title);
}

/// What follows the highlights.
fn behind(out: &mut Vec<u8>, event: &EventShown) {
    raw(out, ",\"series\":", event.series.as_ref().map_or("null", |series| series.json()));
    text(out, ",\"category\":", &event.category);
    text(out, ",\"genre\":", &event.genre);
    raw(out, ",\"status\":\"", event.status.as_str());
    instant(out, "\",\"starts_at\":", Some(event.starts_at));
    instant(out, ",\"ends_at\":", event.ends_at);
    field(out, ",\"start_precision\":", &event.start_precision);
    text(out, ",\"local_date\":", &event.local_date);
    text(out, ",\"local_time\":", &event.local_time);
    text(out, ",\"timezone\":", &event.timezone);
    raw(out, ",\"venue\":", event.venue.as_ref().map_or("null", |venue| venue.json()));
    list(out, ",\"performers\":", &event.performers, on_stage);
    field(out, ",\"price_from\":", &event.price_from);
    field(out, ",\"price_to\":", &event.price_to);
}

/// A performer with the role behind the last of its fields.
fn on_stage(out: &mut Vec<u8>, cast: &CastHit) {
    let performer = cast.performer.json();
    raw(out, performer.strip_suffix('}').unwrap_or(performer), "");
    text(out, ",\"role\":", &cast.role);
    out.push(b'}');
}

fn raw(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(value.as_bytes());
}

/// Most texts have nothing to escape.
fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    if value.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        return field(out, name, value);
    }
    raw(out, name, "\"");
    raw(out, value, "\"");
}

/// RFC 3339, in UTC.
fn instant(out: &mut Vec<u8>, name: &str, at: Option<Timestamp>) {
    let Some(at) = at else { return raw(out, name, "null") };
    raw(out, name, "\"");
    let time = Offset::UTC.to_datetime(at);
    match u16::try_from(time.year()) {
        Ok(year) if time.subsec_nanosecond() == 0 => {
            let (month, day) = (time.month().unsigned_abs(), time.day().unsigned_abs());
            let (hour, minute, second) = (time.hour(), time.minute(), time.second());
            digits(out, (year / 100) as u8, "");
            digits(out, (year % 100) as u8, "-");
            digits(out, month, "-");
            digits(out, day, "T");
            digits(out, hour.unsigned_abs(), ":");
            digits(out, minute.unsigned_abs(), ":");
            digits(out, second.unsigned_abs(), "Z\"");
        }
        _ => drop(write!(out, "{at}\"")),
    }
}

/// Two digits, and what stands behind them.
fn digits(out: &mut Vec<u8>, number: u8, behind: &str) {
    out.extend_from_slice(&[b'0' + number / 10 % 10, b'0' + number % 10]);
    out.extend_from_slice(behind.as_bytes());
}

fn list<T>(out: &mut Vec<u8>, name: &str, items: &[T], one: impl Fn(&mut Vec<u8>, &T)) {
    raw(out, name, "[");
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        one(out, item);
    }
    out.push(b']');
}

fn field<T: Serialize + ?Sized>(out: &mut Vec<u8>, name: &str, value: &T) {
    raw(out, name, "");
    any(out, value);
}

/// Whatever serde writes.
fn any<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).unwrap_or_else(|fault| unreachable!("an answer is plain data: {fault}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn texts_and_times_are_written_as_serde_writes_them() {
        for value in ["", "plain", "Dvořák’s", "a\"b", "a\\b", "\u{0}\u{1f} \n", "\u{7f}"] {
            assert_eq!(written(|out| text(out, "", value)), serde_json::to_string(value).expect("JSON"));
        }
        for second in [-62_135_596_800, -62_200_000_000, -1, 0, 1_795_384_307, 253_402_207_200] {
            let at = Timestamp::from_second(second).expect("in range");
            assert_eq!(written(|out| instant(out, "", Some(at))), serde_json::to_string(&at).expect("JSON"));
        }
        let fine = Timestamp::from_microsecond(1_500_000).expect("in range");
        assert_eq!(written(|out| instant(out, "", Some(fine))), serde_json::to_string(&fine).expect("JSON"));
        assert_eq!(written(|out| instant(out, "", None)), "null");
    }

    #[test]
    fn an_event_is_written_alike_alone_and_in_an_answer() {
        use crate::index::card::PerformerRef;
        use crate::search::answer::{Facets, Histograms, Prepared};
        use std::sync::Arc;
        let of = |external_id: Option<&str>| PerformerRef {
            id: Uuid::from_u128(3),
            external_id: external_id.map(str::to_owned),
            slug: "owls".into(),
            name: "The \"Owls\"".into(),
        };
        let cast = |external_id| CastHit { performer: Arc::new(Prepared::new(of(external_id))), role: "sup\"port".into() };
        let event = EventShown { performers: vec![cast(None), cast(Some("p-3"))], ..EventShown::for_testing(1) };
        let hit = EventHit {
            event: Arc::new(event),
            highlights: vec![],
            availability: domain::event::Availability::Few,
            availability_as_of: Timestamp::UNIX_EPOCH,
            distance_km: Some(1.5),
            dates: None,
        };
        let alone = serde_json::to_value(&hit).expect("JSON");
        assert_eq!(alone["title"], hit.title.as_str());
        assert_eq!(alone["performers"][1]["external_id"], "p-3");
        assert_eq!(alone["performers"][0]["role"], "sup\"port");
        let answer = Answer {
            items: vec![Hit::Event(Box::new(hit.clone())), Hit::Event(Box::new(hit))],
            total: 2,
            facets: Facets::default(),
            did_you_mean: None,
            corrected: Some("owls".into()),
            histograms: Histograms::default(),
            next_cursor: None,
            generation: 1,
        };
        let read: serde_json::Value = serde_json::from_slice(&json(&answer)).expect("JSON");
        assert_eq!((&read["items"][0], &read["items"][1]), (&alone, &alone));
        assert_eq!(read, serde_json::to_value(&answer).expect("JSON"), "and the rest as serde writes it");
    }
}
