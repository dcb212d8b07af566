//! A picture that was read: pixels, and how it is written.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageEncoder as _};

use super::colours::to_srgb;
use super::kind::Format;
use super::limits::{MAX_HEIGHT, WIDTHS};
use super::scale::{on_white, scaled};
use crate::error::DrawError;

/// Of what is kept to make smaller ones of: no loss that shows.
const KEPT_QUALITY: u8 = 92;
const JPEG_QUALITY: u8 = 82;
const WEBP_QUALITY: f32 = 80.0;

/// What stood in a file: its pixels, and what it says of them.
pub(super) struct Decoded {
    pub pixels: DynamicImage,
    pub orientation: Orientation,
    /// What the numbers of its colours mean (ICC); sRGB where it does not say.
    pub profile: Option<Vec<u8>>,
}

/// A picture, upright, at most 1,920 × 3,840 pixels; 8 bits a channel, sRGB.
#[derive(Debug, Clone)]
pub struct Photo {
    /// RGB, or RGBA where something shows through.
    pub(super) pixels: DynamicImage,
    /// How it is kept.
    kept_as: Format,
}

impl Photo {
    pub(super) fn of(Decoded { pixels, orientation, profile }: Decoded, read_as: Format) -> Self {
        let mut pixels = eight_bits(pixels);
        let sideways = matches!(
            orientation,
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
        );
        let (width, height) = (pixels.width(), pixels.height());
        let (width, height) = if sideways { (height, width) } else { (width, height) };
        let (fit_width, fit_height) = fitted(width, height);
        if (fit_width, fit_height) != (width, height) {
            let (w, h) = if sideways { (fit_height, fit_width) } else { (fit_width, fit_height) };
            pixels = scaled(&pixels, w, h);
        }
        // turned and brought to sRGB when it is small already
        pixels.apply_orientation(orientation);
        if let Some(profile) = profile {
            to_srgb(&mut pixels, &profile);
        }
        let opaque = !matches!(&pixels, DynamicImage::ImageRgba8(clear) if clear.pixels().any(|pixel| pixel.0[3] != 255));
        if opaque {
            pixels = DynamicImage::ImageRgb8(pixels.into_rgb8());
        }
        let kept_as = if opaque && read_as != Format::Png { Format::Jpeg } else { Format::Png };
        Self { pixels, kept_as }
    }

    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// Whether nothing shows through.
    pub fn is_opaque(&self) -> bool {
        matches!(self.pixels, DynamicImage::ImageRgb8(_))
    }

    /// The picture as it is kept, to be read again: PNG where it came without loss or something shows through, else JPEG.
    pub fn kept(&self) -> Result<(Format, Vec<u8>), DrawError> {
        let bytes = match self.kept_as {
            Format::Png => self.png()?,
            _ => self.jpeg(KEPT_QUALITY)?,
        };
        Ok((self.kept_as, bytes))
    }

    /// The picture in a width, or as it is if that is narrower.
    #[must_use]
    pub fn in_width(self, width: u32) -> Self {
        let height = height_in(self.width(), self.height(), width);
        if width >= self.width() {
            return self;
        }
        Self { pixels: scaled(&self.pixels, width, height), ..self }
    }

    /// The picture as large as both sides allow, or as it is if that is smaller.
    #[must_use]
    pub(super) fn within(self, width: u32, height: u32) -> Self {
        let (own_width, own_height) = (self.width(), self.height());
        let scale = (f64::from(width) / f64::from(own_width)).min(f64::from(height) / f64::from(own_height));
        if scale >= 1.0 {
            return self;
        }
        let part = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        Self { pixels: scaled(&self.pixels, part(own_width), part(own_height)), ..self }
    }

    /// Writes the picture; what shows through is white in a JPEG.
    pub fn write(&self, format: Format) -> Result<Vec<u8>, DrawError> {
        match format {
            Format::Jpeg => self.jpeg(JPEG_QUALITY),
            Format::Png => self.png(),
            Format::WebP => self.webp(),
        }
    }

    fn jpeg(&self, quality: u8) -> Result<Vec<u8>, DrawError> {
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
        let flat = match &self.pixels {
            DynamicImage::ImageRgba8(clear) => Some(on_white(clear)),
            _ => None,
        };
        let raw = flat.as_ref().map_or_else(|| self.pixels.as_bytes(), |flat| flat.as_raw());
        encoder.write_image(raw, self.width(), self.height(), ExtendedColorType::Rgb8).map_err(DrawError::Photo)?;
        Ok(bytes)
    }

    fn png(&self) -> Result<Vec<u8>, DrawError> {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        let colour = if self.is_opaque() { ExtendedColorType::Rgb8 } else { ExtendedColorType::Rgba8 };
        encoder.write_image(self.pixels.as_bytes(), self.width(), self.height(), colour).map_err(DrawError::Photo)?;
        Ok(bytes)
    }

    fn webp(&self) -> Result<Vec<u8>, DrawError> {
        let layout = if self.is_opaque() { webp::PixelLayout::Rgb } else { webp::PixelLayout::Rgba };
        let encoder = webp::Encoder::new(self.pixels.as_bytes(), layout, self.width(), self.height());
        let written = encoder.encode_simple(false, WEBP_QUALITY).map_err(|fault| DrawError::WebP(format!("{fault:?}")))?;
        Ok(written.to_vec())
    }
}

/// RGB or RGBA of 8 bits; what is so already is not copied.
fn eight_bits(pixels: DynamicImage) -> DynamicImage {
    match pixels {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => pixels,
        other if other.color().has_alpha() => DynamicImage::ImageRgba8(other.into_rgba8()),
        other => DynamicImage::ImageRgb8(other.into_rgb8()),
    }
}

/// The largest size of the same shape that is kept.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let widest = WIDTHS[WIDTHS.len() - 1];
    let scale = (f64::from(widest) / f64::from(width)).min(f64::from(MAX_HEIGHT) / f64::from(height)).min(1.0);
    let part = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    (part(width), part(height))
}

/// The height that goes with a width.
pub fn height_in(width: u32, height: u32, wanted: u32) -> u32 {
    if wanted >= width {
        return height;
    }
    ((f64::from(height) * f64::from(wanted) / f64::from(width)).round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_kept_in_its_shape_and_never_wider_than_it_is() {
        let table = [
            ((1, 1), (1, 1)),
            ((1920, 1080), (1920, 1080)),
            ((3840, 2160), (1920, 1080)),
            ((100, 10_000), (38, 3_840)),
            ((16_000, 1), (1920, 1)),
        ];
        for ((width, height), wanted) in table {
            assert_eq!(fitted(width, height), wanted, "{width} × {height}");
        }
        assert_eq!((height_in(1920, 1080, 640), height_in(300, 200, 640), height_in(1920, 1, 160)), (360, 200, 1));
    }
}
