//! An answer's bytes, written while its hits are read. What all answers show alike is kept: of events that were shown lately
//! ([`crate::search::segment::kept`]), of venues, performers and series. The gateway's tests hold the bytes against the OpenAPI document.

use std::sync::Arc;

use domain::money::Money;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;
use serde::ser::Error as _;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::answer::{Answer, CastHit, EventHit, EventShown, Highlight, Hit, NextDate, SeriesDates, TierHit};
use super::hits::{Hits, Reading, kilometres};
use crate::index::Fault;
use crate::model::Kind;
use crate::search::clock;
use crate::search::overlay::Badge;
use crate::search::question::query::DEFAULT_LIMIT;
use crate::search::segment::kept::{Kept, Unmarked};
use crate::search::walk::place::Place;

/// What a hit takes, nearly always.
const HIT_BYTES: usize = 1_400;

/// The hits of a page as they stand in an answer's JSON.
pub struct Written {
    out: Vec<u8>,
    card: Vec<u8>,
}

impl Default for Written {
    fn default() -> Self {
        let mut out = Vec::with_capacity(1_000 + usize::from(DEFAULT_LIMIT) * HIT_BYTES);
        raw(&mut out, "{\"items\":[", "");
        Self { out, card: Vec::new() }
    }
}

impl Hits for Written {
    fn add(&mut self, reading: &Reading<'_>, place: &Place) -> Result<(), Fault> {
        let Self { out, card } = self;
        if out.last() != Some(&b'[') {
            out.push(b',');
        }
        if reading.shows_plainly(place) {
            return plain_event(out, reading, place, card);
        }
        match reading.hit(place, card)? {
            Hit::Event(hit) => event(out, &hit),
            other => any(out, &other),
        }
        Ok(())
    }
}

/// An event without highlights: as it was written before, or as it is read now.
fn plain_event(out: &mut Vec<u8>, reading: &Reading<'_>, place: &Place, card: &mut Vec<u8>) -> Result<(), Fault> {
    let kept = reading.kept(place.segment);
    let copied = kept.with(place.doc, |kept| {
        out.extend_from_slice(&kept.json);
        (kept.id, kept.sale, Arc::clone(&kept.tiers))
    });
    let (id, sale, tiers) = match copied {
        Some(copied) => copied,
        None => {
            let (event, begins) = (reading.shown(place.segment, place.doc, card)?, out.len());
            shown(out, &event, &[]);
            let tiers: Arc<[Unmarked]> = event.tiers.iter().map(unmarked).collect();
            if kept.again(place.doc) {
                let (json, tiers) = (out[begins..].into(), Arc::clone(&tiers));
                kept.keep(place.doc, Kept { id: event.id, sale: event.sale, json, tiers });
            }
            (event.id, event.sale, tiers)
        }
    };
    let badge = reading.badge(place, id, sale);
    rest(out, &tiers, &badge, place.metres.map(kilometres), reading.dates(place)?.as_deref());
    Ok(())
}

/// Writes an answer as JSON.
pub fn json(answer: Answer<Written>) -> Vec<u8> {
    let Answer {
        items,
        total,
        facets,
        did_you_mean,
        corrected,
        relaxed,
        understood,
        currency,
        histograms,
        next_cursor,
        generation,
    } = answer;
    let mut out = items.out;
    field(&mut out, "],\"total\":", &total);
    if !facets.is_empty() {
        field(&mut out, ",\"facets\":", &facets);
    }
    did_you_mean.iter().for_each(|better| field(&mut out, ",\"did_you_mean\":", better));
    corrected.iter().for_each(|corrected| field(&mut out, ",\"corrected\":", corrected));
    if !relaxed.is_empty() {
        field(&mut out, ",\"relaxed\":", &relaxed);
    }
    if !understood.is_empty() {
        field(&mut out, ",\"understood\":", &understood);
    }
    currency.iter().for_each(|currency| field(&mut out, ",\"currency\":", currency.code()));
    if !histograms.is_empty() {
        field(&mut out, ",\"histograms\":", &histograms);
    }
    field(&mut out, ",\"next_cursor\":", &next_cursor);
    field(&mut out, ",\"generation\":", &generation);
    out.push(b'}');
    out
}

impl Serialize for EventHit<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = Vec::with_capacity(HIT_BYTES);
        event(&mut out, self);
        let json: &RawValue = serde_json::from_slice(&out).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

fn event(out: &mut Vec<u8>, hit: &EventHit<'_>) {
    shown(out, hit, &hit.highlights);
    let tiers: Vec<_> = hit.tiers.iter().map(unmarked).collect();
    rest(out, &tiers, &hit.badge, hit.distance_km, hit.dates.as_deref());
}

/// What an event's JSON ends with.
fn rest(out: &mut Vec<u8>, tiers: &[Unmarked], badge: &Badge, km: Option<f64>, dates: Option<&SeriesDates>) {
    list(out, ",\"tiers\":", tiers, |out, (id, tier)| {
        out.extend_from_slice(tier);
        raw(out, badge.of(*id).as_str(), "\"}");
    });
    raw(out, ",\"availability\":\"", badge.availability.as_str());
    instant(out, "\",\"availability_as_of\":", badge.as_of);
    km.iter().for_each(|km| field(out, ",\"distance_km\":", km));
    if let Some(dates) = dates {
        field(out, ",\"dates\":", &dates.dates);
        next_date(out, &dates.next_date);
        field(out, ",\"cities\":", &dates.cities);
    }
    out.push(b'}');
}

/// A tier up to its badge.
fn unmarked(tier: &TierHit<'_>) -> Unmarked {
    let mut out = Vec::with_capacity(80);
    text(&mut out, "{\"name\":", &tier.name);
    money(&mut out, ",\"price\":", Some(tier.price));
    raw(&mut out, ",\"availability\":\"", "");
    (tier.id, out.into())
}

fn next_date(out: &mut Vec<u8>, next: &NextDate) {
    raw(out, ",\"next_date\":{\"id\":\"", next.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    text(out, "\",\"slug\":", &next.slug);
    instant(out, ",\"starts_at\":", next.starts_at);
    local(out, next.local, &next.timezone);
    out.push(b'}');
}

/// What stands before an event's badge.
fn shown(out: &mut Vec<u8>, event: &EventShown<'_>, highlights: &[Highlight]) {
    raw(out, "{\"kind\":\"", Kind::Event.as_str());
    raw(out, "\",\"id\":\"", event.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    out.push(b'"');
    event.external_id.iter().for_each(|id| text(out, ",\"external_id\":", id));
    text(out, ",\"slug\":", &event.slug);
    text(out, ",\"title\":", &event.title);
    list(out, ",\"highlights\":", highlights, any);
    raw(out, ",\"series\":", event.series.as_ref().map_or("null", |series| series.json()));
    text(out, ",\"category\":", &event.category);
    text(out, ",\"genre\":", &event.genre);
    raw(out, ",\"status\":\"", event.status.as_str());
    instant(out, "\",\"starts_at\":", event.starts_at);
    match event.ends_at {
        Some(ends_at) => instant(out, ",\"ends_at\":", ends_at),
        None => raw(out, ",\"ends_at\":null", ""),
    }
    field(out, ",\"start_precision\":", &event.start_precision);
    local(out, event.local, &event.timezone);
    raw(out, ",\"venue\":", event.venue.as_ref().map_or("null", |venue| venue.json()));
    list(out, ",\"performers\":", &event.performers, on_stage);
    money(out, ",\"price_from\":", event.price_from);
    money(out, ",\"price_to\":", event.price_to);
    event.image.iter().for_each(|image| raw(out, ",\"image\":", image.json()));
    if !event.language.is_empty() {
        text(out, ",\"language\":", &event.language);
    }
    event.released.iter().for_each(|day| text(out, ",\"released\":", &day.to_string()));
    if !event.extras.is_empty() {
        raw(out, ",\"extras\":", &event.extras);
    }
}

/// A performer with the role behind the last of its fields.
fn on_stage(out: &mut Vec<u8>, cast: &CastHit<'_>) {
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
    if !is_plain(value.as_bytes()) {
        return field(out, name, value);
    }
    raw(out, name, "\"");
    raw(out, value, "\"");
}

/// Whether JSON escapes none of the bytes; eight are looked at together.
fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    let all_plain = |eight: [u8; 8]| {
        let eight = u64::from_ne_bytes(eight);
        // taking the limit away sets the highest bit of a byte below it, and of no byte when none is below it
        let below = |bytes: u64, limit: u64| bytes.wrapping_sub(ONES * limit) & !bytes;
        let equals = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
        (below(eight, 0x20) | equals(b'"') | equals(b'\\')) & HIGHEST == 0
    };
    let (eights, rest) = text.as_chunks::<8>();
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    eights.iter().all(|eight| all_plain(*eight)) && all_plain(last)
}

fn money(out: &mut Vec<u8>, name: &str, money: Option<Money>) {
    let Some(Money { amount, currency }) = money else { return raw(out, name, "null") };
    raw(out, name, "{\"amount\":");
    any(out, &amount);
    raw(out, ",\"currency\":\"", currency.code());
    raw(out, "\"}", "");
}

fn instant(out: &mut Vec<u8>, name: &str, at: Timestamp) {
    raw(out, name, "");
    clock::instant(out, at);
}

/// The date and the time that calendar and clock show at the venue, and their zone.
fn local(out: &mut Vec<u8>, local: DateTime, timezone: &str) {
    raw(out, ",\"local_date\":", "");
    clock::date(out, local);
    raw(out, ",\"local_time\":", "");
    clock::time(out, local);
    text(out, ",\"timezone\":", timezone);
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
    use super::clock::tests::written;
    use super::*;

    #[test]
    fn texts_are_written_as_serde_writes_them() {
        let all: Vec<char> = (0..0x180).filter_map(char::from_u32).collect();
        for letter in all {
            for before in 0..10 {
                let value = format!("{}{letter}{}", "x".repeat(before), "y".repeat(9 - before));
                assert_eq!(written(|out| text(out, "", &value)), serde_json::to_string(&value).expect("JSON"));
            }
        }
        assert_eq!(written(|out| text(out, "name:", "")), "name:\"\"");
    }

    #[test]
    fn money_is_written_as_serde_writes_it() {
        for amount in [i64::MIN, -1, 0, 435_000] {
            let price = Money::new(amount, "VND".parse().expect("a code"));
            assert_eq!(written(|out| money(out, "", Some(price))), serde_json::to_string(&price).expect("JSON"));
        }
        assert_eq!(written(|out| money(out, "", None)), "null");
    }
}
