//! COPY in PostgreSQL's binary format: the fastest way in, and out, for many rows.
//!
//! Source    PostgreSQL manual, COPY, "Binary Format"; array layout: `array_send`.

use domain::Place;
use futures::TryStreamExt;
use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// So much is sent at once: Postgres stores it while the next is written.
const FLUSH_BYTES: usize = 256 << 10;
const TEXT_OID: u32 = 25;
/// 2000-01-01T00:00:00Z, where PostgreSQL counts from, in microseconds of the Unix epoch.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

/// Rows on their way into one table.
pub(crate) struct Tuples {
    bytes: Vec<u8>,
}

/// Copies rows in: `write` puts each row's columns in the order of the statement's column list.
///
/// Takes     a `COPY … FROM STDIN (FORMAT binary)` statement with `columns` columns.
/// Cost      one statement; at most a quarter of a MiB of rows in memory at a time, and a row.
pub(crate) async fn copy_in<T>(
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

/// Copies rows out: `read` takes each row's columns in the order of the statement's column list.
///
/// Takes     a `COPY … TO STDOUT (FORMAT binary)` statement.
/// Cost      one statement; a message of the protocol is a row.
pub(crate) async fn copy_out<T>(
    conn: &mut PgConnection,
    statement: &str,
    read: impl Fn(&mut Columns<'_>) -> Option<T>,
) -> sqlx::Result<Vec<T>> {
    let mut rows = Ok(Vec::new());
    let mut messages = conn.copy_out_raw(statement).await?;
    // to its end even when a row makes no sense: the connection serves others afterwards
    while let Some(message) = messages.try_next().await? {
        let mut columns = Columns { rest: message.strip_prefix(HEADER).unwrap_or(&message) };
        let Ok(found) = &mut rows else { continue };
        match columns.number() {
            Some(-1) => {}
            Some(_) if let Some(row) = read(&mut columns).filter(|_| columns.rest.is_empty()) => found.push(row),
            _ => rows = Err(sqlx::Error::Protocol(format!("row {} of a COPY is not as expected", found.len() + 1))),
        }
    }
    rows
}

/// The columns of a row that are not read yet; `None` where there is no such value.
pub(crate) struct Columns<'a> {
    rest: &'a [u8],
}

impl<'a> Columns<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    fn number(&mut self) -> Option<i16> {
        self.array().map(i16::from_be_bytes)
    }

    fn length(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// The next value; `Some(None)` where it is NULL.
    fn maybe(&mut self) -> Option<Option<&'a [u8]>> {
        let Ok(length) = usize::try_from(self.length()?) else { return Some(None) };
        let (value, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Some(value))
    }

    fn maybe_as<T>(&mut self, read: impl FnOnce(&'a [u8]) -> Option<T>) -> Option<Option<T>> {
        match self.maybe()? {
            Some(value) => read(value).map(Some),
            None => Some(None),
        }
    }

    pub(crate) fn uuid(&mut self) -> Option<Uuid> {
        self.maybe_uuid()?
    }

    pub(crate) fn maybe_uuid(&mut self) -> Option<Option<Uuid>> {
        self.maybe_as(|bytes| Uuid::from_slice(bytes).ok())
    }

    pub(crate) fn str(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.maybe()??).ok()
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        self.str().map(str::to_owned)
    }

    pub(crate) fn maybe_text(&mut self) -> Option<Option<String>> {
        self.maybe_as(|bytes| std::str::from_utf8(bytes).ok().map(str::to_owned))
    }

    pub(crate) fn int4(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.maybe()??.try_into().ok()?))
    }

    pub(crate) fn maybe_int8(&mut self) -> Option<Option<i64>> {
        self.maybe_as(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)))
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        Some(self.maybe()?? == [1])
    }

    pub(crate) fn instant(&mut self) -> Option<Timestamp> {
        self.maybe_instant()?
    }

    pub(crate) fn maybe_instant(&mut self) -> Option<Option<Timestamp>> {
        let since = |us: i64| Timestamp::from_microsecond(us.checked_add(POSTGRES_EPOCH_US)?).ok();
        self.maybe_as(|bytes| since(i64::from_be_bytes(bytes.try_into().ok()?)))
    }

    pub(crate) fn maybe_jsonb<T: serde::de::DeserializeOwned>(&mut self) -> Option<Option<T>> {
        self.maybe_as(|bytes| serde_json::from_slice(bytes.strip_prefix(&[1])?).ok())
    }

    /// A `text[]` column of at most one dimension and no NULL inside.
    pub(crate) fn texts(&mut self) -> Option<Vec<String>> {
        let mut array = Columns { rest: self.maybe()?? };
        let (dimensions, _nulls, _oid) = (array.length()?, array.length()?, array.length()?);
        if dimensions == 0 {
            return Some(Vec::new());
        }
        let (count, _first) = (array.length()?, array.length()?);
        (0..count).map(|_| array.text()).collect()
    }
}

impl Tuples {
    pub(crate) fn null(&mut self) {
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

    pub(crate) fn uuid(&mut self, id: Uuid) {
        self.field(id.as_bytes());
    }

    pub(crate) fn maybe_uuid(&mut self, id: Option<Uuid>) {
        self.maybe(id, Self::uuid);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.field(text.as_bytes());
    }

    pub(crate) fn maybe_text(&mut self, text: Option<&str>) {
        self.maybe(text, Self::text);
    }

    pub(crate) fn bytea(&mut self, bytes: &[u8]) {
        self.field(bytes);
    }

    pub(crate) fn int2(&mut self, value: i16) {
        self.field(&value.to_be_bytes());
    }

    pub(crate) fn int4(&mut self, value: i32) {
        self.field(&value.to_be_bytes());
    }

    pub(crate) fn maybe_int4(&mut self, value: Option<i32>) {
        self.maybe(value, Self::int4);
    }

    pub(crate) fn int8(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    pub(crate) fn maybe_int8(&mut self, value: Option<i64>) {
        self.maybe(value, Self::int8);
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.field(&[u8::from(value)]);
    }

    /// Two `double precision` columns, latitude then longitude.
    pub(crate) fn place(&mut self, place: Option<Place>) {
        self.maybe(place, |tuples, place| {
            tuples.field(&place.lat.to_be_bytes());
            tuples.field(&place.lon.to_be_bytes());
        });
        if place.is_none() {
            self.null();
        }
    }

    pub(crate) fn instant(&mut self, at: Timestamp) {
        self.int8(at.as_microsecond() - POSTGRES_EPOCH_US);
    }

    pub(crate) fn maybe_instant(&mut self, at: Option<Timestamp>) {
        self.maybe(at, Self::instant);
    }

    pub(crate) fn jsonb<T: serde::Serialize>(&mut self, value: &T) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0, 0, 0, 0, 1]);
        serde_json::to_writer(&mut self.bytes, value).unwrap_or_else(|fault| unreachable!("the model is plain data: {fault}"));
        let length =
            i32::try_from(self.bytes.len() - at - 4).unwrap_or_else(|_| unreachable!("limits keep fields far below 2 GiB"));
        self.bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// A `text[]` column.
    pub(crate) fn texts(&mut self, texts: &[String]) {
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
