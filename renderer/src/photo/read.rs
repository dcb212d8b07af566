//! From a file to a photo: limits first, then pixels.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, Limits};

use super::kind::{Format, kind};
use super::limits::{MAX_BYTES, MAX_DECODED_BYTES, MAX_PIXELS, MAX_SIDE};
use super::markers;
use super::photo::{Decoded, Photo};
use super::wrong::Wrong;

/// Reads a picture: upright, at most 1,920 pixels wide, in sRGB, without what a camera writes beside the pixels.
///
/// Refuses   what is no still JPEG, PNG or WebP, is not whole, or is too large: before it is decoded.
/// Cost      up to 300 MiB and some hundred milliseconds at the limit of [`MAX_PIXELS`].
pub fn read(bytes: &[u8]) -> Result<Photo, Wrong> {
    if bytes.len() > MAX_BYTES {
        return Err(Wrong::TooLong);
    }
    let format = kind(bytes)?;
    let decoded = match format {
        Format::Jpeg => {
            markers::check(bytes)?;
            decode(JpegDecoder::new(Cursor::new(bytes)).map_err(wrong)?)?
        }
        Format::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(wrong)?;
            still(decoder.is_apng().map_err(wrong)?)?;
            decode(decoder)?
        }
        Format::WebP => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(wrong)?;
            still(decoder.has_animation())?;
            decode(decoder)?
        }
    };
    Ok(Photo::of(decoded, format))
}

/// What a decoder may take; the sides are looked at here, to be told.
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    limits
}

fn still(moves: bool) -> Result<(), Wrong> {
    if moves { Err(Wrong::Animated) } else { Ok(()) }
}

/// Decodes what the head says is within limits.
fn decode(mut decoder: impl ImageDecoder) -> Result<Decoded, Wrong> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(Wrong::TooManyPixels(width, height));
    }
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(Wrong::TooDeep);
    }
    decoder.set_limits(limits()).map_err(wrong)?;
    // a broken note of the camera turns nothing
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or_default();
    Ok(Decoded { pixels: DynamicImage::from_decoder(decoder).map_err(wrong)?, orientation, profile })
}

fn wrong(error: ImageError) -> Wrong {
    match error {
        ImageError::IoError(fault) if fault.kind() == std::io::ErrorKind::UnexpectedEof => Wrong::CutOff,
        ImageError::Limits(_) => Wrong::TooDeep,
        error => {
            let text = error.to_string();
            if text.to_ascii_lowercase().contains("unexpected end") || text.contains("failed to fill whole buffer") {
                Wrong::CutOff
            } else {
                Wrong::Broken(text.chars().filter(|c| !c.is_control()).take(200).collect())
            }
        }
    }
}
