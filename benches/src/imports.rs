//! `boxoffice import` of a file of a million events: how many a second, and the memory of the program itself.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::report::Figure;
use crate::server::{self, boxoffice};

const EVENTS: usize = 1_000_000;
/// Without the real catalogue: so many of each are made.
const VENUES: usize = 5_000;
const PERFORMERS: usize = 14_000;

/// Imports the real catalogue's events again and again under other ids, or made ones where that is not there.
pub async fn measure(scratch: &Path, catalogue: &Path) -> Result<Vec<Figure>> {
    let dir = scratch.join("import");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    let real = catalogue.join("events.ndjson.zst");
    let (events, before) = if real.exists() {
        (multiplied(&real, &dir)?, ["venues", "performers"].map(|name| catalogue.join(format!("{name}.ndjson.zst"))))
    } else {
        (made(&dir)?, ["venues", "performers"].map(|name| dir.join(format!("{name}.ndjson"))))
    };
    let (program, data_dir) = (boxoffice()?, dir.join("data"));
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path in UTF-8");
    let import = ["import".to_owned(), "--data-dir".to_owned(), text(&data_dir)?];
    let beside = [text(&before[0])?, text(&before[1])?];
    server::measure(&program, &import.iter().chain(&beside).map(String::as_str).collect::<Vec<_>>()).await?;
    let file = text(&events)?;
    let (took, kib) = server::measure(&program, &import.iter().chain([&file]).map(String::as_str).collect::<Vec<_>>()).await?;
    std::fs::remove_dir_all(&dir)?;
    let (rate, mib) = (EVENTS as f64 / took.as_secs_f64(), kib / 1_024);
    let what = format!(
        "import of {EVENTS} new events in one file, Postgres started with it; anonymous memory of the program at its peak"
    );
    let seen = format!("{rate:.0}/s, {mib} MiB");
    Ok(vec![Figure::new(&what, "40,000/s, 256 MiB", seen, Some(rate >= 40_000.0 && mib < 256))])
}

/// The real events until there are enough, each time under other ids.
fn multiplied(real: &Path, dir: &Path) -> Result<PathBuf> {
    let path = dir.join("events.ndjson");
    let mut file = BufWriter::new(File::create(&path)?);
    let mut left = EVENTS;
    for round in 0.. {
        for line in BufReader::new(zstd::Decoder::new(File::open(real)?)?).lines() {
            if left == 0 {
                file.flush()?;
                return Ok(path);
            }
            writeln!(file, "{}", line?.replacen("{\"id\":\"", &format!("{{\"id\":\"{round}-"), 1))?;
            left -= 1;
        }
    }
    Ok(path)
}

/// Venues, performers and events of no particular kind.
fn made(dir: &Path) -> Result<PathBuf> {
    let lines = |name: &str, count: usize, line: &dyn Fn(usize) -> String| -> Result<PathBuf> {
        let path = dir.join(format!("{name}.ndjson"));
        let mut file = BufWriter::new(File::create(&path)?);
        (0..count).try_for_each(|n| writeln!(file, "{}", line(n)))?;
        file.flush()?;
        Ok(path)
    };
    lines("venues", VENUES, &|n| {
        format!(r#"{{"id":"v{n}","name":"Hall {n}","city":"City {}","country":"AU","timezone":"UTC"}}"#, n % 900)
    })?;
    lines("performers", PERFORMERS, &|n| format!(r#"{{"id":"p{n}","name":"Performer {n}","kind":"band"}}"#))?;
    lines("events", EVENTS, &|n| {
        let (venue, one, other) = (n * 31 % VENUES, n * 17 % PERFORMERS, n * 13 % PERFORMERS);
        let (day, month, year) = (n % 28 + 1, n / 28 % 12 + 1, 2020 + n / 336 % 10);
        format!(
            r#"{{"id":"e{n}","title":"Evening {n} of Performer {one}","description":"Performer {one} and Performer {other} at Hall {venue}.","category":"concerts","start":"{year}-{month:02}-{day:02}T19:00:00Z","timezone":"UTC","venue_id":"v{venue}","performers":[{{"id":"p{one}","role":"headliner"}},{{"id":"p{other}","role":"support"}}]}}"#
        )
    })
}
