//! Images as the API says them, and their addresses.

use catalog::model::{Image, Picture};
use jiff::Timestamp;
use renderer::photo::{WIDTHS, height_in};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A picture that an organiser uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImageBody {
    #[schema(example = "image")]
    pub kind: &'static str,
    pub id: Uuid,
    /// Of the picture as it is kept: upright, at most 1,920 wide and 3,840 high.
    #[schema(example = 1920)]
    pub width: u32,
    #[schema(example = 1080)]
    pub height: u32,
    /// What it shows, for those who do not see it.
    #[schema(example = "Four owls on a branch by night")]
    pub alt: String,
    /// The widths in which it can be had.
    pub sizes: Vec<ImageSizeBody>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub links: ImageLinks,
}

/// One width of a picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImageSizeBody {
    pub width: u32,
    pub height: u32,
    /// Never shows anything else.
    pub url: String,
}

/// Where to go from an image.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImageLinks {
    #[serde(rename = "self")]
    pub this: String,
    /// The picture as it is kept; never shows anything else. `&width=` makes it smaller.
    pub file: String,
}

/// A picture as events, series, performers and venues show it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureBody {
    /// Never shows anything else; `&width=` (160, 320, 640, 960, 1280, 1920) makes it smaller.
    #[schema(example = "/v1/images/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44?v=5f3a91c0")]
    pub url: String,
    #[schema(example = 1920)]
    pub width: u32,
    #[schema(example = 1080)]
    pub height: u32,
    #[schema(example = "Four owls on a branch by night")]
    pub alt: String,
}

impl From<&Picture> for PictureBody {
    fn from(picture: &Picture) -> Self {
        Self { url: url(picture), width: picture.width, height: picture.height, alt: picture.alt.clone() }
    }
}

/// The address of a picture as it is kept.
pub fn url(picture: &Picture) -> String {
    picture.url()
}

/// Its address in a width.
pub fn url_in(picture: &Picture, width: u32) -> String {
    format!("{}&width={width}", url(picture))
}

/// The widths in which a picture can be had, with their heights: each only once, and the last is the picture's own.
pub fn sizes(picture: &Picture) -> Vec<(u32, u32)> {
    let narrower = WIDTHS
        .into_iter()
        .filter(|width| *width < picture.width)
        .map(|width| (width, height_in(picture.width, picture.height, width)));
    narrower.chain([(picture.width, picture.height)]).collect()
}

impl From<&Image> for ImageBody {
    fn from(image: &Image) -> Self {
        let picture = image.picture();
        let sizes = sizes(&picture);
        Self {
            kind: "image",
            id: image.id.0,
            width: picture.width,
            height: picture.height,
            sizes: sizes
                .into_iter()
                .map(|(width, height)| ImageSizeBody { width, height, url: url_in(&picture, width) })
                .collect(),
            version: image.version,
            created_at: image.created_at,
            updated_at: image.updated_at,
            links: ImageLinks { this: format!("/v1/images/{}", image.id), file: url(&picture) },
            alt: picture.alt,
        }
    }
}

/// What is uploaded, as OpenAPI shows it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct UploadBody {
    /// A JPEG, PNG or WebP that does not move, up to 10 MiB and 32 megapixels; known by its content, whatever its name says.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
    /// What it shows, for those who do not see it.
    #[schema(min_length = 1, max_length = 500)]
    pub alt: String,
}

/// What is changed; what is left out stays.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct UploadChangeBody {
    /// As for a new image.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    pub file: Option<Vec<u8>>,
    #[schema(min_length = 1, max_length = 500)]
    pub alt: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ImageId;

    #[test]
    fn the_sizes_end_with_the_picture_s_own() {
        let picture = |width, height| Picture { id: ImageId(Uuid::nil()), mark: 0xab, width, height, alt: String::new() };
        assert_eq!(sizes(&picture(1920, 1080)).len(), 6);
        assert_eq!(sizes(&picture(400, 200)), [(160, 80), (320, 160), (400, 200)]);
        assert_eq!(sizes(&picture(100, 50)), [(100, 50)]);
        assert!(url_in(&picture(9, 9), 160).ends_with("?v=000000ab&width=160"));
    }
}
