//! `make bench-relevance`: how well the public queries are answered on the real catalogue, beside PostgreSQL full text with pg_trgm.
//!
//! ```text
//!  ../shared/data/catalogue ─► boxoffice import ─► Postgres ─► boxoffice reindex ─► ours    ┐
//!                                                     └──────► weighted tsvectors ─► theirs ┴─► docs/RELEVANCE.md
//! ```

#[cfg(test)]
mod floor;
#[cfg(test)]
mod intent;
mod ours;
mod page;
mod postgres;
pub mod queries;
mod score;

use std::path::Path;

use anyhow::{Context, Result, bail};
use catalog::search::Catalog;
use domain::CursorKey;

use crate::server::{self, boxoffice};
use crate::store;
use queries::Mode;
use score::Scores;

/// What an engine answers: kind and external id of the first ten, best first.
type Rows = Vec<(String, String)>;

/// One engine's scores under one mode.
struct Column {
    mode: Mode,
    ours: Scores,
    theirs: Scores,
}

/// Imports, reindexes, asks both and gives the page.
///
/// Takes     `misses`: prints each query whose answer does not stand first.
pub async fn measure(scratch: &Path, catalogue: &Path, misses: bool) -> Result<String> {
    let asked = queries::read(catalogue)?;
    let dir = scratch.join("relevance");
    fill(&dir, catalogue).await?;
    let database = store::open(&dir).await?;
    postgres::prepare(&database.pool).await?;
    let catalog = Catalog::open(&dir.join("index"), CursorKey::new([0; 32]), ours::clock()?, 1 << 20)?;
    let mut columns = Vec::new();
    for mode in [Mode::Typed, Mode::Mixed] {
        let (mut ours, mut theirs) = (Scores::default(), Scores::default());
        for query in &asked {
            let (rows, took) = ours::ask(&catalog, query, mode).await?;
            if misses && query.rank(&rows) != Some(0) {
                println!(
                    "{mode:?} {:?} {} {:?} expected {:?}: {rows:?}",
                    query.rank(&rows),
                    query.group,
                    query.text,
                    query.expected
                );
            }
            ours.add(query, &rows, took);
            let (rows, took) = postgres::ask(&database.pool, query, mode).await?;
            theirs.add(query, &rows, took);
        }
        columns.push(Column { mode, ours, theirs });
    }
    database.close().await?;
    Ok(page::page(&catalog, &columns))
}

/// A fresh data directory with the whole catalogue, imported and indexed by the real program.
async fn fill(dir: &Path, catalogue: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    let (program, data_dir) = (boxoffice()?, dir.to_str().context("a path in UTF-8")?);
    let files = queries::FILES.map(|name| catalogue.join(name));
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        bail!("{} is missing: --catalogue names the folder of the data set", missing.display());
    }
    let files: Vec<&str> = files.iter().map(|file| file.to_str().context("a path in UTF-8")).collect::<Result<_>>()?;
    let import: Vec<&str> = ["import", "--data-dir", data_dir].into_iter().chain(files).collect();
    server::measure(&program, &import).await?;
    server::measure(&program, &["reindex", "--full", "--data-dir", data_dir]).await?;
    Ok(())
}
