//! COPY in PostgreSQL's binary format: the fastest way in for many rows.
//!
//! Source    PostgreSQL manual, COPY, "Binary Format"; array layout: `array_send`.

use domain::Place;
use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const FLUSH_BYTES: usize = 4 << 20;
const TEXT_OID: u32 = 25;
/// 2000-01-01T00:00:00Z, where PostgreSQL counts from, in microseconds of the Unix epoch.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

/// Rows on their way into one table.
pub(super) struct Tuples {
    bytes: Vec<u8>,
}

/// Copies rows in: `write` puts each row's columns in the order of the statement's column list.
///
/// Takes     a `COPY … FROM STDIN (FORMAT binary)` statement with `columns` columns.
/// Cost      one statement; at most 4 MiB of rows in memory at a time.
pub(super) async fn copy_in<T>(
    conn: &mut PgConnection,
    statement: &'static str,
    columns: i16,
    rows: &[T],
    mut write: impl FnMut(&mut Tuples, &T),
) -> sqlx::Result<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    let mut copy = conn.copy_in_raw(statement).await?;
    let mut tuples = Tuples { bytes: HEADER.to_vec() };
    for row in rows {
        tuples.bytes.extend_from_slice(&columns.to_be_bytes());
        write(&mut tuples, row);
        if tuples.bytes.len() >= FLUSH_BYTES {
            copy.send(tuples.bytes.as_slice()).await?;
            tuples.bytes.clear();
        }
    }
    tuples.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
    copy.send(tuples.bytes.as_slice()).await?;
    copy.finish().await
}

impl Tuples {
    pub(super) fn null(&mut self) {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    fn length(&mut self, length: usize) {
        let length = i32::try_from(length).unwrap_or_else(|_| unreachable!("limits keep fields far below 2 GiB"));
        self.bytes.extend_from_slice(&length.to_be_bytes());
    }

    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    pub(super) fn uuid(&mut self, id: Uuid) {
        self.field(id.as_bytes());
    }

    pub(super) fn maybe_uuid(&mut self, id: Option<Uuid>) {
        self.maybe(id, Self::uuid);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.field(text.as_bytes());
    }

    pub(super) fn maybe_text(&mut self, text: Option<&str>) {
        self.maybe(text, Self::text);
    }

    pub(super) fn bytea(&mut self, bytes: &[u8]) {
        self.field(bytes);
    }

    pub(super) fn int2(&mut self, value: i16) {
        self.field(&value.to_be_bytes());
    }

    pub(super) fn int4(&mut self, value: i32) {
        self.field(&value.to_be_bytes());
    }

    pub(super) fn maybe_int4(&mut self, value: Option<i32>) {
        self.maybe(value, Self::int4);
    }

    pub(super) fn int8(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    pub(super) fn maybe_int8(&mut self, value: Option<i64>) {
        self.maybe(value, Self::int8);
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.field(&[u8::from(value)]);
    }

    /// Two `double precision` columns, latitude then longitude.
    pub(super) fn place(&mut self, place: Option<Place>) {
        self.maybe(place, |tuples, place| {
            tuples.field(&place.lat.to_be_bytes());
            tuples.field(&place.lon.to_be_bytes());
        });
        if place.is_none() {
            self.null();
        }
    }

    pub(super) fn instant(&mut self, at: Timestamp) {
        self.int8(at.as_microsecond() - POSTGRES_EPOCH_US);
    }

    pub(super) fn maybe_instant(&mut self, at: Option<Timestamp>) {
        self.maybe(at, Self::instant);
    }

    pub(super) fn jsonb<T: serde::Serialize>(&mut self, value: &T) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0, 0, 0, 0, 1]);
        serde_json::to_writer(&mut self.bytes, value).unwrap_or_else(|fault| unreachable!("the model is plain data: {fault}"));
        let length =
            i32::try_from(self.bytes.len() - at - 4).unwrap_or_else(|_| unreachable!("limits keep fields far below 2 GiB"));
        self.bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// A `text[]` column.
    pub(super) fn texts(&mut self, texts: &[String]) {
        let dimensions = u32::from(!texts.is_empty());
        let header = 12 + if texts.is_empty() { 0 } else { 8 };
        self.length(header + texts.iter().map(|text| 4 + text.len()).sum::<usize>());
        for word in [dimensions, 0, TEXT_OID] {
            self.bytes.extend_from_slice(&word.to_be_bytes());
        }
        if !texts.is_empty() {
            self.length(texts.len());
            self.bytes.extend_from_slice(&1_i32.to_be_bytes());
        }
        for text in texts {
            self.text(text);
        }
    }
}
