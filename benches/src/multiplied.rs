//! The real catalogue multiplied: performers and venues as they are, and its events again and again on days of 2027 and 2028.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp, civil};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Map, Value};

use crate::relevance::queries;
use crate::server::{self, boxoffice};

/// So many lines a file: an import takes a file whole.
const LINES: u32 = 1_000_000;
/// The days of 2027 and 2028.
const DAYS: i64 = 731;

/// A data directory with so many events, imported and indexed by the real program, once.
pub async fn fill(dir: &Path, catalogue: &Path, events: u32) -> Result<()> {
    if dir.join("index").exists() {
        return Ok(());
    }
    println!("filling a catalogue of {events} real events");
    let (program, data_dir) = (boxoffice()?, dir.to_str().context("a path in UTF-8")?);
    std::fs::create_dir_all(dir)?;
    let sides = [catalogue.join(queries::FILES[0]), catalogue.join(queries::FILES[1])];
    for file in sides.into_iter().chain(write(&catalogue.join(queries::FILES[2]), dir, events)?) {
        server::measure(&program, &["import", "--data-dir", data_dir, file.to_str().context("a path in UTF-8")?]).await?;
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
