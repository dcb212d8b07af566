//! docs/RELEVANCE.md.

use std::collections::BTreeSet;

use catalog::search::Catalog;

use super::Column;
use super::queries::Mode;
use super::score::Score;

/// Renders what was measured as the Markdown page.
pub fn page(catalog: &Catalog, columns: &[Column]) -> String {
    let mut text = format!(
        "# Relevance\n\nWritten by `make bench-relevance`: the public queries of the real catalogue ({} documents, imported and reindexed by the\n\
         program itself), asked of our index and of PostgreSQL on the same rows. PostgreSQL searches weighted tsvectors with GIN, the last word\n\
         also as a prefix; words it does not know become their trigram neighbours (pg_trgm over the vocabulary), then any word will do, then names\n\
         by trigrams; ranked by `ts_rank_cd` and the likeness of the name (`benches/src/relevance/postgres.sql`, `benches/src/relevance/postgres.rs`).\n\
         What is over is found too. A hit is a right answer among the first ten; nDCG counts every right answer. `make test` holds a floor under\n\
         these figures (`benches/src/relevance/floor.rs`).\n",
        catalog.doc_count()
    );
    for column in columns {
        text.push_str(&table(column));
    }
    text
}

fn table(column: &Column) -> String {
    let title = match column.mode {
        Mode::Typed => "The kind is given",
        Mode::Mixed => "One list of all kinds",
    };
    let mut text = format!(
        "\n## {title}\n\n| queries | asked | hit@1 | hit@10 | MRR@10 | nDCG@10 | no hit | PostgreSQL: hit@1 | hit@10 | MRR@10 | nDCG@10 | no hit |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n"
    );
    let groups: BTreeSet<&String> = column.ours.groups.keys().collect();
    for group in groups {
        let (ours, theirs) = (&column.ours.groups[group], &column.theirs.groups[group]);
        text.push_str(&format!("| {group} | {} | {} | {} |\n", ours.asked, figures(ours), figures(theirs)));
    }
    let (ours, theirs) = (&column.ours, &column.theirs);
    text.push_str(&format!("| **all** | {} | {} | {} |\n", ours.all.asked, figures(&ours.all), figures(&theirs.all)));
    let (ours, theirs) = (ours.median().as_secs_f64() * 1e3, theirs.median().as_secs_f64() * 1e3);
    text.push_str(&format!(
        "\nHalf of the queries take less than {ours:.2} ms in our process, {theirs:.1} ms through a connection to PostgreSQL.\n"
    ));
    text
}

fn figures(score: &Score) -> String {
    format!(
        "{:.3} | {:.3} | {:.3} | {:.3} | {:.3}",
        score.hit_at_1(),
        score.hit_at_10(),
        score.mrr(),
        score.ndcg(),
        score.zero_hit_rate()
    )
}
