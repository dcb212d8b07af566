//! The live index held against Postgres, row by row.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use catalog::index::contents::{Contents, TermCounts};
use catalog::index::lookup::Lookup;
use catalog::index::{Fault, Neighbours, Sides, document, generation};
use catalog::model::EventSource;
use catalog::store;
use sqlx::{PgConnection, PgPool};
use tantivy::TantivyDocument;
use uuid::Uuid;

use crate::blocking::blocking;
use crate::reindex::{BuildProgress, BuildStep};
use crate::rewrite::{self, Rewrite};
use crate::source::{self, Undated};

/// Events in one read.
const BATCH: u32 = 10_000;
/// Differences that are told one by one; the rest is only counted.
pub const MAX_TOLD: usize = 100;
/// How often and how long after each other what differs is looked at again: a running follower is that far behind at most.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// Things looked at again one by one; with more, nobody is merely late.
const MOST_LOOKED_AT: usize = 10_000;

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub generation: u64,
    /// Rows of the database that were compared.
    pub compared: u64,
    pub different: u64,
    /// The first of them.
    pub told: Vec<Difference>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub kind: &'static str,
    pub id: Uuid,
    pub what: Discrepancy,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discrepancy {
    /// Postgres has it, the index does not.
    Missing,
    /// The index has it, Postgres does not.
    Extra {
        indexed: String,
    },
    Differs {
        indexed: String,
    },
    /// The index has several documents of it.
    Twice {
        indexed: String,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: ", self.kind, self.id)?;
        match &self.what {
            Discrepancy::Missing => f.write_str("missing from the index"),
            Discrepancy::Extra { indexed } => write!(f, "not in Postgres; the index shows {indexed:?}"),
            Discrepancy::Twice { indexed } => write!(f, "stands more than once in the index, which shows {indexed:?}"),
            Discrepancy::Differs { indexed } => write!(f, "differs from Postgres; the index shows {indexed:?}"),
        }
    }
}

/// Compares every row of the catalogue with the document that the live generation has of it.
///
/// Takes     `full`: looks at the terms and columns of every document, not only at its sum, and that no other term leads to it; otherwise
///           at those of one in 32.
/// Gives     what differs, after a running follower had time to catch up with it.
/// Refuses   when there is no live generation, or its files are torn.
/// Cost      reads the catalogue once, makes every document anew and looks its sum up; memory does not grow with it, if full by four bytes a document.
pub async fn verify(pool: &PgPool, dir: &Path, full: bool, mut progress: impl FnMut(BuildProgress)) -> Result<Verified, Fault> {
    let live = generation::current(dir)?
        .ok_or_else(|| Fault::Internal("there is no index yet; `boxoffice reindex` builds it".to_owned()))?;
    let place = dir.to_owned();
    let (index, terms) = blocking(move || {
        let index = generation::open_whole(&place, live).and_then(|_| Lookup::open(&place, live))?;
        let terms = full.then(|| TermCounts::of(&index)).transpose()?;
        Ok((index, terms.map(Arc::new)))
    })
    .await?;
    let mut snapshot = pg::begin_with(pool, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let counts = store::counts(&mut snapshot).await?;
    let total = counts.events + counts.series + counts.performers + counts.venues;
    let mut pass = Comparison { index: Arc::new(index), terms, compared: 0, matched: 0, suspects: BTreeSet::new() };
    pass.events(&mut snapshot, |done| progress(BuildProgress { step: BuildStep::Verifying, done, total })).await?;
    pass.undated(&mut snapshot).await?;
    pass.extras(&mut snapshot).await?;
    snapshot.rollback().await?;
    let Comparison { compared, mut suspects, .. } = pass;
    for _ in 1..LOOKS {
        if suspects.is_empty() || suspects.len() > MOST_LOOKED_AT {
            break;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
        suspects = look(pool, dir, live, full, &suspects).await?.into_iter().map(|difference| difference.id).collect();
    }
    let told: BTreeSet<Uuid> = suspects.iter().copied().take(MAX_TOLD).collect();
    Ok(Verified { generation: live, compared, different: suspects.len() as u64, told: look(pool, dir, live, full, &told).await? })
}

/// One walk over the catalogue.
struct Comparison {
    index: Arc<Lookup>,
    /// Of a full comparison: every document is looked into.
    terms: Option<Arc<TermCounts>>,
    compared: u64,
    /// Rows whose document is there, equal or not.
    matched: u64,
    suspects: BTreeSet<Uuid>,
}

impl Comparison {
    async fn events(&mut self, conn: &mut PgConnection, mut report: impl FnMut(u64)) -> Result<(), Fault> {
        let mut last = None;
        loop {
            let batch = store::events::read_batch(conn, last, BATCH).await?;
            let Some(event) = batch.last() else { return Ok(()) };
            last = Some(event.id);
            let around = source::sides_of(conn, &batch).await?;
            self.hold(move |index| events(index, &batch, &around)).await?;
            report(self.compared);
        }
    }

    async fn undated(&mut self, conn: &mut PgConnection) -> Result<(), Fault> {
        let mut batches = Undated::default();
        while let Some(batch) = batches.next(conn).await? {
            self.hold(move |index| undated(index, &batch)).await?;
        }
        Ok(())
    }

    /// Looks the sums of a batch up, on a thread that may wait.
    async fn hold<F>(&mut self, make: F) -> Result<(), Fault>
    where
        F: FnOnce(&Lookup) -> Vec<(Uuid, TantivyDocument)> + Send + 'static,
    {
        let (index, terms) = (Arc::clone(&self.index), self.terms.clone());
        let seen = blocking(move || {
            let contents = Contents::open(&index)?;
            let held = |(id, document): (Uuid, TantivyDocument)| {
                let indexed = index.sum(id)?;
                let as_sealed = indexed == Some(index.sum_of(&document));
                let looked_into = terms.is_some() || is_sample(id);
                let same = as_sealed && (!looked_into || contents.agree(id, &document, terms.as_deref())?);
                Ok::<_, Fault>((id, indexed.is_some(), same))
            };
            make(&index).into_iter().map(held).collect::<Result<Vec<_>, _>>()
        })
        .await?;
        for (id, indexed, same) in seen {
            self.compared += 1;
            self.matched += u64::from(indexed);
            if !same {
                self.suspects.insert(id);
            }
        }
        Ok(())
    }

    /// Finds documents without a row, and those of which there are several; only when there are more documents than rows were matched.
    async fn extras(&mut self, conn: &mut PgConnection) -> Result<(), Fault> {
        if self.index.len() == self.matched {
            return Ok(());
        }
        let mut ids: Vec<Uuid> = self.index.ids().collect();
        ids.sort_unstable();
        self.suspects.extend(ids.array_windows().filter(|[one, next]| one == next).map(|[id, _]| *id));
        for chunk in ids.chunks(BATCH as usize) {
            let known = store::known(conn, chunk).await?;
            self.suspects.extend(chunk.iter().filter(|id| !known.contains(id)));
        }
        Ok(())
    }
}

/// One in 32: the last byte of an id is random.
fn is_sample(id: Uuid) -> bool {
    id.as_bytes()[15] < 8
}

fn events(index: &Lookup, batch: &[EventSource], around: &Sides) -> Vec<(Uuid, TantivyDocument)> {
    batch.iter().map(|event| (event.id.0, document::event(index.fields(), event, around))).collect()
}

fn undated(index: &Lookup, batch: &Neighbours) -> Vec<(Uuid, TantivyDocument)> {
    let fields = index.fields();
    let venues = batch.venues.values().map(|venue| (venue.row.id.0, document::venue(fields, venue, batch)));
    let performers =
        batch.performers.values().map(|performer| (performer.row.id.0, document::performer(fields, performer, batch)));
    let series = batch.series.values().map(|series| (series.row.id.0, document::series(fields, series, batch)));
    venues.chain(performers).chain(series).collect()
}

/// Looks at single things again, in the last commit and the database as it is now.
async fn look(pool: &PgPool, dir: &Path, live: u64, full: bool, suspects: &BTreeSet<Uuid>) -> Result<Vec<Difference>, Fault> {
    let place: PathBuf = dir.to_owned();
    let mut conn = pool.acquire().await?;
    let fields = catalog::index::schema::schema().1;
    let mut differences = Vec::new();
    for chunk in Vec::from_iter(suspects.iter().copied()).chunks(1_000) {
        let rewrites = rewrite::all_kinds(&mut conn, &fields, chunk).await?;
        let place = place.clone();
        let found = blocking(move || {
            let index = Lookup::open(&place, live)?;
            let contents = Contents::open(&index)?;
            let terms = full.then(|| TermCounts::of(&index)).transpose()?;
            rewrites
                .into_iter()
                .map(|(kind, rewrite)| difference(&index, (&contents, terms.as_ref()), kind, rewrite))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
        differences.extend(found.into_iter().flatten());
    }
    Ok(differences)
}

fn difference(
    index: &Lookup,
    (contents, terms): (&Contents<'_>, Option<&TermCounts>),
    kind: &'static str,
    rewrite: Rewrite,
) -> Result<Option<Difference>, Fault> {
    let (id, expected) = match rewrite {
        Rewrite::Replace(id, document) => (id, Some(document)),
        Rewrite::Remove(id) => (id, None),
    };
    let copies = index.copies(id)?;
    let same = match &expected {
        Some(document) => index.sum(id)? == Some(index.sum_of(document)) && contents.agree(id, document, terms)?,
        None => copies == 0,
    };
    if same && copies <= 1 {
        return Ok(None);
    }
    let (shown_kind, indexed) = index.title(id)?.unwrap_or((kind, String::new()));
    let what = match (copies, expected) {
        (0, _) => Discrepancy::Missing,
        (_, None) => Discrepancy::Extra { indexed },
        (1, Some(_)) => Discrepancy::Differs { indexed },
        _ => Discrepancy::Twice { indexed },
    };
    Ok(Some(Difference { kind: if copies > 0 { shown_kind } else { kind }, id, what }))
}
