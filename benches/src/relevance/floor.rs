//! The floor under search quality: these figures may only rise.
//!
//! The catalogue is imported and reindexed as a user would, into the test's own Postgres; of the events only those that some query
//! expects and every third of the others, since this program is built without optimisation for tests and the whole takes minutes.
//! The figures of the whole are in docs/RELEVANCE.md.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use catalog::search::Catalog;
use domain::{Clock, CursorKey};
use sqlx::PgPool;

use super::ours;
use super::queries::{self, JudgedQuery, Mode};
use super::score::Scores;

/// (how asked, hit@1, hit@10, MRR@10, nDCG@10), at least.
const FLOORS: [(Mode, f64, f64, f64, f64); 2] =
    [(Mode::Typed, 0.989, 0.998, 0.992, 0.992), (Mode::Mixed, 0.976, 0.998, 0.984, 0.983)];

/// One in so many of the events that no query expects.
const EVERY: usize = 3;

fn catalogue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/catalogue")
}

/// Writes the events that count into a file of their own.
fn sample(catalogue: &Path, asked: &[JudgedQuery], into: &Path) {
    let expected: HashSet<&String> = asked.iter().flat_map(|asked| &asked.expected).collect();
    let file = File::open(catalogue.join("events.ndjson.zst")).expect("events");
    let mut sample = BufWriter::new(File::create(into).expect("a file"));
    for (at, line) in BufReader::new(zstd::Decoder::new(file).expect("zstd")).lines().enumerate() {
        let line = line.expect("text");
        let id = line.split_once("\"id\":\"").and_then(|(_, rest)| rest.split('"').next()).expect("an id").to_owned();
        if at % EVERY == 0 || expected.contains(&id) {
            writeln!(sample, "{line}").expect("written");
        }
    }
    sample.flush().expect("written");
}

async fn index(pool: &PgPool, dir: &Path, catalogue: &Path, asked: &[JudgedQuery]) -> Catalog {
    let events = dir.join("events.ndjson");
    sample(catalogue, asked, &events);
    let [venues, performers, _] = queries::FILES.map(|name| catalogue.join(name));
    for file in [venues, performers, events] {
        catalog::import::import_file(pool, &Clock::System, &file, catalog::import::ImportOptions::default(), |_| {})
            .await
            .expect("imported");
    }
    indexer::reindex(pool, dir, indexer::ReindexOptions::default(), |_| {}).await.expect("indexed");
    Catalog::open(dir, CursorKey::new([0; 32]), ours::clock().expect("a day"), 1 << 20).expect("opened")
}

async fn scores(catalog: &Catalog, asked: &[JudgedQuery], mode: Mode) -> Scores {
    let mut scores = Scores::default();
    for query in asked {
        let (rows, _) = ours::ask(catalog, query, mode).await.expect("an answer");
        scores.add(query, &rows, Duration::ZERO);
    }
    scores
}

#[sqlx::test(migrations = "../migrations")]
async fn search_quality_does_not_fall_below_what_was_reached(pool: PgPool) {
    let catalogue = catalogue();
    if !catalogue.join("queries-public.ndjson").exists() {
        println!("SKIPPED: {} is not here, so search quality was not measured", catalogue.display());
        return;
    }
    let asked = queries::read(&catalogue).expect("queries");
    let dir = tempfile::tempdir().expect("a directory");
    let catalog = index(&pool, dir.path(), &catalogue, &asked).await;
    for (mode, first, ten, mrr, ndcg) in FLOORS {
        let all = scores(&catalog, &asked, mode).await.all;
        println!(
            "{mode:?}: hit@1 {:.4} hit@10 {:.4} MRR {:.4} nDCG {:.4}",
            all.hit_at_1(),
            all.hit_at_10(),
            all.mrr(),
            all.ndcg()
        );
        let seen = [all.hit_at_1(), all.hit_at_10(), all.mrr(), all.ndcg()];
        let floor = [first, ten, mrr, ndcg];
        assert!(seen.iter().zip(floor).all(|(seen, floor)| *seen >= floor), "{mode:?}: {seen:?} is below {floor:?}");
    }
}
