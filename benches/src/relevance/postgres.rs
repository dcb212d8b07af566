//! The queries of the relevance benchmark asked of PostgreSQL: all words with the last also as a prefix; unknown words replaced by their trigram
//! neighbours; any of the words; at last names by trigrams alone.  The first of these that finds anything answers.

use std::time::Duration;

use anyhow::Result;
use domain::Stopwatch;
use domain::text::fold;
use sqlx::PgPool;

use super::Rows;
use super::queries::{JudgedQuery, Mode};

/// Ranked by cover density with weights, long texts less, and by how alike the whole name is: the best of what was tried.
const RANKED: &str = "SELECT kind, external_id FROM rival.docs, to_tsquery('rival.words', $1) query
    WHERE words @@ query AND kind = ANY($2)
    ORDER BY ts_rank_cd('{0.1, 0.3, 0.6, 1.0}', words, query, 1) + similarity(name, $3) DESC, external_id LIMIT 10";
const BY_NAME: &str = "SELECT kind, external_id FROM rival.docs WHERE name % $1 AND kind = ANY($2)
    ORDER BY similarity(name, $1) DESC, external_id LIMIT 10";
const KNOWN: &str = "SELECT EXISTS (SELECT FROM rival.vocabulary WHERE word = $1 OR $2 AND word LIKE $1 || '%')";
const NEIGHBOURS: &str =
    "SELECT word FROM rival.vocabulary WHERE word % $1 ORDER BY similarity(word, $1) DESC, ndoc DESC LIMIT 5";

/// Makes the documents and indexes of a database that holds the catalogue.
pub async fn prepare(pool: &PgPool) -> Result<()> {
    sqlx::raw_sql(include_str!("postgres.sql")).execute(pool).await?;
    Ok(())
}

/// Asks for the first ten.
pub async fn ask(pool: &PgPool, asked: &JudgedQuery, mode: Mode) -> Result<(Rows, Duration)> {
    let kinds: Vec<String> = asked.kinds(mode).iter().map(|kind| kind.as_str().to_owned()).collect();
    let watch = Stopwatch::start();
    let rows = find(pool, &fold(&asked.text), &kinds).await?;
    Ok((rows, watch.elapsed()))
}

async fn find(pool: &PgPool, text: &str, kinds: &[String]) -> Result<Rows> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let rows = ranked(pool, &all_of(&words), kinds, text).await?;
    if !rows.is_empty() {
        return Ok(rows);
    }
    let spelled = spelled(pool, &words).await?;
    for joint in [" & ", " | "] {
        let rows = ranked(pool, &spelled.join(joint), kinds, text).await?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(sqlx::query_as(BY_NAME).bind(text).bind(kinds).fetch_all(pool).await?)
}

async fn ranked(pool: &PgPool, query: &str, kinds: &[String], text: &str) -> Result<Rows> {
    Ok(sqlx::query_as(RANKED).bind(query).bind(kinds).bind(text).fetch_all(pool).await?)
}

fn all_of(words: &[&str]) -> String {
    let last = words.len().saturating_sub(1);
    let term = |(at, word): (usize, &&str)| if at == last { format!("({word} | {word}:*)") } else { (*word).to_owned() };
    words.iter().enumerate().map(term).collect::<Vec<_>>().join(" & ")
}

/// Each word that the vocabulary lacks as any of its nearest.
async fn spelled(pool: &PgPool, words: &[&str]) -> Result<Vec<String>> {
    let mut terms = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let last = at + 1 == words.len();
        let known: bool = sqlx::query_scalar(KNOWN).bind(word).bind(last).fetch_one(pool).await?;
        let near: Vec<String> =
            if known { Vec::new() } else { sqlx::query_scalar(NEIGHBOURS).bind(word).fetch_all(pool).await? };
        terms.push(match (known, near.is_empty()) {
            (true, _) if last => format!("({word} | {word}:*)"),
            (false, false) => format!("({})", near.join(" | ")),
            _ => (*word).to_owned(),
        });
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_also_a_prefix() {
        assert_eq!(all_of(&["carnegie", "ha"]), "carnegie & (ha | ha:*)");
        assert_eq!(all_of(&[]), "");
    }
}
