//! A picture as it stands on tickets: few pixels and few bytes, since every SVG has all of them in it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::kind::Format;
use super::photo::Photo;
use crate::error::DrawError;
use crate::logo::Logo;

/// Most pixels: twice the room that a logo has on a ticket.
const WIDEST: u32 = 640;
const TALLEST: u32 = 144;
/// Most bytes of its file.
const MAX_BYTES: usize = 32 << 10;
/// A picture of these sides is never longer than that.
const SMALL: u32 = 64;

impl Photo {
    /// Makes a logo of a picture: within 640 × 144 pixels, and fewer where those are more than 32 KiB.
    pub fn logo(self, alt: &str) -> Result<Logo, DrawError> {
        let mut photo = self.within(WIDEST, TALLEST);
        let natural = [photo.width(), photo.height()];
        let (format, file) = loop {
            let (format, file) = shortest(&photo)?;
            let (width, height) = (photo.width(), photo.height());
            if file.len() <= MAX_BYTES || width.max(height) <= SMALL {
                break (format, file);
            }
            photo = photo.within((width * 3 / 4).max(1), (height * 3 / 4).max(1));
        };
        let address = format!("data:{};base64,{}", format.media_type(), BASE64_STANDARD.encode(file));
        let (width, height) = (photo.width(), photo.height());
        Ok(Logo { width, height, pixels: photo.pixels.into_rgba8().into_raw(), address, natural, alt: alt.to_owned() })
    }
}

/// Without loss as far as that is short; what shows through has no other way.
fn shortest(photo: &Photo) -> Result<(Format, Vec<u8>), DrawError> {
    let exact = photo.write(Format::Png)?;
    if exact.len() <= MAX_BYTES || !photo.is_opaque() {
        return Ok((Format::Png, exact));
    }
    Ok((Format::Jpeg, photo.write(Format::Jpeg)?))
}

#[cfg(test)]
mod tests {
    use super::super::photo::Decoded;
    use super::*;
    use image::metadata::Orientation;
    use image::{DynamicImage, Rgba, RgbaImage};

    /// Noise: the longest file that so many pixels can make.
    fn noise(width: u32, height: u32, alpha: u8) -> Photo {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let pixels = RgbaImage::from_fn(width, height, |_, _| Rgba([next(), next(), next(), alpha]));
        let pixels = DynamicImage::ImageRgba8(pixels);
        Photo::of(Decoded { pixels, orientation: Orientation::NoTransforms, profile: None }, Format::Png)
    }

    #[test]
    fn whatever_a_picture_is_its_logo_is_short_and_of_its_shape() {
        let table = [(1, 1), (1_920, 1), (1, 3_840), (640, 144), (1_920, 1_080), (1_000, 3_000)];
        for (width, height) in table {
            for alpha in [255, 128] {
                let logo = noise(width, height, alpha).logo("Noise").expect("a logo");
                assert!(logo.address.len() <= 4 * MAX_BYTES.div_ceil(3) + 32, "{width} × {height}: {}", logo.address.len());
                assert_eq!(logo.pixels.len(), (logo.width * logo.height * 4) as usize);
                assert!(logo.width <= WIDEST && logo.height <= TALLEST && logo.bytes() < 500_000);
                let [wide, high] = logo.size();
                assert!((0.0..=320.0).contains(&wide) && (0.0..=72.0).contains(&high), "{width} × {height}: {wide} × {high}");
            }
        }
        let logo = noise(1_280, 640, 255).logo("Noise").expect("a logo");
        assert_eq!((logo.natural, logo.size()), ([288, 144], [144.0, 72.0]), "saving bytes does not make it smaller");
        assert_eq!(noise(20, 10, 255).logo("").expect("a logo").size(), [20.0, 10.0], "nor is it made larger than it is");
    }
}
