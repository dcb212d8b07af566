//! The picture in the head of an organiser's tickets.

use std::sync::Arc;
use std::time::Duration;

use catalog::model::Image;
use catalog::reads::ReadError;
use domain::{ImageId, OrganiserId};
use renderer::Logo;
use renderer::photo::{self, Format};

use crate::web::album::Name;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::logos::{Missed, Missing};

/// How long tickets wait for the store of images.
const PATIENCE: Duration = Duration::from_secs(5);

/// A picture as it is drawn now: the image's present one. Where it is gone, broken, or its store does not give it, a ticket lacks its
/// picture sooner than its buyer lacks the ticket, and the log says so.
pub async fn logo(app: &App, id: ImageId) -> ApiResult<Result<Arc<Logo>, Missing>> {
    // once more for one that was replaced, and its file removed, since its row was read
    for _ in 0..2 {
        let image = match app.reads.image(id).await {
            Ok(image) => image,
            Err(fault @ ReadError::NotFound) => {
                return Ok(Err(app.logos.miss((id, 0), &Missed::gone(fault)).await));
            }
            Err(fault) => return Err(fault.into()),
        };
        match app.logos.get_or((id, image.version), read(app, &image)).await {
            Err(Missing::Gone) => {}
            found => return Ok(found),
        }
    }
    Ok(Err(Missing::Gone))
}

async fn read(app: &App, image: &Image) -> Result<Logo, Missed> {
    let format = Format::parse(&image.file.format).unwrap_or(Format::Png);
    let kept = app.album.get(Name { file: image.file.file, width: None, format });
    let kept = tokio::time::timeout(PATIENCE, kept).await.map_err(Missed::away)?.map_err(Missed::away)?;
    let bytes = kept.ok_or_else(|| Missed::gone("the store of images lacks it"))?;
    let (alt, _place) = (image.alt.clone(), app.logos.place().await);
    let draw = move || photo::read(&bytes).map_err(Missed::gone)?.logo(&alt).map_err(Missed::gone);
    app.studio.draw_aside(draw).await.map_err(Missed::gone)?
}

/// Refuses   invalid (`image_id`): an image that is not there or another's.
pub async fn check(app: &App, owner: OrganiserId, id: ImageId) -> ApiResult<()> {
    match app.reads.image(id).await {
        Ok(image) if image.organiser == owner => Ok(()),
        Ok(_) | Err(ReadError::NotFound) => Err(ApiError::invalid("image_id", "you have no such image")),
        Err(fault) => Err(fault.into()),
    }
}
