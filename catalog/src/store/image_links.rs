//! Which picture stands for an event, series, performer or venue.

use std::collections::HashMap;

use domain::ImageId;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::column;
use crate::model::{Event, Kind, Performer, Picture, Pictured, Series, Venue, mark};

/// The pictures of things, by the things' ids.
pub type Pictures = HashMap<Uuid, Picture>;

/// Gives a thing a picture, or none.
///
/// Gives     whether it had another before.
pub async fn set(conn: &mut PgConnection, kind: Kind, subject: Uuid, image: Option<ImageId>) -> sqlx::Result<bool> {
    let done = match image {
        Some(image) => {
            let statement = "-- image_links.set
                INSERT INTO image_links (subject, kind, image_id) VALUES ($1, $2, $3)
                ON CONFLICT (subject) DO UPDATE SET image_id = $3 WHERE image_links.image_id <> $3";
            sqlx::query(statement).bind(subject).bind(kind.as_str()).bind(image.0).execute(conn).await?
        }
        None => {
            sqlx::query("-- image_links.clear\nDELETE FROM image_links WHERE subject = $1").bind(subject).execute(conn).await?
        }
    };
    Ok(done.rows_affected() > 0)
}

/// Gives many things of one kind their pictures; they must have none.
pub async fn insert(conn: &mut PgConnection, kind: Kind, links: &[(Uuid, ImageId)]) -> sqlx::Result<()> {
    let (subjects, images): (Vec<Uuid>, Vec<Uuid>) = links.iter().map(|(subject, image)| (*subject, image.0)).unzip();
    let statement = "-- image_links.insert
        INSERT INTO image_links (subject, kind, image_id) SELECT s, $2, i FROM unnest($1::uuid[], $3::uuid[]) AS link (s, i)";
    sqlx::query(statement).bind(subjects).bind(kind.as_str()).bind(images).execute(conn).await?;
    Ok(())
}

/// What shows an image.
pub async fn users(conn: &mut PgConnection, image: ImageId) -> sqlx::Result<Vec<(Kind, Uuid)>> {
    let statement = "-- image_links.users\nSELECT kind, subject FROM image_links WHERE image_id = $1 ORDER BY kind, subject";
    let rows = sqlx::query(statement).bind(image.0).fetch_all(conn).await?;
    rows.iter().map(user).collect()
}

/// Takes an image from all that show it; gives what did.
pub async fn unlink(conn: &mut PgConnection, image: ImageId) -> sqlx::Result<Vec<(Kind, Uuid)>> {
    let statement = "-- image_links.unlink\nDELETE FROM image_links WHERE image_id = $1 RETURNING kind, subject";
    let rows = sqlx::query(statement).bind(image.0).fetch_all(conn).await?;
    rows.iter().map(user).collect()
}

fn user(row: &sqlx::postgres::PgRow) -> sqlx::Result<(Kind, Uuid)> {
    let word: String = row.try_get("kind")?;
    let kind = Kind::parse(&word).ok_or_else(|| column::decode("kind", format!("{word:?} is no kind")))?;
    Ok((kind, row.try_get("subject")?))
}

/// The pictures of things; what has none is left out.
pub async fn shown(conn: &mut PgConnection, subjects: &[Uuid]) -> sqlx::Result<Pictures> {
    if subjects.is_empty() {
        return Ok(Pictures::new());
    }
    let rows = sqlx::query("-- image_links.shown\nSELECT * FROM shown_images WHERE subject = ANY($1)")
        .bind(subjects)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("subject")?, picture(row)?))).collect()
}

fn picture(row: &sqlx::postgres::PgRow) -> sqlx::Result<Picture> {
    Ok(Picture {
        id: ImageId(row.try_get("id")?),
        mark: mark(row.try_get("sha256")?),
        width: column::natural(row, "width")?,
        height: column::natural(row, "height")?,
        alt: row.try_get("alt")?,
    })
}

/// A record that may have a picture.
pub trait Subject {
    /// Whose pictures it may show: its own first, then what stands in for it.
    fn subjects(&self) -> Vec<Uuid>;
    fn put(&mut self, pictured: Pictured);
}

/// Fills in the pictures of records.
///
/// Cost      one statement for all of them.
pub async fn fill<T: Subject>(conn: &mut PgConnection, records: &mut [T]) -> sqlx::Result<()> {
    let subjects: Vec<Uuid> = records.iter().flat_map(Subject::subjects).collect();
    let pictures = shown(conn, &subjects).await?;
    if pictures.is_empty() {
        return Ok(());
    }
    for record in records {
        let subjects = record.subjects();
        record.put(pictured(&pictures, &subjects));
    }
    Ok(())
}

/// The picture of a thing, or the first of those that stand in for it.
pub fn pictured(pictures: &Pictures, subjects: &[Uuid]) -> Pictured {
    let own = subjects.first().and_then(|id| pictures.get(id)).map(|picture| picture.id);
    Pictured { own, shown: subjects.iter().find_map(|id| pictures.get(id)).cloned() }
}

/// Fills in the picture of one record.
pub async fn fill_one<T: Subject>(conn: &mut PgConnection, mut record: T) -> sqlx::Result<T> {
    fill(conn, std::slice::from_mut(&mut record)).await?;
    Ok(record)
}

/// An event shows its series' picture where it has none, else the first of its bill's.
impl Subject for Event {
    fn subjects(&self) -> Vec<Uuid> {
        let bill = self.row.performers.iter().map(|cast| cast.performer_id.0);
        [self.row.id.0].into_iter().chain(self.row.series_id.map(|id| id.0)).chain(bill).collect()
    }

    fn put(&mut self, pictured: Pictured) {
        self.image = pictured;
    }
}

macro_rules! alone {
    ($($record:ident)+) => {$(
        impl Subject for $record {
            fn subjects(&self) -> Vec<Uuid> {
                vec![self.row.id.0]
            }

            fn put(&mut self, pictured: Pictured) {
                self.image = pictured;
            }
        }
    )+};
}

alone! { Series Performer Venue }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_picture_comes_before_those_that_stand_in() {
        let picture = |n: u128| Picture { id: ImageId(Uuid::from_u128(n)), mark: 0, width: 1, height: 1, alt: String::new() };
        let id = Uuid::from_u128;
        let pictures: Pictures = [(id(1), picture(11)), (id(2), picture(12))].into_iter().collect();
        let table: [(&[Uuid], Option<u128>, Option<u128>); 4] = [
            (&[id(1), id(2)], Some(11), Some(11)),
            (&[id(9), id(2), id(1)], None, Some(12)),
            (&[id(9)], None, None),
            (&[], None, None),
        ];
        for (subjects, own, shown) in table {
            let found = pictured(&pictures, subjects);
            let number = |id: ImageId| id.0.as_u128();
            assert_eq!((found.own.map(number), found.shown.map(|picture| number(picture.id))), (own, shown), "{subjects:?}");
        }
    }
}
