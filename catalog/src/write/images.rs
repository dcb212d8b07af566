//! Images: create, replace, delete. The caller has put the bytes into the store before, and takes away what a verb says is no longer named.

use domain::{Actor, Clock, ImageId, Invalid, OrganiserId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::told::{Change, tell};
use super::{Claim, Created, WriteError, check, claimed, matched};
use crate::model::{Image, ImageFile, ImageLimits, Kind};
use crate::store::{self, changes};

/// What a change of an image left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Replaced {
    pub image: Image,
    /// A file that no row names any longer.
    pub gone: Option<Uuid>,
    /// What shows it.
    pub users: Vec<(Kind, Uuid)>,
}

/// What a deletion left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    pub gone: Uuid,
    /// What showed it, and shows none now.
    pub users: Vec<(Kind, Uuid)>,
}

/// Refuses an organiser who has all that may be kept already, before bytes are looked at.
pub async fn has_room(pool: &PgPool, owner: OrganiserId, limits: ImageLimits) -> Result<(), WriteError> {
    let mut conn = pool.acquire().await?;
    room(&mut conn, owner, limits, 1, 1).await
}

/// Refuses another's image, one that is not there, and another version than was meant: before bytes are looked at.
pub async fn check_match(pool: &PgPool, by: &Actor, id: ImageId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut conn = pool.acquire().await?;
    matched(store::images::lock(&mut conn, by.bounds(), id).await?, if_match).map(drop)
}

/// Creates an image of bytes that are in the store.
///
/// Refuses   invalid (alt), images_full, key_reused.
pub async fn create(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    alt: &str,
    file: &ImageFile,
    limits: ImageLimits,
    claim: Option<Claim>,
) -> Result<Created<Image>, WriteError> {
    let alt = check::alt(alt)?;
    let id = ImageId::at(clock.now());
    let mut tx = pg::begin(pool).await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Image, id.0).await? {
        let record = store::images::get(&mut tx, ImageId(before)).await?.ok_or(WriteError::NotFound)?;
        return Ok(Created { record, replayed: true });
    }
    store::images::line_up(&mut tx, by.organiser).await?;
    room(&mut tx, by.organiser, limits, 1, file.bytes).await?;
    store::images::insert(&mut tx, by.organiser, id, &alt, file).await?;
    let after = Some(store::images::told(&alt, file));
    tell(&mut tx, by, Change { owner: by.organiser, action: "images.create", kind: Kind::Image, id: id.0, before: None, after })
        .await?;
    let record = store::images::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Gives an image another text, other bytes, or both; whatever shows it shows the new one.
///
/// Takes     `if_match`: the version it must still have.
/// Refuses   not_found, conflict, invalid (alt), images_full.
pub async fn replace(
    pool: &PgPool,
    by: &Actor,
    id: ImageId,
    (alt, file): (Option<&str>, Option<&ImageFile>),
    limits: ImageLimits,
    if_match: Option<i64>,
) -> Result<Replaced, WriteError> {
    let alt = alt.map(check::alt).transpose()?;
    let mut tx = pg::begin(pool).await?;
    let owner = matched(store::images::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = store::images::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let (alt, file) = (alt.unwrap_or_else(|| before.alt.clone()), file.unwrap_or(&before.file));
    if file.bytes > before.file.bytes {
        store::images::line_up(&mut tx, owner).await?;
        room(&mut tx, owner, limits, 0, file.bytes - before.file.bytes).await?;
    }
    store::images::update(&mut tx, by.bounds(), id, &alt, file).await?;
    let users = store::image_links::users(&mut tx, id).await?;
    announce(&mut tx, id, &users).await?;
    let (old, new) = (store::images::told(&before.alt, &before.file), store::images::told(&alt, file));
    let change = Change { owner, action: "images.change", kind: Kind::Image, id: id.0, before: Some(old), after: Some(new) };
    tell(&mut tx, by, change).await?;
    let image = store::images::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    tx.commit().await?;
    let gone = (image.file.file != before.file.file).then_some(before.file.file);
    Ok(Replaced { image, gone, users })
}

/// Counts a picture that was made of an image's file and put beside it. Strangers choose what is made: so it takes none of the room for
/// uploads, and has as much of its own.
///
/// Gives     a file of which all that was made is to be removed, where it is more than that; it is made anew for whoever asks.
pub async fn note_derived(pool: &PgPool, image: &Image, bytes: u64, limits: ImageLimits) -> Result<Option<Uuid>, WriteError> {
    let mut conn = pool.acquire().await?;
    store::images::add_derived(&mut conn, image.id, image.file.file, bytes).await?;
    Ok(store::images::drop_derived(&mut conn, image.organiser, limits.bytes).await?)
}

/// Deletes an image; what showed it shows none.
///
/// Refuses   not_found, conflict.
pub async fn delete(pool: &PgPool, by: &Actor, id: ImageId, if_match: Option<i64>) -> Result<Removed, WriteError> {
    let mut tx = pg::begin(pool).await?;
    let owner = matched(store::images::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = store::images::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let users = store::image_links::unlink(&mut tx, id).await?;
    store::images::delete(&mut tx, by.bounds(), id).await?;
    announce(&mut tx, id, &users).await?;
    let told = Some(store::images::told(&before.alt, &before.file));
    tell(&mut tx, by, Change { owner, action: "images.delete", kind: Kind::Image, id: id.0, before: told, after: None }).await?;
    tx.commit().await?;
    Ok(Removed { gone: before.file.file, users })
}

/// Refuses an image that a record of this owner may not show: another organiser's, or none at all.
pub(super) async fn may_show(conn: &mut PgConnection, owner: OrganiserId, image: Option<ImageId>) -> Result<(), WriteError> {
    let Some(image) = image else { return Ok(()) };
    if store::images::usable(conn, owner, image).await? {
        Ok(())
    } else {
        Err(Invalid::new("image_id", "there is no such image").into())
    }
}

/// Tells the feed of an image and of all that shows it.
async fn announce(conn: &mut PgConnection, id: ImageId, users: &[(Kind, Uuid)]) -> Result<(), WriteError> {
    changes::append(conn, Kind::Image, &[id.0]).await?;
    for kind in Kind::INDEXED {
        let ids: Vec<Uuid> = users.iter().filter(|(user, _)| *user == kind).map(|(_, id)| *id).collect();
        changes::append(conn, kind, &ids).await?;
    }
    Ok(())
}

/// Refuses what does not fit beside what an organiser has.
async fn room(
    conn: &mut PgConnection,
    owner: OrganiserId,
    limits: ImageLimits,
    images: u64,
    bytes: u64,
) -> Result<(), WriteError> {
    let (have, weigh) = store::images::used(conn, owner).await?;
    if have + images > limits.images {
        return Err(WriteError::ImagesFull { quota: "images", limit: limits.images, used: have });
    }
    if weigh + bytes > limits.bytes {
        return Err(WriteError::ImagesFull { quota: "bytes", limit: limits.bytes, used: weigh });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventPatch, NewEvent, Performer};
    use crate::reads::Reads;
    use crate::store::fixture::audit;
    use crate::write::fixture::{self, clock, new_event, stranger};
    use crate::write::{events, performers, series};

    const ROOM: ImageLimits = ImageLimits { images: 3, bytes: 1_000 };

    fn file(bytes: u64) -> ImageFile {
        let file = ImageId::at(clock().now()).0;
        ImageFile { file, sha256: [7; 32], format: "png".into(), opaque: true, width: 640, height: 480, bytes }
    }

    async fn made(pool: &PgPool, by: &Actor) -> Image {
        create(pool, &clock(), by, "An owl", &file(100), ROOM, None).await.expect("made").record
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_image_comes_changes_and_goes_with_what_shows_it(pool: PgPool) {
        let (house, reads) = (Actor::house(), Reads::beside(&pool));
        let owl = made(&pool, &house).await;
        let new = NewEvent { image_id: Some(owl.id), ..new_event("Night") };
        let night = events::create(&pool, &clock(), &house, new, None).await.expect("made").record;
        assert_eq!((night.image.own, night.image.shown.as_ref()), (Some(owl.id), Some(&owl.picture())));
        let other = file(200);
        let replaced = replace(&pool, &house, owl.id, (None, Some(&other)), ROOM, Some(1)).await.expect("replaced");
        assert_eq!((replaced.image.version, replaced.gone), (2, Some(owl.file.file)));
        assert_eq!(replaced.users, [(Kind::Event, night.row.id.0)]);
        let stale = replace(&pool, &house, owl.id, (Some("x"), None), ROOM, Some(1)).await;
        assert!(matches!(stale, Err(WriteError::Conflict { version: 2 })), "{stale:?}");
        let said = replace(&pool, &house, owl.id, (Some("A barn owl"), None), ROOM, None).await.expect("said");
        assert_eq!((said.image.file.file, said.gone), (other.file, None));
        assert_eq!(reads.event(night.row.id).await.expect("there").image.shown.map(|shown| shown.alt), Some("A barn owl".into()));
        let removed = delete(&pool, &house, owl.id, None).await.expect("deleted");
        assert_eq!((removed.gone, removed.users), (other.file, vec![(Kind::Event, night.row.id.0)]));
        assert_eq!(reads.event(night.row.id).await.expect("there").image.shown, None);
        // a patch of something else goes on working
        events::patch(&pool, &clock(), &house, night.row.id, EventPatch::default(), None).await.expect("as it was");
        let (image, event) = ((Kind::Image, owl.id.0), (Kind::Event, night.row.id.0));
        assert_eq!(fixture::feed(&pool).await, [event, image, event, image, event, image, event]);
        let told: Vec<String> = audit(&pool, house.organiser).await.expect("lines").into_iter().map(|line| line.0).collect();
        assert_eq!(told, ["images.create", "events.create", "images.change", "images.change", "images.delete"]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn another_s_image_is_as_absent_and_the_house_s_serves_all(pool: PgPool) {
        let (house, one, two) = (Actor::house(), stranger(&pool).await, stranger(&pool).await);
        let (ours, theirs) = (made(&pool, &house).await, made(&pool, &one).await);
        let absent = |result: Result<_, WriteError>| matches!(result, Err(WriteError::NotFound));
        assert!(absent(replace(&pool, &two, theirs.id, (Some("x"), None), ROOM, None).await.map(|_| ())));
        assert!(absent(delete(&pool, &two, theirs.id, None).await.map(|_| ())));
        let shows = async |by: &Actor, image: ImageId| {
            let new = NewEvent { image_id: Some(image), ..new_event("Night") };
            events::create(&pool, &clock(), by, new, None).await.map(|_| ())
        };
        for (by, image) in [(&house, ours.id), (&one, theirs.id), (&one, ours.id)] {
            shows(by, image).await.expect("its own, or the house's");
        }
        for (by, image) in [(&two, theirs.id), (&house, theirs.id), (&one, ImageId(Uuid::nil()))] {
            let refused = shows(by, image).await;
            assert!(matches!(&refused, Err(WriteError::Invalid(wrong)) if wrong.field == "image_id"), "{refused:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_shows_its_series_picture_and_then_its_bill_s(pool: PgPool) {
        let (house, reads) = (Actor::house(), Reads::beside(&pool));
        let (poster, band) = (made(&pool, &house).await, made(&pool, &house).await);
        let tour = fixture::series(&pool, "Tour").await;
        let owls: Performer = fixture::performer(&pool, "Owls").await;
        let image = crate::model::PerformerPatch { image_id: Some(Some(band.id)), ..Default::default() };
        let owls = performers::patch(&pool, &house, owls.row.id, image, None).await.expect("pictured");
        assert_eq!((owls.version, owls.image.own), (2, Some(band.id)));
        let new = NewEvent { series_id: Some(tour.row.id), performers: vec![fixture::cast(&owls, "band")], ..new_event("Night") };
        let night = fixture::event(&pool, new).await;
        let shown = async || reads.event(night.row.id).await.expect("there").image;
        assert_eq!((shown().await.own, shown().await.shown.map(|shown| shown.id)), (None, Some(band.id)));
        let image = crate::model::SeriesPatch { image_id: Some(Some(poster.id)), ..Default::default() };
        series::patch(&pool, &house, tour.row.id, image, None).await.expect("pictured");
        assert_eq!(shown().await.shown.map(|shown| shown.id), Some(poster.id));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_organiser_has_room_for_so_many_images_and_bytes(pool: PgPool) {
        let (house, other) = (Actor::house(), stranger(&pool).await);
        let add =
            async |by: &Actor, bytes| create(&pool, &clock(), by, "x", &file(bytes), ROOM, None).await.map(|made| made.record);
        let full = |result: Result<Image, WriteError>| match result {
            Err(WriteError::ImagesFull { quota, limit, used }) => (quota, limit, used),
            other => panic!("{other:?}"),
        };
        let first = add(&house, 600).await.expect("room");
        assert_eq!(full(add(&house, 401).await), ("bytes", 1_000, 600));
        add(&house, 400).await.expect("just");
        let grown = replace(&pool, &house, first.id, (None, Some(&file(601))), ROOM, None).await;
        assert!(matches!(grown, Err(WriteError::ImagesFull { quota: "bytes", .. })), "{grown:?}");
        replace(&pool, &house, first.id, (None, Some(&file(10))), ROOM, None).await.expect("smaller");
        add(&house, 1).await.expect("the third");
        assert_eq!(full(add(&house, 1).await), ("images", 3, 3));
        assert!(has_room(&pool, house.organiser, ROOM).await.is_err());
        add(&other, 1_000).await.expect("another has room of its own");
    }

    /// The control is another's image, whose pictures take none of this one's room.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_made_of_files_has_room_of_its_own_and_keeps_no_upload_out(pool: PgPool) {
        let (house, other) = (Actor::house(), stranger(&pool).await);
        let (one, two, theirs) = (made(&pool, &house).await, made(&pool, &house).await, made(&pool, &other).await);
        let note = async |image: &Image, bytes| note_derived(&pool, image, bytes, ROOM).await.expect("counted");
        assert_eq!(note(&theirs, 900).await, None);
        assert_eq!((note(&one, 400).await, note(&two, 500).await, note(&one, 100).await), (None, None, None), "just");
        let said = replace(&pool, &house, one.id, (Some("A barn owl"), None), ROOM, None).await.expect("said").image;
        assert_eq!(note(&said, 1).await, Some(one.file.file), "other words are the same file, of which the most was made");
        assert_eq!(note(&one, 500).await, None, "and what was made of it counts no more");
        replace(&pool, &house, one.id, (None, Some(&file(100))), ROOM, None).await.expect("replaced");
        // made of the file before, told late
        assert_eq!((note(&said, 900).await, note(&two, 500).await), (None, None), "of nothing");
        create(&pool, &clock(), &house, "x", &file(800), ROOM, None).await.expect("room for uploads");
    }
}
