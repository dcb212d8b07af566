//! The queries asked of our index, in process.

use std::time::Duration;

use anyhow::{Context, Result};
use catalog::search::{Catalog, Query, Sort};
use domain::{Clock, Stopwatch};

use super::Rows;
use super::queries::{JudgedQuery, Mode, TOP};

/// The day the data set was made: what is over and what is to come does not depend on when it is measured.
pub fn clock() -> Result<Clock> {
    Ok(Clock::manual("2026-11-22T00:00:00Z".parse()?))
}

/// Asks for the first ten, what is over included.
pub async fn ask(catalog: &Catalog, asked: &JudgedQuery, mode: Mode) -> Result<(Rows, Duration)> {
    let query = Query {
        q: asked.text.clone(),
        kinds: asked.kinds(mode),
        past: true,
        sort: Sort::Relevance,
        limit: u16::try_from(TOP)?,
        ..Query::default()
    };
    let watch = Stopwatch::start();
    let answer = catalog.search(&query).await.with_context(|| asked.text.clone())?;
    let took = watch.elapsed();
    let row = |hit: &catalog::search::Hit| (hit.kind.as_str().to_owned(), hit.external_id.clone().unwrap_or_default());
    Ok((answer.items.iter().map(row).collect(), took))
}
