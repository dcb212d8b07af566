//! What a batch refers to and what of it is known, read on a connection of its own while the batch before is written.
//!
//! That connection does not see what the file itself has written: records of one file refer to other kinds only, and an id that stands
//! on two lines is found by the reader.
//!
//! An external id is its organiser's word: what another organiser calls so neither stands for a record of the file nor for one it refers to.

use std::collections::HashSet;

use domain::{Clock, EventId, OrganiserId, PerformerId, SeriesId, VenueId};
use sqlx::{PgConnection, Postgres, pool::PoolConnection};

use super::draft::{Drafts, EventDraft, Named, VenueDraft};
use super::reader::Batch;
use super::report::{BadLine, BadLines, Progress};
use crate::model::{EventRow, PerformerRow, SeriesRow};
use crate::store::{self, Found, Known};

/// Whose records a file's are, and may refer to: the house's.
const OWNER: OrganiserId = OrganiserId::HOUSE;

/// External ids of one kind that are remembered; of more, all are looked up anew.
const MOST_REFERENCES: usize = 200_000;

/// A batch that can be written.
pub(super) struct Resolved {
    pub rows: Rows,
    pub bad: BadLines,
    pub progress: Progress,
    pub last: bool,
}

/// Records of one kind with their ids; a venue's city is found or made when it is written.
pub(super) enum Rows {
    Venues(Split<(VenueId, VenueDraft)>),
    Performers(Split<PerformerRow>),
    Series(Split<SeriesRow>),
    Events(Split<EventRow>),
}

/// Records that are stored already, and new ones.
pub(super) struct Split<Row> {
    pub old: Vec<Row>,
    pub new: Vec<Row>,
}

pub(super) struct Resolver {
    conn: PoolConnection<Postgres>,
    clock: Clock,
    venues: References<VenueId>,
    series: References<SeriesId>,
    performers: References<PerformerId>,
    claimed: Claimed,
    /// Whether there are no events but the file's, so that none of them is known. They are locked then, and nobody may look.
    first_of_all: bool,
}

impl Resolver {
    pub(super) fn new(conn: PoolConnection<Postgres>, clock: Clock, first_of_all: bool) -> Self {
        let (venues, series, performers) = (References::default(), References::default(), References::default());
        Self { conn, clock, venues, series, performers, claimed: Claimed::default(), first_of_all }
    }

    pub(super) async fn resolve(&mut self, batch: Batch) -> sqlx::Result<Resolved> {
        let Batch { drafts, mut bad, progress, last } = batch;
        let rows = match drafts {
            Drafts::Venues(drafts) => {
                let known = store::venues::by_external_ids(&mut self.conn, OWNER, &named(&drafts)).await?;
                Rows::Venues(split(drafts, &known, &mut self.claimed, &mut bad, |draft, id| {
                    Ok((id.unwrap_or_else(|| VenueId::at(self.clock.now())), draft))
                }))
            }
            Drafts::Performers(drafts) => {
                let known = store::performers::by_external_ids(&mut self.conn, OWNER, &named(&drafts)).await?;
                Rows::Performers(split(drafts, &known, &mut self.claimed, &mut bad, |new, id| {
                    Ok(crate::write::performers::row(id.unwrap_or_else(|| PerformerId::at(self.clock.now())), new))
                }))
            }
            Drafts::Series(drafts) => {
                let known = store::series::by_external_ids(&mut self.conn, OWNER, &named(&drafts)).await?;
                Rows::Series(split(drafts, &known, &mut self.claimed, &mut bad, |new, id| {
                    Ok(crate::write::series::row(id.unwrap_or_else(|| SeriesId::at(self.clock.now())), new))
                }))
            }
            Drafts::Events(drafts) => {
                self.learn(&drafts).await?;
                let known = match self.first_of_all {
                    true => Known::default(),
                    false => store::events::by_external_ids(&mut self.conn, OWNER, &named(&drafts)).await?,
                };
                // an event has always kept its source
                Rows::Events(split(drafts, &known, &mut Claimed::default(), &mut bad, |draft, id| self.event_row(draft, id)))
            }
        };
        Ok(Resolved { rows, bad, progress, last })
    }

    async fn learn(&mut self, drafts: &[(u64, EventDraft)]) -> sqlx::Result<()> {
        let conn: &mut PgConnection = &mut self.conn;
        let unheard = self.venues.unheard(drafts.iter().filter_map(|(_, draft)| draft.venue.as_ref()));
        let known = store::venues::by_external_ids(conn, OWNER, &unheard).await?;
        self.venues.0.learn(unheard, known);
        let unheard = self.series.unheard(drafts.iter().filter_map(|(_, draft)| draft.series.as_ref()));
        let known = store::series::by_external_ids(conn, OWNER, &unheard).await?;
        self.series.0.learn(unheard, known);
        let unheard = self.performers.unheard(drafts.iter().flat_map(|(_, draft)| &draft.performers));
        let known = store::performers::by_external_ids(conn, OWNER, &unheard).await?;
        self.performers.0.learn(unheard, known);
        Ok(())
    }

    fn event_row(&self, draft: EventDraft, id: Option<EventId>) -> Result<EventRow, Misfit> {
        let mut new = draft.new;
        let source = new.source.clone();
        new.venue_id = self.venues.of("venue", "venue_id", &source, draft.venue.as_ref())?;
        new.series_id = self.series.of("series", "series_id", &source, draft.series.as_ref())?;
        for (n, (cast, id)) in new.performers.iter_mut().zip(&draft.performers).enumerate() {
            let found = self.performers.of("performer", &format!("performers[{n}].id"), &source, Some(id))?;
            cast.performer_id = found.unwrap_or(cast.performer_id);
        }
        let id = id.unwrap_or_else(|| EventId::at(self.clock.now()));
        Ok(crate::write::events::row_without_tiers(id, new))
    }
}

/// The field that is wrong, and why.
type Misfit = (String, String);

fn named<Draft: Named>(drafts: &[(u64, Draft)]) -> Vec<String> {
    drafts.iter().map(|(_, draft)| draft.external_id().to_owned()).collect()
}

/// Records from before sources were kept that this file has named: each is the first source's that does, and nobody else's.
///
/// Cost      some 40 bytes a record; no event is one, and none is made any more.
#[derive(Debug, Default)]
struct Claimed(HashSet<String>);

impl Claimed {
    /// Whether a record is the source's that asks for it now.
    fn grants<Id>(&mut self, found: &Found<Id>, external_id: &str) -> bool {
        !found.is_unclaimed() || self.0.insert(external_id.to_owned())
    }
}

/// Parts what is known from what is new.
fn split<Draft: Named, Id: Copy, Row>(
    drafts: Vec<(u64, Draft)>,
    known: &Known<Id>,
    claimed: &mut Claimed,
    bad: &mut BadLines,
    mut row: impl FnMut(Draft, Option<Id>) -> Result<Row, Misfit>,
) -> Split<Row> {
    let mut split = Split { old: Vec::new(), new: Vec::with_capacity(drafts.len()) };
    for (line, mut draft) in drafts {
        let source = draft.source().clone();
        let found = known.own(&source, draft.external_id()).filter(|found| claimed.grants(found, draft.external_id()));
        match row(draft, found.map(|found| found.id)) {
            Ok(row) if found.is_some() => split.old.push(row),
            Ok(row) => split.new.push(row),
            Err((field, detail)) => bad.push(BadLine { line, field: Some(field), detail }),
        }
    }
    split
}

/// External ids seen so far in the file, and what they are.
#[derive(Debug)]
struct References<Id>(Known<Id>);

impl<Id> Default for References<Id> {
    fn default() -> Self {
        Self(Known::default())
    }
}

impl<Id: Copy> References<Id> {
    /// The names that must be looked up.
    fn unheard<'a>(&mut self, names: impl Iterator<Item = &'a String>) -> Vec<String> {
        if self.0.len() > MOST_REFERENCES {
            self.0 = Known::default();
        }
        let mut unheard: Vec<&String> = names.filter(|name| !self.0.knows(name)).collect();
        unheard.sort_unstable();
        unheard.dedup();
        unheard.into_iter().cloned().collect()
    }

    fn of(&self, kind: &str, field: &str, source: &str, name: Option<&String>) -> Result<Option<Id>, Misfit> {
        let Some(name) = name else { return Ok(None) };
        match self.0.meant(source, name) {
            Ok(Some(found)) => Ok(Some(found.id)),
            Ok(None) => Err((field.to_owned(), format!("no {kind} has the id {name:?}"))),
            Err(store::Ambiguous) => {
                let detail = format!("several sources have the id {name:?}, and none of them is the record's own");
                Err((field.to_owned(), detail))
            }
        }
    }
}
