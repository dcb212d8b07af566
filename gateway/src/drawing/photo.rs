//! Pictures that organisers upload: read and put away, and made smaller when somebody asks for that.

use bytes::Bytes;
use catalog::model::{Image, ImageFile};
use catalog::write::images;
use domain::ImageId;
use renderer::photo::{self, Format, Photo, Wrong};
use sha2::{Digest as _, Sha256};

use crate::web::album::Name;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::studio::Drawn;
use crate::web::unbroken::Unbroken;

/// Reads an uploaded file and puts it away. No row names it yet: if none ever does, it is swept.
///
/// Refuses   invalid (`file`), body_too_large; busy when too many wait.
pub async fn take_in(app: &App, bytes: Bytes) -> ApiResult<ImageFile> {
    let read = move || {
        let photo = photo::read(&bytes).map_err(refused)?;
        let (format, kept) = photo.kept().map_err(ApiError::fault)?;
        Ok::<_, ApiError>((photo.width(), photo.height(), photo.is_opaque(), format, kept))
    };
    let (width, height, opaque, format, kept) = app.studio.draw(Drawn::Upload, read).await??;
    let file = ImageId::at(app.clock.now()).0;
    let sha256 = Sha256::digest(&kept).into();
    let made = ImageFile { file, sha256, format: format.as_str().to_owned(), opaque, width, height, bytes: kept.len() as u64 };
    app.album.put(Name { file, width: None, format }, kept).await.map_err(ApiError::fault)?;
    Ok(made)
}

fn refused(wrong: Wrong) -> ApiError {
    match wrong {
        Wrong::TooLong => too_long(),
        wrong => ApiError::invalid("file", wrong.to_string()),
    }
}

/// 413 that says how long a file may be.
pub fn too_long() -> ApiError {
    ApiError::new(Code::BodyTooLarge).detail(format!("the file may have {} bytes", photo::MAX_BYTES)).field("file", "is too long")
}

/// An image in one of the widths and a format: as it lies in the album, or made now, by one of those who ask, and put there.
pub async fn in_width(app: &App, image: &Image, width: u32, format: Format) -> ApiResult<Bytes> {
    let name = Name { file: image.file.file, width: Some(width.min(image.file.width)), format };
    app.album.get_or(name, made(app, image, name)).await
}

async fn made(app: &App, image: &Image, name: Name) -> ApiResult<Bytes> {
    if let Some(bytes) = app.album.get(name).await.map_err(ApiError::fault)? {
        return Ok(bytes);
    }
    let kept_as = Format::parse(&image.file.format).unwrap_or(Format::Png);
    let kept = Name { file: name.file, width: None, format: kept_as };
    let kept = app.album.get(kept).await.map_err(ApiError::fault)?;
    let Some(kept) = kept else { return Err(lacking(app, image).await) };
    let width = name.width.unwrap_or(image.file.width);
    let draw = move || smaller(&kept, width, name.format);
    let bytes = app.studio.draw(Drawn::Photo, draw).await?.map_err(ApiError::fault)?;
    let bytes = Bytes::from(bytes);
    // what lies there is counted, though whoever asked has hung up
    Unbroken::new(Box::pin(put_away(app.clone(), image.clone(), name, bytes.clone()))).await;
    Ok(bytes)
}

async fn put_away(app: App, image: Image, name: Name, bytes: Bytes) {
    match app.album.put_new(name, bytes.clone()).await {
        Ok(true) => counted(&app, &image, bytes.len() as u64).await,
        Ok(false) => {}
        // it is made again the next time
        Err(fault) => tracing::warn!(%fault, "a picture could not be put away"),
    }
}

/// Counts what lies in the album now, and removes what is more than may lie there; who waits for the picture gets it all the same.
async fn counted(app: &App, image: &Image, bytes: u64) {
    match images::note_derived(&app.pool, image, bytes, app.config.image_limits).await {
        Ok(None) => {}
        Ok(Some(file)) => {
            if let Err(fault) = app.album.remove_made(file).await {
                tracing::warn!(%fault, %file, "what was made of a picture stays until that goes");
            }
        }
        Err(fault) => tracing::warn!(%fault, image = %image.id, "a picture that was put away is not counted"),
    }
}

/// Why a file is not there: its image was replaced or deleted since its row was read, or we lost it.
async fn lacking(app: &App, image: &Image) -> ApiError {
    match app.reads.image(image.id).await {
        Err(fault) => fault.into(),
        Ok(now) if now.file.file != image.file.file => ApiError::new(Code::Busy).retry_after(1),
        Ok(_) => ApiError::fault(format!("the store of images lacks {}", image.file.file)),
    }
}

type PhotoFault = Box<dyn std::error::Error + Send + Sync>;

fn smaller(kept: &[u8], width: u32, format: Format) -> Result<Vec<u8>, PhotoFault> {
    let photo: Photo = photo::read(kept)?;
    Ok(photo.in_width(width).write(format)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::model::ImageLimits;
    use domain::Actor;
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_file_that_is_not_there_is_told_by_its_row(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = App::for_testing(pool, home.path()).await.expect("an app");
        let (by, limits) = (Actor::house(), app.config.image_limits);
        let file = || ImageFile {
            file: ImageId::at(app.clock.now()).0,
            sha256: [7; 32],
            format: "png".to_owned(),
            opaque: true,
            width: 640,
            height: 480,
            bytes: 1,
        };
        let made = images::create(&app.pool, &app.clock, &by, "An owl", &file(), limits, None).await.expect("made").record;
        let asked = async || in_width(&app, &made, 160, Format::Png).await.err().map(|fault| fault.code());
        assert_eq!(asked().await, Some(Code::Internal), "its row names it");
        images::replace(&app.pool, &by, made.id, (None, Some(&file())), limits, None).await.expect("replaced");
        assert_eq!(asked().await, Some(Code::Busy), "another is there by now");
        images::delete(&app.pool, &by, made.id, None).await.expect("deleted");
        assert_eq!(asked().await, Some(Code::NotFound));
    }

    /// The control: with room for all, all stays.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_strangers_had_made_goes_when_it_is_too_much_and_what_was_uploaded_stays(pool: PgPool) {
        for (room, stays) in [(1, false), (100 << 20, true)] {
            let home = tempfile::tempdir().expect("a directory");
            let uploads = ImageLimits { images: 100, bytes: 100 << 20 };
            let config = crate::settings::config::Config {
                image_limits: ImageLimits { bytes: room, ..uploads },
                ..crate::settings::config::Config::for_testing(home.path().to_owned())
            };
            let app = App::testing(pool.clone(), config).await.expect("an app");
            let (png, alt) = photo::poster(0).expect("a poster");
            let (by, file) = (Actor::house(), take_in(&app, png.into()).await.expect("taken in"));
            let made = images::create(&app.pool, &app.clock, &by, &alt, &file, uploads, None).await.expect("made").record;
            let shown = in_width(&app, &made, 160, Format::Png).await.expect("shown");
            assert!(!shown.is_empty());
            let lies = async |width: Option<u32>| {
                let format = if width.is_none() { Format::parse(&file.format).expect("a format") } else { Format::Png };
                app.album.get(Name { file: file.file, width, format }).await.expect("read").is_some()
            };
            assert_eq!((lies(None).await, lies(Some(160)).await), (true, stays), "{room}");
        }
    }

    /// The control is the same without the guard: there the file lies and counts nothing.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_lies_there_is_counted_though_who_asked_has_hung_up(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = App::for_testing(pool, home.path()).await.expect("an app");
        let ((png, alt), limits) = (photo::poster(0).expect("a poster"), app.config.image_limits);
        let file = take_in(&app, png.into()).await.expect("taken in");
        let image = images::create(&app.pool, &app.clock, &Actor::house(), &alt, &file, limits, None).await.expect("made").record;
        let counted = async || {
            let bytes = sqlx::query_scalar::<_, i64>("SELECT coalesce(sum(bytes), 0)::bigint FROM derived_images");
            bytes.fetch_one(&app.pool).await.expect("counted")
        };
        for (guarded, width) in [(false, 160), (true, 320)] {
            let name = Name { file: file.file, width: Some(width), format: Format::Png };
            let mut away = Box::pin(put_away(app.clone(), image.clone(), name, Bytes::from_static(b"made")));
            assert!(futures::poll!(away.as_mut()).is_pending());
            if guarded {
                drop(Unbroken::new(away))
            } else {
                drop(away)
            }
            while app.album.get(name).await.expect("read").is_none() || guarded && counted().await == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(counted().await > 0, guarded, "{width}");
        }
    }
}
