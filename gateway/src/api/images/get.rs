//! Showing an image: the picture in a width, or what is known of it.

use axum::http::header::{CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse as _, Response};
use catalog::model::{Image, Picture};
use domain::ImageId;
use renderer::photo::{Format, WIDTHS, width_for};

use super::accept::Representation;
use super::body::{ImageBody, url, url_in};
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
/// What nothing shows through is never given as PNG.
/// By its present address, spelt as it was given, browsers may keep the answer for ever.
#[utoipa::path(
    get, path = "/v1/images/{id}", operation_id = "get_image", tag = "catalogue",
    params(
        ("id" = uuid::Uuid, Path, description = "The image."),
        ("width" = Option<u32>, Query, minimum = 1, maximum = 1920, description = "Pixels: goes up to the next of 160, 320, 640, 960, 1280, 1920, and never beyond the picture's own; without it the picture as it is kept."),
        ("v" = Option<String>, Query, description = "Of an address that was given: eight hex digits that name the picture, so that it may be kept for ever."),
        ("Accept" = Option<String>, Header, description = "image/webp, image/jpeg, image/png or application/json."),
    ),
    responses(
        (status = 200, description = "The picture.", content((Vec<u8> = "image/webp"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (ImageBody = "application/json"))),
        Refuses<(no::NotFound, no::NotAcceptable, no::Busy)>,
    ),
)]
pub async fn get_image(app: App, id: Path<ImageId>, params: Params, uri: Uri, headers: HeaderMap) -> ApiResult<Response> {
    params.only(&["width", "v"])?;
    let width = width(&params)?;
    check_mark(&params)?;
    let wanted = Representation::of(&headers);
    let image = app.reads.image(*id).await?;
    let format = match wanted {
        Representation::Facts => return Ok(facts(&image)),
        // as PNG it would be several times as long, and strangers choose what is made and kept
        Representation::Any | Representation::Picture(Format::Png) if image.file.opaque => Format::Jpeg,
        Representation::Picture(format) => format,
        Representation::Any => Format::Png,
        Representation::Nothing => {
            let detail = "an image is given as image/webp, image/jpeg, image/png or application/json";
            return Err(ApiError::new(Code::NotAcceptable).detail(detail));
        }
    };
    let bytes = in_width(&app, &image, width, format).await?;
    let policy = if is_named(&uri, &image.picture(), width) { CachePolicy::Picture } else { CachePolicy::Detail };
    let tag = format!("\"{}.{width}.{}\"", hex::encode(&image.file.sha256[..8]), format.as_str());
    let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| unreachable!("digits and letters make a header value"));
    let kind = HeaderValue::from_static(format.media_type());
    Ok((policy.tagged([format!("image-{}", image.id)]), VARIES, [(CONTENT_TYPE, kind), (ETAG, tag)], bytes).into_response())
}

fn width(params: &Params) -> ApiResult<u32> {
    let widest = WIDTHS[WIDTHS.len() - 1];
    let asked = params.within("width", 1..=widest)?;
    Ok(asked.and_then(width_for).unwrap_or(widest))
}

/// Refuses a `v` that no address of ours has.
fn check_mark(params: &Params) -> ApiResult<()> {
    let digits = |mark: &str| mark.len() == 8 && mark.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match params.one("v")? {
        Some(mark) if !digits(mark) => Err(ApiError::invalid("v", "must be eight hex digits in lower case")),
        _ => Ok(()),
    }
}

/// Whether a picture is asked for by an address that we give. Another `v` is of before, and now shows this picture for a while;
/// other widths and spellings have no end, and caches that know addresses only could not be told to forget them.
fn is_named(uri: &Uri, picture: &Picture, width: u32) -> bool {
    let asked = uri.path_and_query().map_or("", |asked| asked.as_str());
    asked == url(picture) || asked == url_in(picture, width)
}

fn facts(image: &Image) -> Response {
    let tags = CachePolicy::Search.tagged([format!("image-{}", image.id)]);
    (tags, VARIES, Versioned { version: image.version, body: ImageBody::from(image) }).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_as_it_is_given_names_a_picture() {
        let id: ImageId = "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44".parse().expect("an id");
        let picture = Picture { id, mark: 0xab, width: 300, height: 200, alt: String::new() };
        let named = |address: &str| is_named(&address.parse().expect("an address"), &picture, 160);
        let this = url(&picture);
        assert!(named(&this) && named(&format!("{this}&width=160")) && named(&format!("http://tickets.example{this}")));
        let others = [
            format!("/v1/images/{id}"),
            format!("/v1/images/{id}?width=160&v=000000ab"),
            format!("{this}&width=%3160"),
            format!("{this}&width=159"),
            format!("{this}&"),
            this.replace("01990b7e", "01990B7E"),
            this.replace("000000ab", "000000ac"),
        ];
        for other in others {
            assert!(!named(&other), "{other}");
        }
    }
}
