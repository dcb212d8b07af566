//! Performers: people and groups on stage.

use domain::{ImageId, PerformerId};
use jiff::Timestamp;

use super::Pictured;

/// A performer as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct PerformerRow {
    pub id: PerformerId,
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    pub source: String,
    pub slug: String,
    pub name: String,
    pub sort_name: String,
    pub kind: String,
    pub kinds: Vec<String>,
    pub instruments: Vec<String>,
    pub sport: String,
    pub city: String,
    pub country: String,
    pub aliases: Vec<String>,
    pub description: String,
}

/// A performer with its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Performer {
    pub row: PerformerRow,
    pub image: Pictured,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What an organiser writes of a performer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewPerformer {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    pub source: String,
    pub name: String,
    pub sort_name: String,
    /// soloist, band, team, …; empty means `performer`.
    pub kind: String,
    pub kinds: Vec<String>,
    pub instruments: Vec<String>,
    pub sport: String,
    pub city: String,
    pub country: String,
    pub aliases: Vec<String>,
    pub description: String,
    pub image_id: Option<ImageId>,
}

/// A change to a performer: what is `None` stays; `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PerformerPatch {
    pub external_id: Option<Option<String>>,
    pub source: Option<String>,
    pub name: Option<String>,
    pub sort_name: Option<String>,
    pub kind: Option<String>,
    pub kinds: Option<Vec<String>>,
    pub instruments: Option<Vec<String>>,
    pub sport: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub aliases: Option<Vec<String>>,
    pub description: Option<String>,
    pub image_id: Option<Option<ImageId>>,
}

impl From<&Performer> for NewPerformer {
    fn from(performer: &Performer) -> Self {
        let row = performer.row.clone();
        Self {
            external_id: row.external_id,
            source: row.source,
            name: row.name,
            sort_name: row.sort_name,
            kind: row.kind,
            kinds: row.kinds,
            instruments: row.instruments,
            sport: row.sport,
            city: row.city,
            country: row.country,
            aliases: row.aliases,
            description: row.description,
            image_id: performer.image.own,
        }
    }
}

impl PerformerPatch {
    pub fn apply(self, to: &mut NewPerformer) {
        super::set(&mut to.external_id, self.external_id);
        super::set(&mut to.source, self.source);
        super::set(&mut to.name, self.name);
        super::set(&mut to.sort_name, self.sort_name);
        super::set(&mut to.kind, self.kind);
        super::set(&mut to.kinds, self.kinds);
        super::set(&mut to.instruments, self.instruments);
        super::set(&mut to.sport, self.sport);
        super::set(&mut to.city, self.city);
        super::set(&mut to.country, self.country);
        super::set(&mut to.aliases, self.aliases);
        super::set(&mut to.description, self.description);
        super::set(&mut to.image_id, self.image_id);
    }
}
