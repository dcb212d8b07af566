//! External ids: what other sources call an organiser's records. They are words of its own: another organiser's stand for nothing here.

use std::collections::HashMap;

use domain::OrganiserId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A record under an external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<Id> {
    pub id: Id,
    /// Who calls it so; none for a record from before sources were kept.
    source: Option<String>,
}

/// Records of one organiser by their external ids: one a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<Id>(HashMap<String, Vec<Found<Id>>>);

impl<Id> Found<Id> {
    /// Whether no source has named it yet.
    pub fn is_unclaimed(&self) -> bool {
        self.source.is_none()
    }
}

/// Several sources call a record so, and none of them is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguous;

impl<Id> Default for Known<Id> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Id> Known<Id> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn knows(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Takes over what was found for these ids; those that were not found are known to be nothing.
    pub fn learn(&mut self, asked: Vec<String>, mut found: Self) {
        self.0.extend(asked.into_iter().map(|id| {
            let all = found.0.remove(&id).unwrap_or_default();
            (id, all)
        }));
    }

    /// The record that this source calls so; one from before sources were kept is the first's that asks for it.
    pub fn own(&self, source: &str, id: &str) -> Option<&Found<Id>> {
        own(self.0.get(id)?, source)
    }

    /// The record that a record of this source means: the source's own, else the one without a source, else the only one.
    pub fn meant(&self, source: &str, id: &str) -> Result<Option<&Found<Id>>, Ambiguous> {
        let all = self.0.get(id).map_or(&[][..], Vec::as_slice);
        match (own(all, source).or_else(|| own(all, "")), all) {
            (Some(found), _) | (None, [found]) => Ok(Some(found)),
            (None, []) => Ok(None),
            (None, _) => Err(Ambiguous),
        }
    }
}

fn own<'a, Id>(all: &'a [Found<Id>], source: &str) -> Option<&'a Found<Id>> {
    let named = all.iter().find(|found| found.source.as_deref() == Some(source));
    named.or_else(|| all.iter().find(|found| found.source.is_none()))
}

/// Runs a statement that selects `external_id, source, id` where the external id is any of its first parameter, and its second the owner.
pub(crate) async fn known<Id: From<Uuid>>(
    conn: &mut PgConnection,
    statement: &'static str,
    owner: OrganiserId,
    external_ids: &[String],
) -> sqlx::Result<Known<Id>> {
    let mut known = Known::default();
    if external_ids.is_empty() {
        return Ok(known);
    }
    let rows: Vec<(String, Option<String>, Uuid)> =
        sqlx::query_as(statement).bind(external_ids).bind(owner.0).fetch_all(conn).await?;
    for (name, source, id) in rows {
        let found = Found { id: id.into(), source };
        known.0.entry(name).or_default().push(found);
    }
    Ok(known)
}
