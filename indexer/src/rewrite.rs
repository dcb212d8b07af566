//! What changes make of the index: the documents of what they touch, and of the events that show it.

use std::collections::BTreeSet;

use catalog::index::schema::Fields;
use catalog::index::{Fault, document};
use catalog::model::Kind;
use catalog::store;
use catalog::store::changes::Change;
use domain::{CityId, EventId};
use sqlx::PgConnection;
use tantivy::TantivyDocument;
use uuid::Uuid;

use crate::source;

/// Events read at once of a change that touches many.
const BATCH: u32 = 2_000;

/// What becomes of one thing's document.
pub enum Rewrite {
    Replace(Uuid, Box<TantivyDocument>),
    Remove(Uuid),
}

/// Ids whose documents are to be made anew.
#[derive(Default)]
pub struct Touched {
    events: BTreeSet<Uuid>,
    venues: BTreeSet<Uuid>,
    performers: BTreeSet<Uuid>,
    series: BTreeSet<Uuid>,
}

/// The events that a set of changes makes show something else, batch by batch.
pub struct Dependents<'a> {
    changes: &'a [Change],
    after: Option<EventId>,
}

impl<'a> Dependents<'a> {
    pub fn of(changes: &'a [Change]) -> Self {
        Self { changes, after: None }
    }

    /// The next of them; `None` after the last.  An event shows itself and is among the touched already.
    pub async fn next(&mut self, conn: &mut PgConnection) -> sqlx::Result<Option<Vec<Uuid>>> {
        while let Some((change, rest)) = self.changes.split_first() {
            if change.kind != Kind::Event {
                let found = store::events::dependents(conn, change.kind, change.id, self.after, BATCH).await?;
                if let Some(last) = found.last() {
                    self.after = Some(*last);
                    return Ok(Some(found.into_iter().map(|event| event.0).collect()));
                }
            }
            (self.changes, self.after) = (rest, None);
        }
        Ok(None)
    }
}

impl Touched {
    pub async fn by(conn: &mut PgConnection, feed: &[Change]) -> sqlx::Result<Self> {
        let mut touched = Self::default();
        for change in feed {
            match change.kind {
                Kind::Event => touched.events.insert(change.id),
                Kind::Venue => touched.venues.insert(change.id),
                // what shows it has a line of its own
                Kind::Image => false,
                Kind::Performer => touched.performers.insert(change.id),
                Kind::Series => touched.series.insert(change.id),
                Kind::City => {
                    let venues = store::venues::in_city(conn, CityId(change.id)).await?;
                    touched.venues.extend(venues.into_iter().map(|venue| venue.0));
                    false
                }
            };
        }
        Ok(touched)
    }

    pub fn has_event(&self, id: &Uuid) -> bool {
        self.events.contains(id)
    }

    /// The documents of the touched things themselves.
    pub async fn rewrites(&self, conn: &mut PgConnection, fields: &Fields) -> Result<Vec<Rewrite>, Fault> {
        let mut rewrites = events(conn, fields, &Vec::from_iter(self.events.iter().copied())).await?;
        let ids = Vec::from_iter(self.venues.iter().copied());
        let (found, around) = source::venues(conn, &ids).await?;
        let made = found.iter().map(|venue| (venue.row.id.0, document::venue(fields, venue, &around)));
        rewrites.extend(replaced_or_removed(&ids, made));
        let ids = Vec::from_iter(self.performers.iter().copied());
        let (found, around) = source::performers(conn, &ids).await?;
        let made = found.iter().map(|performer| (performer.row.id.0, document::performer(fields, performer, &around)));
        rewrites.extend(replaced_or_removed(&ids, made));
        let ids = Vec::from_iter(self.series.iter().copied());
        let (found, around) = source::series(conn, &ids).await?;
        let made = found.iter().map(|series| (series.row.id.0, document::series(fields, series, &around)));
        rewrites.extend(replaced_or_removed(&ids, made));
        Ok(rewrites)
    }
}

/// The documents of things of which only the ids are known, each with its kind; what Postgres has in no table is to be removed.
pub async fn all_kinds(conn: &mut PgConnection, fields: &Fields, ids: &[Uuid]) -> Result<Vec<(&'static str, Rewrite)>, Fault> {
    let mut left: BTreeSet<Uuid> = ids.iter().copied().collect();
    let mut found = Vec::new();
    for kind in [Kind::Event, Kind::Venue, Kind::Performer, Kind::Series] {
        let some = left.clone();
        let mut touched = Touched::default();
        match kind {
            Kind::Event => touched.events = some,
            Kind::Venue => touched.venues = some,
            Kind::Performer => touched.performers = some,
            Kind::Series | Kind::City | Kind::Image => touched.series = some,
        }
        for rewrite in touched.rewrites(conn, fields).await? {
            if let Rewrite::Replace(id, _) = &rewrite {
                left.remove(id);
                found.push((kind.as_str(), rewrite));
            }
        }
    }
    found.extend(left.into_iter().map(|id| ("document", Rewrite::Remove(id))));
    Ok(found)
}

/// The documents of events.
pub async fn events(conn: &mut PgConnection, fields: &Fields, ids: &[Uuid]) -> Result<Vec<Rewrite>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = source::events(conn, ids).await?;
    let around = source::sides_of(conn, &found).await?;
    let made = found.iter().map(|event| (event.id.0, document::event(fields, event, &around)));
    Ok(replaced_or_removed(ids, made))
}

/// What the database no longer has is removed from the index.
fn replaced_or_removed(ids: &[Uuid], made: impl Iterator<Item = (Uuid, TantivyDocument)>) -> Vec<Rewrite> {
    let mut rewrites: Vec<Rewrite> = made.map(|(id, document)| Rewrite::Replace(id, Box::new(document))).collect();
    let there: BTreeSet<Uuid> = rewrites
        .iter()
        .map(|rewrite| match rewrite {
            Rewrite::Replace(id, _) | Rewrite::Remove(id) => *id,
        })
        .collect();
    rewrites.extend(ids.iter().filter(|id| !there.contains(id)).map(|id| Rewrite::Remove(*id)));
    rewrites
}
