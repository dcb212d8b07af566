//! Series: what several events are dates of.

use domain::{ImageId, SeriesId};
use jiff::Timestamp;

use super::Pictured;

/// A series as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    pub id: SeriesId,
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    pub source: String,
    pub slug: String,
    pub title: String,
    /// tour, play, film, season, festival, series.
    pub kind: String,
    pub category: String,
    pub description: String,
}

/// A series with its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub row: SeriesRow,
    pub image: Pictured,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What an organiser writes of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewSeries {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    pub source: String,
    pub title: String,
    /// Empty means `series`.
    pub kind: String,
    pub category: String,
    pub description: String,
    pub image_id: Option<ImageId>,
}

/// A change to a series: what is `None` stays; `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeriesPatch {
    pub external_id: Option<Option<String>>,
    pub source: Option<String>,
    pub title: Option<String>,
    pub kind: Option<String>,
    pub category: Option<String>,
    pub description: Option<String>,
    pub image_id: Option<Option<ImageId>>,
}

impl From<&Series> for NewSeries {
    fn from(series: &Series) -> Self {
        let row = series.row.clone();
        Self {
            external_id: row.external_id,
            source: row.source,
            title: row.title,
            kind: row.kind,
            category: row.category,
            description: row.description,
            image_id: series.image.own,
        }
    }
}

impl SeriesPatch {
    pub fn apply(self, to: &mut NewSeries) {
        super::set(&mut to.external_id, self.external_id);
        super::set(&mut to.source, self.source);
        super::set(&mut to.title, self.title);
        super::set(&mut to.kind, self.kind);
        super::set(&mut to.category, self.category);
        super::set(&mut to.description, self.description);
        super::set(&mut to.image_id, self.image_id);
    }
}
