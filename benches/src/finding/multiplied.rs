//! Catalogues multiplied: performers and venues as they are, and their events again and again on other days. The real one where it is there,
//! else the demo's words.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp, civil};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::relevance::queries;
use crate::server::{self, Server, boxoffice};
use crate::store;

/// So many lines a file: an import takes a file whole.
const LINES: u32 = 1_000_000;
/// From so many events on, the figures of ten million are asked.
pub const LARGE: u32 = 5_000_000;
/// The days of 2027 and 2028.
const DAYS: i64 = 731;
/// The most events that `boxoffice demo` makes.
const DEMO: u32 = 1_000_000;

/// A data directory with so many events, imported and indexed by the real program, once.
pub async fn fill(dir: &Path, catalogue: &Path, events: u32) -> Result<()> {
    if dir.join("index").exists() {
        return Ok(());
    }
    println!("filling a catalogue of {events} real events");
    let (program, data_dir) = (boxoffice()?, server::text(dir)?);
    std::fs::create_dir_all(dir)?;
    let sides = [catalogue.join(queries::FILES[0]), catalogue.join(queries::FILES[1])];
    for file in sides.into_iter().chain(write(&catalogue.join(queries::FILES[2]), dir, events)?) {
        server::measure(&program, &["import", "--data-dir", data_dir, server::text(&file)?]).await?;
        if file.starts_with(dir) {
            std::fs::remove_file(file)?;
        }
    }
    server::measure(&program, &["reindex", "--full", "--data-dir", data_dir]).await?;
    Ok(())
}

/// Writes the events as files for an import.
fn write(real: &Path, dir: &Path, events: u32) -> Result<Vec<PathBuf>> {
    let mut rng = StdRng::seed_from_u64(2_027);
    let (mut files, mut out, mut written) = (Vec::new(), None, 0);
    for copy in 0.. {
        let before = written;
        for line in BufReader::new(zstd::Decoder::new(File::open(real)?)?).lines() {
            if written == events {
                break;
            }
            if written % LINES == 0 {
                files.push(dir.join(format!("events-{}.ndjson", files.len())));
                out = files.last().map(File::create).transpose()?.map(BufWriter::new);
            }
            let event = moved(serde_json::from_str(&line?)?, copy, rng.random_range(0..DAYS))?;
            let out = out.as_mut().context("a file")?;
            serde_json::to_writer(&mut *out, &event)?;
            out.write_all(b"\n")?;
            written += 1;
        }
        match written {
            _ if written == events => break,
            _ if written == before => bail!("{} holds no event", real.display()),
            _ => {}
        }
    }
    if let Some(mut out) = out {
        out.flush()?;
    }
    Ok(files)
}

/// An event on another day, at its own time of day.
fn moved(mut event: Map<String, Value>, copy: u32, day: i64) -> Result<Map<String, Value>> {
    let text = |event: &Map<String, Value>, name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let start: Timestamp = text(&event, "start").parse()?;
    let midnight = civil::date(2027, 1, 1).to_zoned(jiff::tz::TimeZone::UTC)?.timestamp();
    let away = SignedDuration::from_secs(day * 86_400 + start.as_second().rem_euclid(86_400));
    event.insert("id".to_owned(), Value::from(format!("{}~{copy}", text(&event, "id"))));
    event.insert("start".to_owned(), Value::from(midnight.checked_add(away)?.to_string()));
    ["start_local", "end", "end_local", "season"].into_iter().for_each(|name| drop(event.remove(name)));
    Ok(event)
}

/// A data directory with so many events of the demo's words, indexed by the real program, once.
pub async fn made(dir: &Path, events: u32) -> Result<()> {
    let (program, index) = (boxoffice()?, dir.join("index"));
    if !index.exists() {
        println!("filling a catalogue of {events} made events");
        let count = events.min(DEMO).to_string();
        let demo = ["demo", "--events", &count, "--data-dir", server::text(dir)?, "--listen", "127.0.0.1:0"];
        Server::start(&program, &demo).await?.stop().await?;
    }
    if events <= DEMO {
        return Ok(());
    }
    let database = store::open(dir).await?;
    let added = add(&mut *database.pool.acquire().await?, i64::from(events)).await?;
    database.close().await?;
    if added > 0 {
        std::fs::remove_dir_all(&index)?;
        server::measure(&program, &["reindex", "--full", "--data-dir", server::text(dir)?]).await?;
    }
    Ok(())
}

/// Copies all events, whatever columns they have, up to a year later, until there are `wanted`; gives how many were added.
async fn add(conn: &mut PgConnection, wanted: i64) -> Result<i64> {
    let count = "SELECT count(*) FROM events";
    let before: i64 = sqlx::query_scalar(count).fetch_one(&mut *conn).await?;
    if before >= wanted {
        return Ok(0);
    }
    let columns = "SELECT string_agg(CASE
             WHEN column_name = 'id' THEN 'md5(id::text || $1)::uuid'
             WHEN column_name = 'external_id' THEN 'NULL'
             WHEN column_name IN ('starts_at', 'ends_at', 'doors_at', 'sale_closes_at')
                 THEN column_name || ' + make_interval(days => 1 + (hashtext(id::text || $1) & 1023) % 365)'
             ELSE column_name END, ', ' ORDER BY ordinal_position)
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'events'";
    let columns: String = sqlx::query_scalar(columns).fetch_one(&mut *conn).await?;
    // what is copied refers to what is there: nothing is checked a second time
    let kept = "SET session_replication_role = replica; CREATE TEMP TABLE first AS SELECT * FROM events;
         CREATE TEMP TABLE bills AS SELECT * FROM event_performers";
    sqlx::raw_sql(kept).execute(&mut *conn).await?;
    let mut there = before;
    for copy in 1.. {
        let insert = format!("INSERT INTO events SELECT {columns} FROM first LIMIT $2");
        let number = copy.to_string();
        let added = sqlx::query(AssertSqlSafe(insert)).bind(&number).bind(wanted - there).execute(&mut *conn).await?;
        let bills = "INSERT INTO event_performers (event_id, position, performer_id, role, instrument)
             SELECT e.id, b.position, b.performer_id, b.role, b.instrument FROM bills b JOIN events e ON e.id = md5(b.event_id::text || $1)::uuid";
        sqlx::query(bills).bind(&number).execute(&mut *conn).await?;
        there += i64::try_from(added.rows_affected())?;
        if there >= wanted {
            break;
        }
    }
    sqlx::raw_sql("DROP TABLE first, bills; ANALYZE events, event_performers").execute(&mut *conn).await?;
    Ok(there - before)
}
