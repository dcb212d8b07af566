//! Showing an image: the picture in a width, or what is known of it.

use axum::http::header::{CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use catalog::model::Image;
use domain::ImageId;
use renderer::photo::{Format, WIDTHS, width_for};

use super::accept::Wanted;
use super::body::ImageBody;
use crate::api::catalogue::version::Versioned;
use crate::api::refusals::{Refuses, no};
use crate::drawing::photo::in_width;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract::{Params, Path};
use crate::web::policy::CachePolicy;

const VARIES: [(axum::http::HeaderName, HeaderValue); 1] = [(VARY, HeaderValue::from_static("accept"))];

/// Shows an image: WebP for who names it in Accept, else JPEG or PNG; `application/json` gives what is known of it.
///
/// With the `v` of its present address the answer may be kept for ever.
#[utoipa::path(
    get, path = "/v1/images/{id}", operation_id = "get_image", tag = "catalogue",
    params(
        ("id" = uuid::Uuid, Path, description = "The image."),
        ("width" = Option<u32>, Query, minimum = 1, maximum = 1920, description = "Pixels: goes up to the next of 160, 320, 640, 960, 1280, 1920, and never beyond the picture's own; without it the picture as it is kept."),
        ("v" = Option<String>, Query, description = "Of an address that was given: names the picture, so that it may be kept for ever."),
        ("Accept" = Option<String>, Header, description = "image/webp, image/jpeg, image/png or application/json."),
    ),
    responses(
        (status = 200, description = "The picture.", content((Vec<u8> = "image/webp"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (ImageBody = "application/json"))),
        Refuses<(no::NotFound, no::NotAcceptable, no::Busy)>,
    ),
)]
pub async fn get_image(app: App, id: Path<ImageId>, params: Params, headers: HeaderMap) -> ApiResult<Response> {
    params.only(&["width", "v"])?;
    let width = width(&params)?;
    let wanted = Wanted::of(&headers);
    let image = app.reads.image(*id).await?;
    let format = match wanted {
        Wanted::Facts => return Ok(facts(&image)),
        Wanted::Picture(format) => format,
        Wanted::Any if image.file.opaque => Format::Jpeg,
        Wanted::Any => Format::Png,
        Wanted::Nothing => {
            let detail = "an image is given as image/webp, image/jpeg, image/png or application/json";
            return Err(ApiError::new(Code::NotAcceptable).detail(detail));
        }
    };
    let bytes = in_width(&app, &image, width, format).await?;
    let mark = format!("{:08x}", image.picture().mark);
    // another `v` is an address of before, which now shows this picture for a while; other widths than ours have no end
    let named = params.one("v")? == Some(&mark) && params.one("width")?.is_none_or(|asked| asked == width.to_string());
    let policy = if named { CachePolicy::Immutable } else { CachePolicy::Detail };
    let tag = format!("\"{}.{width}.{}\"", hex::encode(&image.file.sha256[..8]), format.as_str());
    let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| unreachable!("digits and letters make a header value"));
    let kind = HeaderValue::from_static(format.media_type());
    Ok((policy.tagged([format!("image-{}", image.id)]), VARIES, [(CONTENT_TYPE, kind), (ETAG, tag)], bytes).into_response())
}

fn width(params: &Params) -> ApiResult<u32> {
    let widest = WIDTHS[WIDTHS.len() - 1];
    match params.parsed::<u32>("width")? {
        None => Ok(widest),
        Some(asked) => width_for(asked).ok_or_else(|| ApiError::invalid("width", format!("must be 1 to {widest}"))),
    }
}

fn facts(image: &Image) -> Response {
    let tags = CachePolicy::Search.tagged([format!("image-{}", image.id)]);
    (tags, VARIES, Versioned { version: image.version, body: ImageBody::from(image) }).into_response()
}
